"""Search: what was meant, looked up in the store, and put in the order in which people expect it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goodies_mcp.core.models import JsonObject, RecordId
from goodies_mcp.core.text import fold
from goodies_mcp.core.vocabulary import DOCUMENTS, check_entity_type
from goodies_mcp.errors import InvalidInput
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.looks import Looked, look
from goodies_mcp.graph.paging import Page, cut, open_page
from goodies_mcp.graph.places import breadcrumbs, placed, refs, surrounding, whereabouts
from goodies_mcp.graph.ranking import Asked, Ranked, asked_for, by_surroundings, by_text
from goodies_mcp.graph.resolve import SOMEWHERE
from goodies_mcp.graph.resolve import entity as resolve
from goodies_mcp.graph.search_words import Sought, parse
from goodies_mcp.storage.interface import ReadView


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result; in ``snippet`` the match stands between ** and **, in a document on ``page``."""

    id: str
    type: str
    name: str
    where: str | None
    snippet: str | None
    score: float
    page: int | None = None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Ranked hits. ``searched_for`` tells what typos and synonyms were looked for instead or as well."""

    items: tuple[Hit, ...]
    searched_for: tuple[str, ...] = ()
    next_cursor: str | None = None
    note: str | None = None


LONGEST_QUERY = 1_000
"""Characters of a search text."""

_FIRST = 40
"""Matches that are ranked against each other; those after them, up to ``_BEST``, are only asked for by who pages."""

_BEST = 200
_DEEPER = 2_000
"""Matches that are looked at when only those in one place count."""

_MARKED = re.compile("\x02([^\x03]*)\x03")
_CLOSELY = 30
"""Candidates that are looked at with their surroundings, which costs more than the rest together."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Candidates in their final order, the first of all before others; ``more`` if there may be more behind them."""

    ordered: Sequence[tuple[int, Ranked]]
    containers: Mapping[RecordId, RecordId | None]
    looked: Looked
    more: bool


def search_entities(
    view: ReadView,
    cache: GraphCache,
    query: str,
    *,
    entity_types: Sequence[str],
    within: str | None,
    limit: int,
    cursor: str | None,
) -> SearchPage:
    """The best 200 matches, page by page. Any text up to 1,000 characters may be asked for.

    A text without a word lists the things of ``entity_types`` by name.
    """
    if len(query) > LONGEST_QUERY:
        raise InvalidInput(f"query is longer than {LONGEST_QUERY} characters", argument="query", hint="a few words do")
    types = sorted({check_entity_type(each, "entity_types") for each in entity_types})
    place = resolve(view, within, "within", SOMEWHERE).id if within is not None else None
    page = open_page("search_entities", [query, types, place, view.at], limit, cursor)
    sought = parse(query)
    if not sought:
        return _listed(view, cache, types, page)
    found = _first(view, cache, sought, types) if place is None else _in_place(view, cache, sought, types, place)
    shown, following = _cut(page, found)
    if found.more and (following is None or len(shown) < limit):
        found = _all(view, found, sought, types)
        shown, following = _cut(page, found)
    where = breadcrumbs(view, (each.hit.id for each in shown), cache, told=found.containers)
    items = tuple(_hit(each, where[each.hit.id], query) for each in shown)
    return SearchPage(items, found.looked.searched_for, following, _note(found, view))


def _first(view: ReadView, cache: GraphCache, sought: Sequence[Sought], types: Sequence[str]) -> _Found:
    looked, asked = look(view, sought, types, _FIRST), asked_for(sought)
    ordered, containers = _ordered(view, cache, by_text(looked.looks, asked), asked)
    return _Found([(0, each) for each in ordered], containers, looked, looked.widest == _FIRST)


def _all(view: ReadView, first: _Found, sought: Sequence[Sought], types: Sequence[str]) -> _Found:
    """The first ones as they were, then all others by their text alone."""
    known = {each.hit.id for _, each in first.ordered}
    looked = look(view, sought, types, _BEST)
    others = [(1, each) for each in by_text(looked.looks, asked_for(sought)) if each.hit.id not in known]
    return _Found([*first.ordered, *others], first.containers, looked, more=False)


