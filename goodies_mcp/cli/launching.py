"""How somebody else starts this program: by a whole path, because hosts do not have a shell's settings."""

import os
import sys
from pathlib import Path


def whole_command() -> list[str]:
    """The words that start this installation of the program, whatever the folder and the environment."""
    name = "goodies-mcp.exe" if os.name == "nt" else "goodies-mcp"
    script = Path(sys.executable).absolute().parent / name
    return [str(script)] if script.is_file() else [str(Path(sys.executable).absolute()), "-m", "goodies_mcp"]


def passing(command: str) -> bool:
    """Whether a program stands in a tool's cache, from where it may vanish (``uvx`` runs programs from there)."""
    return not {"archive-v0", "environments-v2", ".cache"}.isdisjoint(Path(command).parts)
