"""P12: an upload that is killed, fails or ends early leaves nothing half, and the home goes on."""

import hashlib
import os
import subprocess
import sys

import pytest

from goodies_mcp.core.models import Content, Sha256
from goodies_mcp.storage import maintenance
from goodies_mcp.storage.inline import open_inline
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds

PIECE = b"p" * (1 << 20)
WHOLE = Content(Sha256(hashlib.sha256(PIECE * 64).hexdigest()), 64 << 20, "video/mp4", "film.mp4")


def finished(coroutine):
    with pytest.raises(StopIteration) as ended:
        coroutine.send(None)
    return ended.value.value


def opened(path):
    return open_inline(path, clock=FakeClock(), ids=CountingIds())


def uploading(path, pieces):
    """A process that uploads to this home, says a line after so many pieces, and then waits to be killed."""
    program = f"""
import sys, time
from pathlib import Path
from goodies_mcp.clock import RandomIds, SystemClock
from goodies_mcp.core.models import Content
from goodies_mcp.storage.inline import open_inline

def pieces():
    for number in range(64):
        if number == {pieces}:
            print("so far", flush=True)
            sys.stdin.read()
        yield b"p" * (1 << 20)

store = open_inline(Path({str(path)!r}), clock=SystemClock(), ids=RandomIds())
about = Content({WHOLE.sha256!r}, {WHOLE.size}, "video/mp4")
try:
    store.write(lambda tx: tx.stream_content(about, pieces())).send(None)
except StopIteration:
    print("kept", flush=True)
"""
    return subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.mark.parametrize("after", [0, 1, 30, 63])
def test_p12_an_upload_that_is_killed_leaves_nothing(tmp_path, after):
    path = tmp_path / "home.db"
    finished(opened(path).write(lambda tx: tx.put_value("before", "here")))
    with uploading(path, after) as process:
        assert process.stdout.readline() == "so far\n"
        process.kill()
    store = opened(path)
    assert finished(store.read(lambda view: (view.content(WHOLE.sha256), view.value("before")))) == (None, "here")
    assert maintenance.check(path) == []
    finished(store.write(lambda tx: tx.stream_content(WHOLE, (PIECE for _ in range(64)))))
    assert finished(store.read(lambda view: view.content(WHOLE.sha256))) == WHOLE
    assert maintenance.check(path) == []
    finished(store.close())


def test_p01_an_upload_that_was_acked_is_there_after_a_kill(tmp_path):
    path = tmp_path / "home.db"
    with uploading(path, 64) as process:
        assert process.stdout.readline() == "kept\n"
        process.kill()
    store = opened(path)
    assert finished(store.read(lambda view: view.content(WHOLE.sha256))).size == WHOLE.size
    assert maintenance.check(path) == []
    finished(store.close())
