"""The bundle's manifest: what a host shows before it installs, asks the person for, and then starts.

The format is that of MCP Bundles, manifest version 0.4, server type ``uv``: the host brings uv, and uv brings a Python.
"""

from typing import Any

from goodies_mcp.mcpserver.catalogue import catalogue
from tools.bundle.facts import Facts

ENTRY = "server.py"
ICON = "icon.png"
_LONG = """Rooms, doors, devices, manuals, procedures, notes and automations of your home, and how they hang together,
in one file on your own machine. It works offline, answers at once, and keeps every version: what an assistant changed
can be undone, and nothing you told it is lost. Several machines share a home through a hub of your own."""

# What the person may say, and the setting that it becomes. Each has a default, because a host leaves the words of one
# that has no value as they are.
_ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "data_dir": (
        "GOODIES_DATA_DIR",
        {
            "type": "directory",
            "title": "Folder of the home",
            "description": "Where the home is kept. Empty: the system's own place for such data.",
            "default": "",
        },
    ),
    "toolsets": (
        "GOODIES_TOOLSETS",
        {
            "type": "string",
            "title": "Toolsets",
            "description": "Empty: the sixteen tools most used. all: every tool.",
            "default": "",
        },
    ),
    "read_only": (
        "GOODIES_READ_ONLY",
        {
            "type": "boolean",
            "title": "Only read",
            "description": "The assistant may ask and change nothing.",
            "default": False,
        },
    ),
}


def manifest(facts: Facts) -> dict[str, Any]:
    """The manifest of this release."""
    return {
        "manifest_version": "0.4",
        "name": facts.name,
        "display_name": "The Goodies: your home",
        "version": facts.version,
        "description": facts.description,
        "long_description": " ".join(_LONG.split()),
        "author": {"name": facts.author},
        "icon": ICON,
        "server": {
            "type": "uv",
            "entry_point": ENTRY,
            "mcp_config": {
                "command": "uv",
                "args": ["run", "--directory", "${__dirname}", ENTRY],
                # uv compiles nothing by itself, and uncompiled every start would take a second longer.
                "env": {
                    "UV_COMPILE_BYTECODE": "1",
                    **{variable: f"${{user_config.{key}}}" for key, (variable, _) in _ASKED.items()},
                },
            },
        },
        "user_config": {key: asked for key, (_, asked) in _ASKED.items()},
        "tools": [{"name": tool.name, "description": tool.description} for tool in catalogue().select()],
        "tools_generated": True,
        "prompts_generated": True,
        "keywords": list(facts.keywords),
        "license": facts.licence,
        "compatibility": {"platforms": ["darwin", "linux"], "runtimes": {"python": facts.pythons}},
    }
