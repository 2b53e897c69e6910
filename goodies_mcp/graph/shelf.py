"""What a person may want to pick and read whole: homes, then rooms, then manuals, photos and other papers. Not every
entity of a home: nobody scrolls through those.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from goodies_mcp.core.models import Entity, RecordId, Sha256
from goodies_mcp.core.text import fold
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.kept_pages import CONTINUES
from goodies_mcp.graph.paging import open_page
from goodies_mcp.graph.places import refs
from goodies_mcp.storage.interface import ReadView


@dataclass(frozen=True, slots=True)
class ShelfItem:
    """A thing to pick; ``content_type`` and ``size`` (bytes) are those of the kept original of a document."""

    id: str
    type: str
    name: str
    where: str | None
    edited_at: str
    content_type: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class ShelfPage:
    """Things to pick."""

    items: tuple[ShelfItem, ...]
    next_cursor: str | None = None


_STRETCHES = (("home",), ("zone", "room"), ("manual", "procedure", "note"))


def shelf(view: ReadView, cache: GraphCache, *, limit: int, cursor: str | None) -> ShelfPage:
    """A page of it, each stretch in the order of names."""
    page = open_page("shelf", [], limit, cursor)
    stretch, after = 0, None
    if page.position is not None:
        begun, name, record_id = page.position
        stretch, after = int(begun), (str(name), RecordId(str(record_id)))
    found: list[tuple[int, Entity]] = []
    while stretch < len(_STRETCHES) and len(found) <= page.limit:
        more = view.listed(_STRETCHES[stretch], after=after, limit=page.limit + 1 - len(found))
        found += [(stretch, each) for each in more]
        stretch, after = stretch + 1, None
    shown = found[: page.limit]
    following = None
    if len(found) > page.limit:
        last_stretch, last = shown[-1]
        following = page.cursor((last_stretch, fold(last.name), last.id))
    picked = [each for _, each in shown if CONTINUES not in each.content]
    where = refs(view, picked, cache)
    return ShelfPage(tuple(_item(view, each, where[each.id].where) for each in picked), following)


def _item(view: ReadView, entity: Entity, where: str | None) -> ShelfItem:
    said = entity.content.get("sha256")
    kept = view.content(Sha256(said)) if isinstance(said, str) else None
    about: Mapping[str, str | int] = {"content_type": kept.content_type, "size": kept.size} if kept else {}
    return ShelfItem(entity.id, entity.entity_type, entity.name, where, entity.edited_at, **about)  # type: ignore[arg-type]
