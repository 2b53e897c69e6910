"""Resources as hosts see them: what is there to pick, what stands in each, and a mark that tells when that has changed.

What a resource says is what tools say: the same questions to the home, under an address.
"""

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from goodies_mcp.core.protocols import SyncControl
from goodies_mcp.errors import GoodiesError
from goodies_mcp.mcpserver.addresses import (
    OVERVIEW,
    STATUS,
    Address,
    address_of,
    content_uri,
    entity_uri,
    map_uri,
    no_resource,
    room_uri,
)
from goodies_mcp.mcpserver.answering import answered
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.host_apps import page_of
from goodies_mcp.mcpserver.keeping import GetHome
from goodies_mcp.mcpserver.registry import ToolContext
from goodies_mcp.mcpserver.render import answer, failure
from goodies_mcp.mcpserver.wording import shown

if TYPE_CHECKING:
    from goodies_mcp.graph.shelf import ShelfItem

PAGE = 100
"""Things in a page of the list."""

THE_HOME = "home"
"""The cursor behind the first page, which is the same for every home: hosts ask for it before anything is open."""

LISTING = "resources/list"
"""The mark's name of the list itself, which no resource has."""

_MOST = 100
_JSON = "application/json"
_SVG = "image/svg+xml"

FIXED: tuple[dict[str, str], ...] = (
    {
        "uri": OVERVIEW,
        "name": "home-overview",
        "title": "The home at a glance",
        "description": "Homes, floors and rooms with counts, devices without a room, conflicts, last sync.",
        "mimeType": _JSON,
    },
    {
        "uri": STATUS,
        "name": "sync-status",
        "title": "Sync status",
        "description": "Where sync with the hub stands, as get_sync_status tells it.",
        "mimeType": _JSON,
    },
)
"""What stands under the same address in every home; the status of sync only where there is sync."""

Wire = dict[str, Any]


class Shelves:
    """The resources of one home."""

    def __init__(self, home: GetHome, sync: SyncControl | None) -> None:
        self._home = home
        self._sync = sync
        self._tools = catalogue()
        self.fixed = [each for each in FIXED if sync is not None or each["uri"] != STATUS]

    async def listed(self, cursor: str | None) -> tuple[list[Wire], str | None]:
        """A page of what can be picked, and the cursor of the next.

        Raises:
            InvalidInput: the cursor is none of ours.
        """
        if cursor is None:
            return self.fixed, THE_HOME
        home = await self._home()
        page = await home.get_shelf(limit=PAGE, cursor=None if cursor == THE_HOME else cursor)
        return [wire for each in page.items for wire in _picked(each)], page.next_cursor

    async def read(self, uri: str) -> Wire:
        """What stands there.

        Raises:
            NotFound: there is no such resource, or nothing in it.
            Ambiguous: its address names several things.
            TooLarge: it is more than fits into one answer.
        """
        if (page := page_of(uri)) is not None:
            return page
        address = address_of(uri)
        if address.kind == "content":
            found = await (await self._home()).get_original(address.pointer, page=address.page)
            if found.data is None:
                return {"uri": uri, "mimeType": found.content_type, "text": shown(found.text or "")}
            return {"uri": uri, "mimeType": found.content_type, "blob": b64encode(found.data).decode()}
        if address.kind == "map":
            return {"uri": uri, "mimeType": _SVG, "text": await self._drawn(address)}
        return {"uri": uri, "mimeType": _JSON, "text": await self._said(uri, address)}

    async def mark(self, uri: str) -> str:
        """Another text after what stands there has become something else; raises as :meth:`read`."""
        if uri == LISTING:
            items, following = await self.listed(THE_HOME)
            # An edit of what is listed is no other list.
            return _digest(
                json.dumps([[each["uri"], each["name"], each["description"]] for each in items]) + str(following)
            )
        address = address_of(uri)
        if address.kind == "content":  # its bytes are named by a hash that stands in its version
            return _digest(_written(await self._asked("get_entity_details", entity=address.pointer)))
        if address.kind == "map":  # what is drawn, without the drawing
            return _digest(repr(await (await self._home()).get_home_map(address.pointer)))
        return _digest(await self._said(uri, address))

    async def _drawn(self, address: Address) -> str:
        from goodies_mcp.drawing.svg import draw  # noqa: PLC0415  start-up: few hosts ask for a picture

        found = await (await self._home()).get_home_map(address.pointer)
        return await asyncio.to_thread(draw, found)

    async def _said(self, uri: str, address: Address) -> str:
        """What stands in a resource that is JSON."""
        match address.kind:
            case "entity" if address.relationship is not None:
                types = [address.relationship]
                return _written(
                    await self._asked("get_entity_relationships", entity=address.pointer, relationship_types=types)
                )
            case "entity":
                return _written(await self._asked("get_entity_details", entity=address.pointer))
            case "room":
                return _written(
                    {
                        "room": await self._asked("get_entity_details", entity=address.pointer, include=["content"]),
                        "devices": await self._asked("get_devices_in_room", room=address.pointer),
                        "connections": await self._asked("get_room_connections", room=address.pointer),
                    }
                )
            case "overview":
                return _written(await self._asked("get_home_overview"))
            case "status" if self._sync is not None:
                return _written(await self._status(self._sync))
        raise no_resource(uri)

    async def _asked(self, tool: str, **arguments: object) -> Wire:
        return (await answered(self._tools, self._context, tool, {"limit": _MOST, **arguments})).structured

    async def _context(self) -> ToolContext:
        return ToolContext(await self._home())

    async def _status(self, sync: SyncControl) -> Wire:
        """Where sync stands, or why the home does not open: whoever asks wants to know either."""
        try:
            await self._home()
            return answer(await sync.status()).structured
        except GoodiesError as error:
            return failure(error).structured


def _written(said: object) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _digest(said: str) -> str:
    return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _picked(item: "ShelfItem") -> Iterator[Wire]:
    """How a thing stands in the list; a home with its map."""
    name = shown(item.name)[:200] or item.id
    where = f" in {shown(item.where)}" if item.where else ""
    told: Wire = {"description": f"{item.type}{where}"[:400], "annotations": {"lastModified": item.edited_at}}
    if item.size is not None:
        told["size"] = item.size
    address, mime = _ADDRESSED.get(item.type, (content_uri, item.content_type or "text/plain"))
    yield {"uri": address(item.id), "name": name, "mimeType": mime, **told}
    if item.type == "home":
        yield {
            "uri": map_uri(item.id),
            "name": f"Map of {name}",
            "mimeType": _SVG,
            "description": "a drawing of the home",
        }


_ADDRESSED: dict[str, tuple[Callable[[str], str], str]] = {
    "home": (entity_uri, _JSON),
    "zone": (room_uri, _JSON),
    "room": (room_uri, _JSON),
}
