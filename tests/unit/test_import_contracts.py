"""The doors between rooms hold: a forbidden import, planted in a copy of the package, is reported."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import goodies_mcp

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
CONTRACTS = [c["name"] for c in tomllib.loads(PYPROJECT.read_text("utf-8"))["tool"]["importlinter"]["contracts"]]

# A file of the package (made where it is missing), the import planted there, and words of the contract it breaks.
PLANTED = [
    ("errors.py", "import goodies_mcp.core", "Floors"),
    ("storage/interface.py", "import goodies_mcp.graph", "Floors"),
    ("mcpserver/render.py", "from goodies_mcp import config", "Floors"),
    ("config.py", "import goodies_mcp.cli", "Floors"),
    ("a_room_without_doors.py", "", "Floors"),
    ("core/models.py", "import asyncio", "What a home is"),
    ("core/causality/__init__.py", "from time import time", "What a home is"),
    ("errors.py", "import pydantic", "What a home is"),
    ("core/vocabulary.py", "from random import choice", "What a home is"),
    ("inbetweenies/client_session.py", "from time import sleep", "What is said"),
    ("inbetweenies/server_session.py", "import logging", "What is said"),
    ("inbetweenies/rows.py", "import pydantic", "Each outside technology"),
    ("storage/interface.py", "import pydantic", "Rooms below"),
    ("graph/search.py", "from mcp import types", "Rooms below"),
    ("graph/home_graph.py", "import sqlite3", "The graph knows"),
    ("graph/home_graph.py", "from goodies_mcp.storage import memory", "The graph knows"),
    ("storage/memory.py", "import aiosqlite", "Each outside technology"),
    ("graph/search.py", "import networkx", "Each outside technology"),
    ("storage/memory.py", "import sqlite3", "The store's interface"),
    ("sync/client.py", "import httpx2", "Each outside technology"),
    ("sync/http_transport.py", "from backports import zstd", "Each outside technology"),
    ("sync/client.py", "from goodies_mcp.mcpserver import render", "Floors"),
    ("sync/service.py", "import goodies_mcp.funkygibbon", "Floors"),
    ("mcpserver/observing.py", "import prometheus_client", "Each outside technology"),
    ("mcpserver/observing.py", "from goodies_mcp import metrics", "Floors"),
    ("reading/reader.py", "import pypdf", "Each outside technology"),
    ("reading/signatures.py", "from PIL import Image", "Each outside technology"),
    ("reading/process.py", "from goodies_mcp.reading.worker import pdf", "What takes foreign documents"),
    ("reading/reader.py", "import goodies_mcp.graph.keeping", "Who reads documents"),
    ("graph/keeping.py", "import goodies_mcp.reading.reader", "Floors"),
    ("drawing/svg.py", "from time import time", "What is drawn"),
    ("graph/home_map.py", "import goodies_mcp.drawing.svg", "Floors"),
    ("mcpserver/registry.py", "import goodies_mcp.sync.service", "Floors"),
    ("core/models.py", "from tools import demo", "The package needs nothing"),
    ("funkygibbon/sync/server.py", "import goodies_mcp.mcpserver.render", "Floors"),
    ("funkygibbon/sync/server.py", "import fastapi", "Each outside technology"),
    ("funkygibbon/storage/interface.py", "import starlette", "Each outside technology"),
    ("funkygibbon/core/accounts.py", "import goodies_mcp.funkygibbon.storage.interface", "Inside the hub"),
    ("funkygibbon/auth/sessions.py", "import goodies_mcp.funkygibbon.sync.server", "Inside the hub"),
    ("funkygibbon/auth/sessions.py", "from goodies_mcp.funkygibbon.storage import sqlite", "The hub's rooms"),
    ("funkygibbon/api/hub.py", "import goodies_mcp.storage.sqlite", "The hub's rooms"),
]


@pytest.fixture
def house(tmp_path):
    """A copy of the package and of the contracts, to be spoiled."""
    shutil.copytree(
        Path(goodies_mcp.__file__).parent, tmp_path / "goodies_mcp", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(PYPROJECT, tmp_path)
    return tmp_path


def lint(house):
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program], cwd=house, capture_output=True, text=True, check=False, timeout=60)


def plant(house, file, line):
    path = house / "goodies_mcp" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text("utf-8") if path.exists() else ""
    path.write_text(f"{before}\n{line}\n", "utf-8")


def test_the_package_as_it_is_keeps_every_contract(house):
    result = lint(house)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{len(CONTRACTS)} kept, 0 broken" in result.stdout


@pytest.mark.parametrize(("file", "line", "contract"), PLANTED)
def test_a_planted_import_breaks_its_contract(house, file, line, contract):
    plant(house, file, line)
    result = lint(house)
    (name,) = [name for name in CONTRACTS if name.startswith(contract)]
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{name} BROKEN" in " ".join(result.stdout.split())


def test_the_graph_may_import_the_stores_interface(house):
    plant(house, "graph/home_graph.py", "from goodies_mcp.storage import interface")
    result = lint(house)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_contract_has_a_planted_import():
    unproved = [name for name in CONTRACTS if not any(name.startswith(contract) for *_, contract in PLANTED)]
    assert unproved == []
