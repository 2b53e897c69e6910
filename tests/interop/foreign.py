"""The clients and the suite of others, which ``make interop`` fetches: where they are, and what runs them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


class Foreign:
    """A folder with Node 22, the npm packages and an environment for each foreign Python client."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def node(self, package: str, file: str) -> list[str]:
        """A program of an npm package."""
        modules = self._folder / "node" / "node_modules"
        return [str(modules / ".bin" / "node"), str(modules / package / file)]

    def script(self, name: str, folder: Path) -> list[str]:
        """A script of ours, in a folder of the test's where it finds the packages that it imports."""
        modules, scripts = self._folder / "node" / "node_modules", folder / "scripts"
        shutil.copytree(HERE / "node", scripts, ignore=lambda _, names: [n for n in names if not n.endswith(".mjs")])
        (scripts / "node_modules").symlink_to(modules)
        return [str(modules / ".bin" / "node"), str(scripts / name)]

    def python(self, environment: str) -> list[str]:
        """The script of ours for a foreign Python client, run by its own environment."""
        return [str(self._folder / environment / "bin" / "python"), str(HERE / "python" / f"{environment}_client.py")]


def found() -> Foreign:
    """What was fetched. Without it the test is skipped, and fails where nothing may be missing."""
    folder = Path(os.environ.get("TEST_INTEROP", ROOT / ".cache" / "interop"))
    if (folder / ".ready").exists():
        return Foreign(folder)
    missing = f"nothing in {folder}: `make interop` fetches the foreign clients"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


def run(words: list[str], said: str = "", patience: float = 100) -> "subprocess.CompletedProcess[str]":
    """Run it to its end, with nobody's settings and with ``said`` on its standard input."""
    kept = {key: os.environ[key] for key in ("HOME", "PATH", "LANG", "TMPDIR") if key in os.environ}
    return subprocess.run(words, input=said, capture_output=True, text=True, timeout=patience, check=False, env=kept)
