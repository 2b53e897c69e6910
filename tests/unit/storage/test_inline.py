"""The store in the calling thread: nothing is waited for, and little is loaded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import goodies_mcp
from tests.support.build import Device, record


def test_nothing_is_ever_waited_for(opening, run):
    store = opening()
    [applied] = run(store.write(lambda tx: tx.apply([Device(1).entity(record(1))], local=True)))
    assert run(store.read(lambda view: view.feed())) == applied.seq
    run(store.close())
    run(store.close())


def test_what_work_raises_comes_out(opening, run):
    store = opening()
    with pytest.raises(ZeroDivisionError):
        run(store.read(lambda view: view.feed() / 0))
    with pytest.raises(ZeroDivisionError):
        run(store.write(lambda tx: tx.feed() / 0))
    assert run(store.read(lambda view: view.feed())) == 0


LOADED = """
import sys
from pathlib import Path
from goodies_mcp.storage.inline import open_inline
class Ids:
    def new_id(self):
        raise AssertionError
store = open_inline(Path(sys.argv[1]), clock=None, ids=Ids())
try:
    store.read(lambda view: view.entities(["a"])).send(None)
except StopIteration:
    print(" ".join(sys.modules))
"""


def test_a_first_answer_loads_no_loop_and_nothing_that_only_writing_needs(opening, run, path):
    run(opening().close())
    environment = {**os.environ, "PYTHONPATH": str(Path(goodies_mcp.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", LOADED, path], capture_output=True, text=True, check=True, env=environment
    )
    loaded = set(done.stdout.split())
    assert "goodies_mcp.storage.sqlite_view" in loaded
    assert not loaded & {
        "asyncio", "aiosqlite", "hashlib", "rapidfuzz", "importlib.resources",
        "goodies_mcp.storage.sqlite", "goodies_mcp.storage.sqlite_transaction", "goodies_mcp.storage.migrate",
        "goodies_mcp.storage.sqlite_search", "goodies_mcp.storage.maintenance", "goodies_mcp.core.due",
    }  # fmt: skip
