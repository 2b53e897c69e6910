"""All that a book about a house says, gathered at once: rooms, devices, papers, people, what is due, what runs alone.

Content that is marked private is left out unless it is asked for (``core.privacy``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from goodies_mcp.core.models import Entity, JsonObject, JsonValue, RecordId, Sha256
from goodies_mcp.core.privacy import is_private, without_private
from goodies_mcp.core.text import fold
from goodies_mcp.core.vocabulary import APPLIANCES, DOCUMENTS, ROUTINES
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.home_map import HomeMap, home_map, the_home
from goodies_mcp.graph.inside import inside
from goodies_mcp.graph.kept_pages import CONTINUES, whole_text
from goodies_mcp.graph.kinds import device_kind
from goodies_mcp.graph.known_states import states_in_words
from goodies_mcp.graph.paging import MOST, by_name
from goodies_mcp.graph.places import Whereabouts, whereabouts
from goodies_mcp.graph.routines import summary
from goodies_mcp.graph.shown import Shown
from goodies_mcp.graph.upcoming import DueItem, what_is_due
from goodies_mcp.storage.interface import ReadView


@dataclass(frozen=True, slots=True)
class BookThing:
    """A thing with what is known of it. ``about`` names what it has to do with, ``papers`` are ids of documents."""

    id: str
    type: str
    name: str
    where: str | None = None
    kind: str | None = None
    state: str | None = None
    facts: tuple[tuple[str, str], ...] = ()
    about: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BookPaper:
    """A manual, procedure or note. ``left_out`` counts the pages that are too many for a book."""

    id: str
    type: str
    name: str
    about: tuple[str, ...] = ()
    category: str | None = None
    facts: tuple[tuple[str, str], ...] = ()
    text: str = ""
    steps: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    left_out: int = 0
    picture: Shown | None = None


@dataclass(frozen=True, slots=True)
class BookRoom:
    """A room, or another place that holds things, with what is in it."""

    id: str
    name: str
    where: str | None
    facts: tuple[tuple[str, str], ...] = ()
    devices: tuple[BookThing, ...] = ()
    papers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HouseBook:
    """The book. ``made`` is the moment that it speaks of; ``private`` whether private content is in it."""

    drawn: HomeMap
    made: str
    private: bool
    facts: tuple[tuple[str, str], ...] = ()
    rooms: tuple[BookRoom, ...] = ()
    papers: tuple[BookPaper, ...] = ()
    contacts: tuple[BookThing, ...] = ()
    apps: tuple[BookThing, ...] = ()
    routines: tuple[BookThing, ...] = ()
    due: tuple[DueItem, ...] = ()


MOST_TEXT = 20_000
"""Characters of one document in the book; a manual of hundreds of pages stays where it is."""

_AHEAD = timedelta(days=365)
_MOST_PICTURE = 1 << 20
_MOST_PICTURES = 32 << 20
_MOST_DUE = 2_000
_OUT = ("documented_by", "has_blob", "controlled_by_app")
_IN = ("procedure_for", "manages", "automates", "triggered_by")
_OTHERS = ("app", "contact", *sorted(DOCUMENTS), *sorted(ROUTINES))
_CHUNK = 1_000
_NO_FACTS = frozenset(
    {
        *("capabilities", "device_type", "zone_type", "level", "maintenance", "battery"),
        *("text", "description", "summary", "steps", "tools_needed", "category", "caption", "sections", "models"),
        *("pages", "page_count", "first_page", "continues"),
        *("sha256", "content_type", "size", "file_name", "preview"),
    }
)
"""Members of content that the book tells elsewhere, or that are no news for people."""


def house_book(view: ReadView, cache: GraphCache, home: str | None, *, now: str, private: bool) -> HouseBook:
    """The book of one home, as :func:`home_map` takes it; what belongs to no home is in the book of the only one."""
    gathering = _Gathering(view, cache, the_home(view, home), private=private)
    drawn = home_map(view, cache, gathering.home.id)
    return HouseBook(
        drawn=drawn,
        made=view.at or now,
        private=private,
        facts=gathering.facts_of(gathering.home),
        rooms=tuple(gathering.rooms(drawn)),
        papers=tuple(gathering.papers()),
        contacts=tuple(gathering.things("contact")),
        apps=tuple(gathering.things("app")),
        routines=tuple(gathering.things(*sorted(ROUTINES))),
        due=tuple(gathering.due(now)),
    )


class _Gathering:
    """What is in one home and what has to do with that, read in a few statements."""

    def __init__(self, view: ReadView, cache: GraphCache, home: Entity, *, private: bool) -> None:
        self._view = view
        self._cache = cache
        self.home = home
        self._private = private
        self._only = len(view.listed(("home",), after=None, limit=2)) == 1
        held = {home.id: home, **inside(view, [home.id]).things}
        self._others: dict[RecordId, Entity] = {}
        if self._only:
            held.update((e.id, e) for e in self._nowhere(held))
        pairs = [(e.from_id, e.to_id) for e in view.edges(held, "out", _OUT)]
        pairs += [(e.to_id, e.from_id) for e in view.edges(held, "in", _IN)]
        linked = view.entities({other for _, other in pairs} - held.keys())
        self._others.update((i, e) for i, e in {**held, **linked}.items() if e.entity_type in _OTHERS)
        self._held = {i: e for i, e in held.items() if e.entity_type not in _OTHERS}
        self._subjects: dict[RecordId, list[Entity]] = {}
        self._papers: dict[RecordId, list[str]] = {}
        for thing, other in dict.fromkeys(pairs):
            if thing in self._held and other in self._others:
                self._subjects.setdefault(other, []).append(self._held[thing])
                if self._others[other].entity_type in DOCUMENTS and self._is_told(self._others[other]):
                    self._papers.setdefault(thing, []).append(other)
        self._states = states_in_words(view, self._held)
        self._places: Whereabouts = whereabouts(view, self._held)

    def _nowhere(self, held: Mapping[RecordId, Entity]) -> Iterator[Entity]:
        """Papers, people, apps and routines wherever they are, and appliances that are in no place."""
        yield from _each(self._view, _OTHERS)
        lost = [e for e in _each(self._view, tuple(sorted(APPLIANCES))) if e.id not in held]
        places = whereabouts(self._view, (e.id for e in lost))
        yield from (e for e in lost if not places.chain(e.id))

    def facts_of(self, thing: Entity) -> tuple[tuple[str, str], ...]:
        """What its content says, in words, without what is said elsewhere."""
        content = thing.content if self._private else without_private(thing.content)
        return tuple(_facts(content, ""))

    def rooms(self, drawn: HomeMap) -> Iterator[BookRoom]:
        """Floor by floor as they are drawn, then other places that hold something, then what is nowhere."""
        inside_of: dict[RecordId | None, list[Entity]] = {}
        for thing in self._held.values():
            if thing.entity_type in APPLIANCES - {"service"}:
                inside_of.setdefault(self._room_of(thing), []).append(thing)
        rooms = {RecordId(room.id) for floor in drawn.floors for room in floor.rooms}
        order = [RecordId(i) for floor in drawn.floors for i in (*(room.id for room in floor.rooms), floor.id)]
        order += sorted((i for i in inside_of if i is not None), key=lambda i: by_name(self._held[i].name, i))
        for place in dict.fromkeys(order):
            if place in inside_of or place in rooms:
                yield self._room(self._held[place], inside_of.get(place, ()))
        if None in inside_of:
            yield BookRoom("nowhere", "Without a room", None, devices=self._devices(inside_of[None]))

    def _room(self, place: Entity, devices: Iterable[Entity]) -> BookRoom:
        return BookRoom(
            place.id,
            place.name,
            self._places.where(place.id),
            self.facts_of(place),
            self._devices(devices),
            tuple(self._papers.get(place.id, ())),
        )

    def _devices(self, devices: Iterable[Entity]) -> tuple[BookThing, ...]:
        ordered = sorted(devices, key=lambda e: by_name(e.name, e.id))
        return tuple(
            BookThing(
                id=e.id,
                type=e.entity_type,
                name=e.name,
                kind=device_kind(e),
                state=self._states.get(e.id),
                facts=self.facts_of(e),
                papers=tuple(self._papers.get(e.id, ())),
            )
            for e in ordered
        )

    def _room_of(self, thing: Entity) -> RecordId | None:
        chain = self._places.chain(thing.id)
        spaces = [
            spot.id for spot in chain if spot.type in {"home", "zone", "room", "passage"} and spot.id in self._held
        ]
        return spaces[-1] if spaces else None

    def things(self, *types: str) -> Iterator[BookThing]:
        """People, apps or routines, with what they have to do with."""
        for thing in self._ordered(types):
            yield BookThing(
                id=thing.id,
                type=thing.entity_type,
                name=thing.name,
                state=summary(thing) if thing.entity_type in ROUTINES else None,
                facts=self.facts_of(thing) if thing.entity_type not in ROUTINES else (),
                about=self._about(thing),
                papers=tuple(self._papers.get(thing.id, ())),
            )

    def papers(self) -> Iterator[BookPaper]:
        """Documents with their texts, procedures first."""
        room = _MOST_PICTURES
        for paper in self._ordered(("procedure", "manual", "note")):
            if CONTINUES in paper.content:
                continue
            content = paper.content if self._private else without_private(paper.content)
            picture = self._picture(content, room)
            room -= len(picture.data) if picture else 0
            yield self._paper(paper, content, picture)

    def _paper(self, paper: Entity, content: JsonObject, picture: Shown | None) -> BookPaper:
        steps = tuple(_texts(content.get("steps")))
        texts = [said for key in ("caption", "description", "summary", "text") if (said := _text(content.get(key)))]
        pages = list(whole_text(self._view, paper)) if "pages" in content else texts
        kept, left = _cut(pages)
        category = _text(content.get("category"))
        return BookPaper(
            id=paper.id,
            type=paper.entity_type,
            name=paper.name,
            about=self._about(paper),
            category=category,
            facts=tuple(_facts(content, "")),
            text=kept,
            steps=steps,
            tools=tuple(_texts(content.get("tools_needed"))),
            left_out=left,
            picture=picture,
        )

    def due(self, now: str) -> Iterator[DueItem]:
        """What falls due within a year."""
        until = (date.fromisoformat((self._view.at or now)[:10]) + _AHEAD).isoformat()
        within = None if self._only else self.home.id
        cursor, told = None, 0
        while told < _MOST_DUE:
            page = what_is_due(self._view, self._cache, now=now, within=within, until=until, limit=MOST, cursor=cursor)
            yield from (item for item in page.items if item.type != "schedule")
            told += len(page.items)
            cursor = page.next_cursor
            if cursor is None:
                return

    def _ordered(self, types: Sequence[str]) -> list[Entity]:
        found = (e for e in self._others.values() if e.entity_type in types and self._is_told(e))
        return sorted(found, key=lambda e: (types.index(e.entity_type), *by_name(e.name, e.id)))

    def _about(self, thing: Entity) -> tuple[str, ...]:
        named = dict.fromkeys(e.name for e in self._subjects.get(thing.id, ()) if e.id != self.home.id)
        return tuple(sorted(named, key=lambda name: by_name(name, "")))

    def _is_told(self, thing: Entity) -> bool:
        return self._private or not is_private(thing.content)

    def _picture(self, content: JsonObject, room: int) -> Shown | None:
        preview = content.get("preview")
        told = preview if isinstance(preview, Mapping) else {}
        sha256 = told.get("sha256")
        blob = self._view.content(Sha256(sha256)) if isinstance(sha256, str) else None
        if blob is None or blob.size > min(_MOST_PICTURE, room) or not blob.content_type.startswith("image/"):
            return None
        return Shown(blob.content_type, self._view.content_bytes(blob.sha256))


def _each(view: ReadView, types: Sequence[str]) -> Iterator[Entity]:
    after: tuple[str, RecordId] | None = None
    while chunk := view.listed(types, after=after, limit=_CHUNK):
        yield from chunk
        after = (fold(chunk[-1].name), chunk[-1].id)


def _facts(content: JsonObject, under: str) -> Iterator[tuple[str, str]]:
    for key, value in content.items():
        if not under and key in _NO_FACTS:
            continue
        label = f"{under} {key}".strip().replace("_", " ").replace(" m2", " m²")
        if isinstance(value, Mapping):
            yield from _facts(value, label)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            plain = [_plain(each) for each in value if not isinstance(each, Mapping)]
            if said := ", ".join(each for each in plain if each):
                yield label, said
        elif said := _plain(value):
            yield label, said


def _plain(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, Mapping | list):
        return ""
    return str(value)


def _cut(pages: Sequence[str]) -> tuple[str, int]:
    """As many pages as fit, and how many are left out; the first one is cut rather than left out."""
    kept: list[str] = []
    room = MOST_TEXT
    for at, page in enumerate(pages):
        if len(page) > room:
            begun = [] if kept else [f"{page[:room]} …"]
            return "\n\n".join([*kept, *begun]), len(pages) - at - len(begun)
        kept.append(page)
        room -= len(page)
    return "\n\n".join(kept), 0


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _texts(value: JsonValue) -> Iterator[str]:
    """Steps and tools as people and importers write them: texts, or objects with a text in them."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return
    for each in value:
        if isinstance(each, str):
            yield each
        elif isinstance(each, Mapping):
            said = (each.get(key) for key in ("text", "instruction", "description", "title", "name"))
            yield from [found for found in said if isinstance(found, str)][:1]
