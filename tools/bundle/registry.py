"""``server.json``: how the MCP registry lists this server. The format is the registry's, schema 2025-12-11.

``python -m tools.bundle.registry`` writes it.
"""

import json
from typing import Any

from tools.bundle.facts import ROOT, Facts, facts

FILE = ROOT / "tools" / "bundle" / "server.json"
# The registry lets only the owner of a name publish under it, and finds the same name in the README.
NAME = "io.github.the-goodies/goodies-mcp"
_LONGEST_ABOUT = 100


def server(about: Facts) -> dict[str, Any]:
    """The entry of this release."""
    return {
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": NAME,
        "title": "The Goodies",
        "description": about.description[:_LONGEST_ABOUT],
        "version": about.version,
        "packages": [
            {
                "registryType": "pypi",
                "identifier": about.name,
                "version": about.version,
                "runtimeHint": "uvx",
                "transport": {"type": "stdio"},
                "environmentVariables": [
                    {
                        "name": "GOODIES_DATA_DIR",
                        "description": "Folder of the home; left out: the system's own place for such data.",
                        "format": "filepath",
                    },
                    {
                        "name": "GOODIES_READ_ONLY",
                        "description": "true: the assistant may ask and change nothing.",
                        "format": "boolean",
                        "default": "false",
                    },
                ],
            }
        ],
    }


def page() -> str:
    """The file's text."""
    return json.dumps(server(facts()), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(page(), "utf-8")
