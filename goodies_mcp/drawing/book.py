"""The house book: one HTML page that needs nothing else, to be read on a screen and printed on A4."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from importlib.resources import files

from goodies_mcp.drawing.markup import escaped, lines, plain, said
from goodies_mcp.drawing.plan import floors_of
from goodies_mcp.drawing.svg import draw
from goodies_mcp.graph.house_book import BookPaper, BookRoom, BookThing, HouseBook
from goodies_mcp.graph.upcoming import DueItem

_MOST_ON_ONE_MAP = 24
"""Rooms that can still be read when all floors share a sheet of paper."""

_MOST_LISTED = 400
"""Rooms in the table of contents."""

_SHORT = 900
"""Characters of a paper that is not to be cut between pages."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

Lines = Iterator[str]


def bind(book: HouseBook) -> Iterator[str]:
    """The book, piece by piece."""
    papers = {paper.id: paper.name for paper in book.papers}
    name = plain(book.drawn.home.name) or "Home"
    yield '<!DOCTYPE html>\n<html lang="en" data-theme="light">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{escaped(name)}: house book</title>\n<style>{_style()}</style>\n</head>\n<body>\n"
    yield from _cover(book, name)
    chapters = [chapter for chapter in _chapters(book, papers) if chapter[2]]
    yield from _contents(book, chapters)
    yield from _maps(book)
    for key, title, _, write in chapters:
        yield f'<section id="{key}"><h2>{title}</h2>\n'
        yield from write()
        yield "</section>\n"
    yield "</body>\n</html>\n"


def _style() -> str:
    return files(__package__).joinpath("book.css").read_text("utf-8")


_Chapter = tuple[str, str, int, Callable[[], Lines]]
"""Anchor, title, how much there is in it, and what writes it."""


def _chapters(book: HouseBook, papers: dict[str, str]) -> list[_Chapter]:
    by_type: dict[str, list[BookPaper]] = {}
    for paper in book.papers:
        by_type.setdefault(paper.type, []).append(paper)
    procedures, manuals, notes = (by_type.get(kind, []) for kind in ("procedure", "manual", "note"))
    return [
        ("due", "What is due", len(book.due), lambda: _due(book.due)),
        ("rooms", "Rooms", len(book.rooms), lambda: _rooms(book.rooms, papers)),
        ("procedures", "Procedures", len(procedures), lambda: _papers(procedures)),
        ("manuals", "Manuals", len(manuals), lambda: _papers(manuals)),
        ("contacts", "People", len(book.contacts), lambda: _people(book.contacts)),
        ("routines", "What runs by itself", len(book.routines), lambda: _routines(book.routines)),
        ("apps", "Apps", len(book.apps), lambda: _people(book.apps)),
        ("notes", "Notes", len(notes), lambda: _papers(notes)),
    ]


def _cover(book: HouseBook, name: str) -> Lines:
    rooms = sum(len(floor.rooms) for floor in book.drawn.floors)
    devices = sum(len(room.devices) for room in book.rooms)
    yield f'<section class="cover"><h1>{escaped(name)}</h1><p class="what">House book</p>'
    yield _facts_list(book.facts)
    yield f"<footer><p>{rooms} rooms, {devices} devices. As of {said(book.made[:16].replace('T', ' '))} UTC.</p>"
    kept = "It holds private content." if book.private else "Content that is marked private is left out."
    yield f"<p>{kept}</p></footer></section>\n"


def _contents(book: HouseBook, chapters: Sequence[_Chapter]) -> Lines:
    yield '<section class="contents"><h2>Contents</h2><ol><li><a href="#map">Map</a></li>\n'
    for key, title, count, _ in chapters:
        yield f'<li><a href="#{key}">{title}</a> <small>{count}</small>'
        if key == "rooms":
            listed = book.rooms[:_MOST_LISTED]
            inner = (f'<li><a href="#{_anchor(room.id)}">{said(room.name)}</a></li>' for room in listed)
            yield f"<ol>{''.join(inner)}</ol>"
        yield "</li>\n"
    yield "</ol></section>\n"


def _maps(book: HouseBook) -> Lines:
    """All floors on one sheet, or each on its own where there are too many rooms for that."""
    drawn = book.drawn
    rooms = sum(len(floor.rooms) for floor in drawn.floors)
    sheets = [drawn]
    if rooms > _MOST_ON_ONE_MAP:
        sheets = [replace(drawn, floors=(floor,), elsewhere=()) for floor in floors_of(drawn)]
    for number, sheet in enumerate(sheets):
        head = '<section class="map" id="map"><h2>Map</h2>' if number == 0 else '<section class="map">'
        yield f"{head}\n{draw(sheet)}</section>\n"


