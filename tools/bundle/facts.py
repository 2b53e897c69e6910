"""What the project says of itself, read from where it says it: nothing here is a second source."""

import re
import tomllib
from pathlib import Path
from typing import NamedTuple

from goodies_mcp import __version__

ROOT = Path(__file__).resolve().parents[2]
CONSTRAINTS = ROOT / "tools" / "lock" / "constraints.txt"


class Facts(NamedTuple):
    """The project's name, release, one line about it, author, licence, search words, and the Pythons it runs on."""

    name: str
    version: str
    description: str
    author: str
    licence: str
    keywords: tuple[str, ...]
    pythons: str


def facts() -> Facts:
    """As ``pyproject.toml`` and the package have them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return Facts(
        name=project["name"],
        version=__version__,
        description=project["description"],
        author=project["authors"][0]["name"],
        licence=project["license"],
        keywords=tuple(project["keywords"]),
        pythons=project["requires-python"],
    )


def pins() -> list[str]:
    """The lock, one requirement a line: whoever installs gets what was tested."""
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in CONSTRAINTS.read_text("utf-8").splitlines())
    return [line for line in lines if line]
