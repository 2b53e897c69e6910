"""Messages of the plainest form: those that the SDK takes in one way and no other. Whatever is odd is left to it."""

import json

TYPE_CHECKING = False  # start-up, as in the preamble
if TYPE_CHECKING:
    from typing import Any

APPS = "io.modelcontextprotocol/ui"
"""The extension by which hosts say that they show pages beside answers."""

APP_TYPE = "text/html;profile=mcp-app"
"""The type of such pages."""

HOME_MAP = "ui://goodies/home-map"
"""The page with the map of the home."""

LONGEST = 65_536
"""Bytes of a line that is looked at."""

_NESTED = 100
"""Objects and lists in it; parsers differ in how deep they go."""

_OURS = {"roots", "sampling", "elicitation", "tasks"}
_OF_OTHERS = {"experimental", "extensions"}
_FLAGS = {"listChanged", "applyDefaults"}


def message_of(line: bytes) -> "dict[str, Any] | None":
    """The line as a request or notification of plain form, else None. Escapes are left to the SDK, which takes other
    halves of characters for wrong than json does."""
    if len(line) > LONGEST or b"\\u" in line or line.count(b"{") + line.count(b"[") > _NESTED:
        return None
    try:
        said = json.loads(line.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    plain = (
        isinstance(said, dict)
        and not said.keys() - {"jsonrpc", "id", "method", "params"}
        and said.get("jsonrpc") == "2.0"
        and isinstance(said.get("method"), str)
        and isinstance(said.get("params", {}), dict)
        and is_plain_id(said.get("id", 0))
    )
    return said if plain else None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def is_plain_id(request: object) -> bool:
    """A number or a text that every writer of JSON writes in one way."""
    if isinstance(request, str):
        return len(request) < 200 and request.isascii() and request.isprintable() and not set(request) & {'"', "\\"}
    return isinstance(request, int) and not isinstance(request, bool) and abs(request) < 1 << 53


def is_client(info: object) -> bool:
    """A client's name and version, with other texts about it."""
    return (
        isinstance(info, dict)
        and {"name", "version"} <= info.keys() <= {"name", "version", "title", "description", "websiteUrl", "icons"}
        and all(_are_icons(said) if name == "icons" else isinstance(said, str) for name, said in info.items())
    )


def _are_icons(said: object) -> bool:
    return isinstance(said, list) and all(
        isinstance(icon, dict) and "src" in icon.keys() <= {"src", "mimeType"} and all(map(_is_text, icon.values()))
        for icon in said
    )


def _is_text(said: object) -> bool:
    return isinstance(said, str)


def are_capabilities(said: object) -> bool:
    """What a client can do, as far as protocols have it: objects with a flag in them, and objects of others' making."""
    return isinstance(said, dict) and all(
        (name in _OF_OTHERS and isinstance(inner, dict) and all(isinstance(each, dict) for each in inner.values()))
        or (name in _OURS and _is_capability(inner))
        for name, inner in said.items()
    )


def _is_capability(said: object) -> bool:
    return isinstance(said, dict) and all(
        isinstance(inner, bool) if name in _FLAGS else _is_capability(inner) for name, inner in said.items()
    )


def shows_apps(extensions: object) -> bool:
    """Whether a client with these extensions shows pages of ours."""
    settings = extensions.get(APPS) if isinstance(extensions, dict) else None
    types = settings.get("mimeTypes") if isinstance(settings, dict) else None
    return isinstance(types, list) and APP_TYPE in types