def _due(due: Sequence[DueItem]) -> Lines:
    yield '<table class="due"><thead><tr><th>What</th><th>When</th><th>Where</th></tr></thead><tbody>\n'
    for item in due:
        late = ' class="late"' if item.overdue_days > 0 else ""
        when = f"{said(item.due)}{f', {item.overdue_days} days late' if item.overdue_days > 0 else ''}"
        yield f"<tr><td>{said(item.name)}<small>{said(item.what)}</small></td><td{late}>{when}</td>"
        yield f"<td>{said(item.where or '')}</td></tr>\n"
    yield "</tbody></table>\n"


def _rooms(rooms: Sequence[BookRoom], papers: dict[str, str]) -> Lines:
    for room in rooms:
        yield f'<h3 id="{_anchor(room.id)}">{said(room.name)}</h3>\n'
        if room.where:
            yield f'<p class="where">{said(room.where)}</p>'
        yield _facts_list(room.facts)
        yield _links(room.papers, papers)
        if room.devices:
            yield "<table><thead><tr><th>Device</th><th>What is known</th><th>State</th></tr></thead><tbody>\n"
            for device in room.devices:
                facts = "; ".join(f"{said(label)} <b>{said(value)}</b>" for label, value in device.facts)
                kind = f"<small>{said(device.kind)}</small>" if device.kind else ""
                yield f'<tr id="{_anchor(device.id)}"><td>{said(device.name)}{kind}</td>'
                yield f'<td><span class="facts">{facts}</span>{_links(device.papers, papers)}</td>'
                yield f"<td>{said(device.state or '')}</td></tr>\n"
            yield "</tbody></table>\n"


def _papers(papers: Iterable[BookPaper]) -> Lines:
    for paper in papers:
        size = len(paper.text) + sum(map(len, paper.steps))
        short = ' class="short"' if size < _SHORT and paper.picture is None else ""
        category = f'<span class="category">{said(paper.category)}</span>' if paper.category else ""
        yield f'<article{short} id="{_anchor(paper.id)}"><h3>{said(paper.name)}{category}</h3>\n'
        if paper.about:
            yield f'<p class="where">{said(", ".join(paper.about))}</p>'
        if paper.picture is not None:
            source = f"data:{said(paper.picture.content_type)};base64,{b64encode(paper.picture.data).decode()}"
            yield f'<figure><img alt="{said(paper.name)}" src="{source}"></figure>'
        if paper.tools:
            yield f'<p class="soft">Needed: {said(", ".join(paper.tools))}</p>'
        if paper.text:
            yield f'<div class="text">{escaped(lines(paper.text))}</div>'
        if paper.steps:
            yield f'<ol class="steps">{"".join(f"<li>{said(step)}</li>" for step in paper.steps)}</ol>'
        yield _facts_list(paper.facts)
        if paper.left_out:
            yield f'<p class="soft">{paper.left_out} more pages are not printed here.</p>'
        yield "</article>\n"


def _people(things: Sequence[BookThing]) -> Lines:
    for thing in things:
        yield f'<article class="short" id="{_anchor(thing.id)}"><h3>{said(thing.name)}</h3>{_facts_list(thing.facts)}'
        if thing.about:
            yield f'<p class="where">for {said(", ".join(thing.about))}</p>'
        yield "</article>\n"


def _routines(routines: Sequence[BookThing]) -> Lines:
    yield "<table><thead><tr><th>Name</th><th>What it does</th><th>With</th></tr></thead><tbody>\n"
    for routine in routines:
        yield f"<tr><td>{said(routine.name)}<small>{said(routine.type)}</small></td>"
        yield f"<td>{said(routine.state or '')}</td><td>{said(', '.join(routine.about))}</td></tr>\n"
    yield "</tbody></table>\n"


def _links(ids: Sequence[str], papers: dict[str, str]) -> str:
    known = [f'<a href="#{_anchor(each)}">{said(papers[each])}</a>' for each in ids if each in papers]
    return f'<p class="soft">See {", ".join(known)}</p>' if known else ""


def _facts_list(facts: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{said(label)}</dt><dd>{said(value)}</dd>" for label, value in facts)
    return f"<dl>{rows}</dl>" if rows else ""


def _anchor(record_id: str) -> str:
    """Ids of peers can be any text; an anchor is letters and digits."""
    return f"e-{record_id.encode('utf-8', 'surrogatepass').hex() if not record_id.isalnum() else record_id}"
