"""A home as one SVG picture: floors with their rooms, doors, windows and devices, and how each of these stands.

It stands alone (no scripts, no fonts, nothing from elsewhere), is light or dark with its reader's screen, and tells
whoever cannot see it what is on it. Rooms, openings and devices carry their ids for programs that show the picture.
"""

from collections.abc import Iterable, Iterator

from goodies_mcp.drawing.glyphs import GLYPHS, of_device, of_opening
from goodies_mcp.drawing.lettering import fitted
from goodies_mcp.drawing.markup import escaped, plain, said
from goodies_mcp.drawing.plan import (
    CHIP_TEXT,
    DEVICE,
    FLOOR_TITLE,
    LINK_TEXT,
    MARGIN,
    PADDING,
    ROOM_LINE,
    Chip,
    Link,
    PlacedCell,
    PlacedFloor,
    Plan,
    plan_of,
)
from goodies_mcp.drawing.style import STYLE, tint_of
from goodies_mcp.drawing.walls import Gap
from goodies_mcp.graph.home_map import HomeMap, MapDevice
from goodies_mcp.graph.spaces import STAIRS

_AJAR = 10
"""How far a door reaches into its room: no farther than the space that nothing is written in."""

_ALARMS = ("leak", "smoke", "co")
_LAWN = (
    '<pattern id="gm-lawn" width="14" height="14" patternUnits="userSpaceOnUse">'
    '<path class="blade" d="M3 9l1.5-3 1.5 3M10 13l1.5-3 1.5 3"/></pattern>'
)
_LEGEND = (
    ("active", "on"),
    ("ajar", "open or unlocked"),
    ("alarm", "alarm"),
    ("quiet", "off or closed"),
    ("unknown", "not known"),
    ("low", "low battery"),
)
_SUMMARY = (
    ("on", "{} on"),
    ("open", "{} open"),
    ("unlocked", "{} unlocked"),
    ("low_battery", "{} with a low battery"),
    ("jammed", "{} stuck"),
)


def draw(home: HomeMap) -> str:
    """The picture. Never raises, whatever things are called."""
    plan = plan_of(home)
    devices = [device for floor in plan.floors for each in floor.cells for device in each.cell.devices]
    glyphs = {of_device(device) for device in devices} | {of_opening(opening) for opening in home.openings}
    name = plain(home.home.name) or "Home"
    about = _about(home, devices)
    size = f'viewBox="0 0 {plan.width} {plan.height}" width="{plan.width}" height="{plan.height}"'
    opened = f'<svg xmlns="http://www.w3.org/2000/svg" class="goodies-map" {size} role="img"'
    parts = [
        f'{opened} aria-labelledby="gm-title gm-desc" data-home="{said(home.home.id)}">',
        f'<title id="gm-title">Map of {escaped(name)}</title>',
        f'<desc id="gm-desc">{escaped(_described(home, about))}</desc>',
        f"<style>{STYLE}</style>",
        f"<defs>{_LAWN}",
        *(f'<symbol id="gm-{each}" viewBox="0 0 24 24"><path d="{GLYPHS[each]}"/></symbol>' for each in sorted(glyphs)),
        "</defs>",
        f'<rect class="sheet" width="{plan.width}" height="{plan.height}"/>',
        *_heading(plan, about),
        *(line for floor in plan.floors for line in _floor(floor)),
        *_legend(plan),
        "</svg>",
    ]
    return "\n".join(parts)


def _legend(plan: Plan) -> Iterator[str]:
    """What the colours mean, under everything."""
    yield f'<g class="legend" transform="translate({MARGIN} {plan.height - 34})">'
    x = 0
    for look, words in _LEGEND:
        mark = '<circle class="disc" cx="7" cy="0" r="6"/>' if look != "low" else _flat_battery(1, -4)
        yield f'<g class="{look}" transform="translate({x} 0)">{mark}<text x="20" y="4">{words}</text></g>'
        x += 40 + len(words) * 7
    yield "</g>"


