"""Links beside an answer: the originals of manuals and photos, which a host can fetch and a model need not read."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from goodies_mcp.core.vocabulary import DOCUMENTS
from goodies_mcp.mcpserver.addresses import content_uri

MOST = 10
"""Links beside one answer."""

_LEADING_TO_PAPERS = frozenset({"documented_by", "has_blob"})

Said = Mapping[str, Any]
Link = dict[str, Any]


def links_of(tool: str, said: Said) -> list[Link]:
    """What there is to fetch for this answer of a tool."""
    found = _FINDERS.get(tool)
    if found is None:
        return []
    return [link for _, link in zip(range(MOST), found(said), strict=False)]


def _of_read(said: Said) -> Iterator[Link]:
    if "content_type" in said:
        yield _link(said, "the original", said["content_type"])


def _of_details(said: Said) -> Iterator[Link]:
    content = said.get("content", {})
    if said.get("type") in DOCUMENTS and isinstance(content.get("sha256"), str):
        kind = content.get("content_type")
        yield _link(said, "the original", kind if isinstance(kind, str) else None)
    for edge in said.get("relationships", ()):
        if edge["relationship_type"] in _LEADING_TO_PAPERS and edge["direction"] == "out":
            yield _link(edge["other"], f"{edge['other']['type']}, {edge['relationship_type']}")


def _of_guides(said: Said) -> Iterator[Link]:
    return (_link(each, each["because"]) for each in said.get("items", ()) if each["type"] == "manual")


def _link(thing: Said, about: str, content_type: str | None = None) -> Link:
    known = {} if content_type is None else {"mimeType": content_type}
    return {
        "type": "resource_link",
        "uri": content_uri(thing["id"]),
        "name": thing["name"],
        "description": about,
        **known,
    }


_FINDERS: Mapping[str, Callable[[Said], Iterator[Link]]] = {
    "read_content": _of_read,
    "get_entity_details": _of_details,
    "get_procedures_for_device": _of_guides,
}
