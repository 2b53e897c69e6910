"""MCP Apps (extension ``io.modelcontextprotocol/ui``): pages of ours that hosts show beside a tool's answer.

A page is one file of HTML that loads nothing: its script is allowed by its hash, and whatever it shows it asks the host
for, which asks this server.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from goodies_mcp.mcpserver.plain_messages import APP_TYPE, APPS, HOME_MAP

ADVERTISED: dict[str, dict[str, Any]] = {APPS: {"mimeTypes": [APP_TYPE]}}
"""What the server says of itself among its extensions."""


def page_of(uri: str) -> dict[str, Any] | None:
    """The page under this address as ``resources/read`` shows it; None when it is none of ours."""
    if uri != HOME_MAP:
        return None
    nowhere: dict[str, list[str]] = {"connectDomains": [], "resourceDomains": []}
    return {
        "uri": uri,
        "mimeType": APP_TYPE,
        "text": _home_map(),
        "_meta": {"ui": {"csp": nowhere, "prefersBorder": True}},
    }


@cache
def _home_map() -> str:
    script = _part("js")
    script_hash = b64encode(sha256(script.encode()).digest()).decode()
    return _part("html").format(style=_part("css"), script=script, script_hash=script_hash)


def _part(ending: str) -> str:
    return files(__package__).joinpath("apps", f"home_map.{ending}").read_text("utf-8")