def _flat_battery(x: float, y: float) -> str:
    body = '<rect width="11" height="7" rx="1.5"/><path d="M12 2v3M2.5 2v3"/>'
    return f'<g class="flat" transform="translate({x:g} {y:g})">{body}</g>'


def _heading(plan: Plan, about: str) -> Iterator[str]:
    y = MARGIN + 26
    for line in plan.title:
        yield f'<text class="home" x="{MARGIN}" y="{y}">{escaped(line)}</text>'
        y += 40
    short = fitted(about, plan.width - 2 * MARGIN, 13)
    yield f'<text class="about" x="{MARGIN}" y="{y - 14}">{escaped(short)}</text>'


def _floor(placed: PlacedFloor) -> Iterator[str]:
    box, floor = placed.box, placed.floor
    kind = "outdoor" if floor.outdoor else "indoor" if floor.rooms else "nowhere"
    yield (
        f'<g class="floor {kind}" data-floor="{said(floor.id)}" data-name="{said(floor.name)}" '
        f'data-box="{box.x:g} {box.y:g} {box.width:g} {box.height:g}" transform="translate({box.x:g} {box.y:g})">'
    )
    yield f'<text class="floor-name" font-size="{FLOOR_TITLE}" x="0" y="-14">{escaped(placed.title)}</text>'
    yield f'<text class="floor-about" x="{box.width:g}" y="-14">{escaped(placed.about)}</text>'
    yield f'<rect class="ground" width="{box.width:g}" height="{box.height:g}"/>'
    for each in placed.cells:
        yield from _cell(each, outdoor=floor.outdoor)
    if not floor.outdoor and floor.rooms:
        yield f'<rect class="outer" width="{box.width:g}" height="{box.height:g}"/>'
    for gap in placed.gaps:
        yield from _gap(gap)
    yield "</g>"


def _cell(placed: PlacedCell, *, outdoor: bool) -> Iterator[str]:
    cell, box, lettered = placed.cell, placed.box, placed.lettered
    kind = "loose" if cell.loose else "room"
    tint = "garden" if outdoor else tint_of(cell.name)
    key = "data-place" if cell.loose else "data-room"
    label = f"{cell.name or 'Room'}: {_devices_in_words(cell.devices, cell.more)}"
    told = f'{key}="{said(cell.id)}" data-name="{said(cell.name)}"'
    yield f'<g class="{kind}" {told} role="group" aria-label="{said(label)}">'
    yield (
        f'<rect class="walls {tint}" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}">'
        f"<title>{said(label)}</title></rect>"
    )
    y = box.y + PADDING + 13
    for line in lettered.title:
        yield f'<text class="room-name" x="{box.x + PADDING:g}" y="{y:g}">{escaped(line)}</text>'
        y += ROOM_LINE
    for link in lettered.links:
        yield from _link(link)
    for chip in lettered.chips:
        yield from _chip(chip)
    if cell.more:
        yield from _more(placed)
    yield "</g>"


def _link(link: Link) -> Iterator[str]:
    opening = link.opening
    state = " open-now" if "open" in opening.answers else ""
    yield f'<g class="link{state}" data-opening="{said(opening.id)}" transform="translate({link.x:g} {link.y:g})">'
    yield f"<title>{escaped(_spoken(link.said, opening.answers))}</title>"
    yield f'<use href="#gm-{of_opening(opening)}" x="0" y="0" width="14" height="14"/>'
    yield f'<text x="{LINK_TEXT}" y="11">{escaped(link.text)}</text></g>'


def _chip(chip: Chip) -> Iterator[str]:
    device = chip.device
    yield (
        f'<g class="device {_look(device)}" data-device="{said(device.id)}" data-name="{said(device.name)}" '
        f'data-state="{said(device.state or "")}" transform="translate({chip.x:g} {chip.y:g})">'
    )
    yield f"<title>{escaped(_device_in_words(device))}</title>"
    yield '<circle class="disc" cx="13" cy="15" r="12"/>'
    yield f'<use href="#gm-{of_device(device)}" x="6" y="8" width="14" height="14"/>'
    if "low_battery" in device.answers:
        yield _flat_battery(17, 20)
    middle = 13 if chip.state else 19
    yield f'<text class="name" font-size="{DEVICE}" x="{CHIP_TEXT}" y="{middle}">{escaped(chip.name)}</text>'
    if chip.state:
        yield f'<text class="state" x="{CHIP_TEXT}" y="26">{escaped(chip.state)}</text>'
    yield "</g>"