def _in_place(
    view: ReadView, cache: GraphCache, sought: Sequence[Sought], types: Sequence[str], place: RecordId
) -> _Found:
    looked, asked = look(view, sought, types, _BEST), asked_for(sought)
    candidates = _within(view, cache, by_text(looked.looks, asked), place)
    if looked.widest >= _BEST:
        looked = look(view, sought, types, _DEEPER)
        candidates = _within(view, cache, by_text(looked.looks, asked), place)
    ordered, containers = _ordered(view, cache, candidates[:_BEST], asked)
    return _Found([(0, each) for each in ordered], containers, looked, more=False)


def _cut(page: Page, found: _Found) -> tuple[list[Ranked], str | None]:
    shown, following = cut(page, found.ordered, lambda each: (each[0], *each[1].order))
    return [each for _, each in shown], following


def _listed(view: ReadView, cache: GraphCache, types: Sequence[str], page: Page) -> SearchPage:
    if not types:
        return SearchPage((), note="query holds no word to look for; get_home_overview shows what there is")
    after = (str(page.position[0]), RecordId(str(page.position[1]))) if page.position else None
    found = view.listed(types, after=after, limit=page.limit + 1)
    shown = found[: page.limit]
    where = refs(view, shown, cache)
    items = tuple(Hit(e.id, e.entity_type, e.name, where[e.id].where, None, 0.0) for e in shown)
    following = page.cursor((fold(shown[-1].name), shown[-1].id)) if len(found) > page.limit else None
    return SearchPage(items, next_cursor=following, note="listed by name: query holds no word")


def _within(view: ReadView, cache: GraphCache, candidates: Sequence[Ranked], place: RecordId) -> list[Ranked]:
    places = whereabouts(view, (each.hit.id for each in candidates), cache)
    return [each for each in candidates if any(spot.id == place for spot in places.chain(each.hit.id))]


def _ordered(
    view: ReadView, cache: GraphCache, candidates: Sequence[Ranked], asked: Asked
) -> tuple[list[Ranked], Mapping[RecordId, RecordId | None]]:
    """The first of them looked at with their surroundings as well, which only lifts them; and what those are in."""
    close, rest = candidates[:_CLOSELY], candidates[_CLOSELY:]
    ids = [each.hit.id for each in close]
    there = placed(view, ids)
    containers = {i: there.containers.get(i) for i in ids}
    again = by_surroundings(close, asked, surrounding(view, containers, cache), there)
    return sorted([*again, *rest]), containers


def _hit(ranked: Ranked, where: str | None, query: str) -> Hit:
    found = ranked.hit
    page, snippet = None, found.excerpt()
    if found.entity_type in DOCUMENTS:
        page, snippet = _paged(found.content, query, snippet)
    snippet = snippet.replace("\x02", "**").replace("\x03", "**")
    return Hit(found.id, found.entity_type, found.name, where, snippet or None, ranked.score, page)


def _paged(content: JsonObject, query: str, snippet: str) -> tuple[int | None, str]:
    """In a document of pages: the page that has most of what was asked for, or at least of what the store found."""
    if "pages" not in content:
        return None, snippet
    # Start-up: most hits are no documents of pages.
    from goodies_mcp.graph.kept_pages import first_page, own_pages  # noqa: PLC0415
    from goodies_mcp.graph.passages import Quest  # noqa: PLC0415

    pages = own_pages(content)
    for quest in (Quest(query), Quest(" ".join(_MARKED.findall(snippet)))):
        if best := quest.pages(pages)[:1]:
            return first_page(content) + best[0], quest.excerpt(pages[best[0]])
    return None, snippet


def _note(found: _Found, view: ReadView) -> str | None:
    if not found.ordered:
        if view.at is not None and not view.counts():
            return f"nothing was known of the home at {view.at}: its first version is younger"
        return None
    if found.looked.in_part:
        return "nothing has all of the words; these have some"
    if found.looked.widest >= _BEST:
        return f"only the best {_BEST} matches are listed; more words, entity_types or within narrow it down"
    return None
