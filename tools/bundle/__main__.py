"""Builds the bundle that Claude Desktop and other hosts install by a double click: dist/goodies-mcp-VERSION.mcpb.

In it: the wheel, the lock as uv reads it, an entry of two lines, the manifest and a picture. Nothing is fetched.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tools.bundle.facts import ROOT, facts, pins
from tools.bundle.icon import icon
from tools.bundle.manifest import ENTRY, ICON, manifest

_EPOCH = (2020, 1, 1, 0, 0, 0)  # the same files make the same bundle, byte for byte
_START = """from goodies_mcp.cli.main import main

main()
"""


def main() -> int:
    """Build it, and say where it is."""
    parser = argparse.ArgumentParser(prog="make bundle", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder to put it in (default: dist)")
    parser.add_argument("--wheel", type=Path, help="the wheel to put in (default: one built from here)")
    arguments = parser.parse_args()
    about = facts()
    arguments.out.mkdir(parents=True, exist_ok=True)
    target = arguments.out / f"{about.name}-{about.version}.mcpb"
    target.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as aside:
        files = contents(arguments.wheel or built(Path(aside)))
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in sorted(files.items()):
            bundle.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    print(f"{target} ({target.stat().st_size >> 10} KiB)")
    return 0


def built(folder: Path) -> Path:
    """The package as a wheel in this folder."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    return wheel


def contents(wheel: Path) -> Mapping[str, bytes]:
    """Every file of the bundle by its name."""
    return {
        "manifest.json": json.dumps(manifest(facts()), indent=2, ensure_ascii=False).encode() + b"\n",
        ENTRY: _START.encode(),
        "pyproject.toml": _project(wheel.name).encode(),
        ICON: icon(),
        wheel.name: wheel.read_bytes(),
        "LICENSE": (ROOT / "LICENSE").read_bytes(),
        "README.md": (ROOT / "README.md").read_bytes(),
    }


def _project(wheel_name: str) -> str:
    """What uv reads: one dependency, which is the wheel, and the versions that were tested."""
    about = facts()
    lines = [
        "[project]",
        'name = "goodies-mcp-bundle"',
        f"version = {json.dumps(about.version)}",
        f"requires-python = {json.dumps(about.pythons)}",
        f"dependencies = [{json.dumps(about.name)}]",
        "",
        "[tool.uv]",
        "package = false",
        "constraint-dependencies = [",
        *(f"    {json.dumps(pin)}," for pin in pins()),
        "]",
        "",
        "[tool.uv.sources]",
        f"{about.name} = {{ path = {json.dumps(wheel_name)} }}",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