def _more(placed: PlacedCell) -> Iterator[str]:
    last = placed.lettered.more_at
    if last is not None:
        yield f'<text class="more" x="{last[0]:g}" y="{last[1] + 19:g}">and {placed.cell.more} more</text>'


def _gap(gap: Gap) -> Iterator[str]:
    opening = gap.opening
    kind = "stairs" if opening.kind in STAIRS else opening.type
    state = " open-now" if "open" in opening.answers else ""
    name = plain(opening.name) or ("open to each other" if opening.type == "opening" else opening.type)
    line = f'x1="{gap.x1:g}" y1="{gap.y1:g}" x2="{gap.x2:g}" y2="{gap.y2:g}"'
    yield f'<g class="gap {kind}{state}" data-opening="{said(opening.id)}">'
    yield f"<title>{escaped(_spoken(name, opening.answers))}</title>"
    yield f'<line class="hole" {line}/>'
    if kind == "window":
        yield f'<line class="frame" {line}/><line class="pane" {line}/>'
    elif kind == "door":
        yield _leaf(gap)
    else:
        yield f'<line class="sill" {line}/>'
    yield "</g>"


def _leaf(gap: Gap) -> str:
    """The door, standing ajar."""
    tip = f"{gap.x1 + _AJAR:g} {gap.y2 - 3:g}" if gap.upright else f"{gap.x2 - 3:g} {gap.y1 + _AJAR:g}"
    return f'<path class="leaf" d="M{gap.x1:g} {gap.y1:g}L{tip}"/>'


def _look(device: MapDevice) -> str:
    answers = device.answers
    if ("detected" in answers and any(each in device.capabilities for each in _ALARMS)) or "jammed" in answers:
        return "alarm"
    if "open" in answers or "unlocked" in answers:
        return "ajar"
    if "on" in answers or "detected" in answers:
        return "active"
    return "quiet" if device.state else "unknown"


def _about(home: HomeMap, devices: list[MapDevice]) -> str:
    rooms = sum(len(floor.rooms) for floor in home.floors)
    count = len(devices) + sum(floor.more + sum(room.more for room in floor.rooms) for floor in home.floors)
    parts = [f"{rooms} room{'' if rooms == 1 else 's'}", f"{count} device{'' if count == 1 else 's'}"]
    for answer, words in _SUMMARY:
        if number := sum(answer in device.answers for device in devices):
            parts.append(words.format(number))
    if home.at:
        parts.append(f"as of {home.at[:16].replace('T', ' ')} UTC")
    return " · ".join(parts)


def _described(home: HomeMap, about: str) -> str:
    floors = (
        f"{plain(f.name) or 'Rooms'}: {', '.join(plain(r.name) for r in f.rooms)}" for f in home.floors if f.rooms
    )
    note = (f"{plain(home.note)}." for _ in range(1) if home.note)
    return " ".join([f"{about}.", *(f"{floor}." for floor in floors), *note])


def _devices_in_words(devices: Iterable[MapDevice], more: int) -> str:
    listed = [_device_in_words(device) for device in devices]
    return "; ".join([*listed, *([f"and {more} more"] if more else [])]) or "no devices"


def _device_in_words(device: MapDevice) -> str:
    state = plain(device.state) if device.state else ""
    flat = ", battery low" if "low_battery" in device.answers and "low" not in state else ""
    return f"{plain(device.name)}{f' ({state}{flat})' if state else ''}"


def _spoken(name: str, answers: tuple[str, ...]) -> str:
    return ", ".join([name, *answers])
