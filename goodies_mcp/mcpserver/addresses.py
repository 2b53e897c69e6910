"""The addresses of resources: what each means, and how one is written. What is not of these forms is no resource."""

import re
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, unquote

from goodies_mcp.errors import NotFound
from goodies_mcp.mcpserver.wording import shown

STATUS = "goodies://sync/status"
OVERVIEW = "goodies://home/overview"

LONGEST = 4_000
"""Characters of an address; an id or a name of a thousand letters, each of them escaped, is shorter."""

_FORM = (  # compiled when it is first needed: start-up
    r"goodies://(?:"
    r"(?P<kind>entity|room|content)/(?P<pointer>[^/?#\x00-\x20\x7f]+)"
    r"|home/(?P<home>[^/?#\x00-\x20\x7f]+)/map\.svg"
    r"|(?P<fixed>home/overview|sync/status)"
    r")(?:\?(?P<key>page|relationship)=(?P<value>[^?#&=\x00-\x20\x7f]+))?"
)
_TAKEN = {"page": "content", "relationship": "entity"}

Kind = Literal["entity", "room", "content", "map", "overview", "status"]

_FIXED: dict[str, Kind] = {"home/overview": "overview", "sync/status": "status"}


@dataclass(frozen=True, slots=True)
class Address:
    """What an address means: ``pointer`` is an id or a name, as tools take them."""

    kind: Kind
    pointer: str = ""
    page: int | None = None
    relationship: str | None = None


def address_of(uri: str) -> Address:
    """What an address means.

    Raises:
        NotFound: nothing has such an address.
    """
    found = re.fullmatch(_FORM, uri) if len(uri) <= LONGEST else None
    try:
        if found is not None:
            return _address(found)
    except (UnicodeError, ValueError):
        pass  # bytes that are no text, a page that is no number, a key that does not go with the kind
    raise no_resource(uri)


def no_resource(uri: str) -> NotFound:
    """What to say of an address that nothing has."""
    return NotFound(
        f"there is no resource with the address {shown(uri)[:200]!r}",
        argument="uri",
        hint="resources/list names what can be picked, resources/templates/list the forms of all addresses",
    )


def _address(found: "re.Match[str]") -> Address:
    said: dict[str, Any] = found.groupdict()
    kind: Kind = _FIXED[said["fixed"]] if said["fixed"] else said["kind"] or "map"
    key = said["key"]
    if key and _TAKEN[key] != kind:
        raise ValueError(key)
    return Address(
        kind,
        _text(said["pointer"] or said["home"] or ""),
        _page(said["value"]) if key == "page" else None,
        _text(said["value"]) if key == "relationship" else None,
    )


def _text(written: str) -> str:
    text = unquote(written, errors="strict")
    text.encode()  # a half of a character is none
    return text


def _page(written: str) -> int:
    if not (written.isascii() and written.isdecimal() and len(written) < 7):
        raise ValueError(written)
    return int(written)


def entity_uri(record_id: str) -> str:
    """The address of an entity."""
    return f"goodies://entity/{_escaped(record_id)}"


def room_uri(record_id: str) -> str:
    """The address of a room with what is in it."""
    return f"goodies://room/{_escaped(record_id)}"


def content_uri(record_id: str) -> str:
    """The address of what is kept of a document."""
    return f"goodies://content/{_escaped(record_id)}"


def map_uri(record_id: str) -> str:
    """The address of the picture of a home."""
    return f"goodies://home/{_escaped(record_id)}/map.svg"


def _escaped(record_id: str) -> str:
    return quote(record_id, safe="", errors="replace")


TEMPLATES: tuple[dict[str, str], ...] = (
    {
        "uriTemplate": "goodies://entity/{id}{?relationship}",
        "name": "entity",
        "title": "One thing, whole",
        "description": "Content, version, place and relationships of an entity, by id or name; ?relationship= lists "
        "its relationships of one type only.",
        "mimeType": "application/json",
    },
    {
        "uriTemplate": "goodies://room/{id}",
        "name": "room",
        "title": "A room",
        "description": "A room, floor or other place with its devices, doors and windows.",
        "mimeType": "application/json",
    },
    {
        "uriTemplate": "goodies://content/{id}{?page}",
        "name": "content",
        "title": "A manual, photo or other paper",
        "description": "What is kept of a document: its original, or its text; ?page= gives one page of its text.",
    },
    {
        "uriTemplate": "goodies://home/{id}/map.svg",
        "name": "map",
        "title": "A map of the home",
        "description": "A drawing of the floors with their rooms, doors, windows and devices.",
        "mimeType": "image/svg+xml",
    },
)
"""RFC 6570. What stands for ``{id}`` may also be a name, as in tools."""
