"""The queue of writers: one at a time, in time, and open again when its holder is gone."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from goodies_mcp.errors import Unavailable
from goodies_mcp.storage.writer_lock import WriterLock

HOLDER = """
import sys
from pathlib import Path
from goodies_mcp.storage.writer_lock import WriterLock
with WriterLock(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "home.db.lock"


@pytest.fixture
def holder(file):
    """Another process that holds the lock until its input ends."""
    command = [sys.executable, "-c", HOLDER, file]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_one_holds_it_at_a_time(file):
    inside, most = [], []

    def write():
        with closing(WriterLock(file)) as lock:
            for _ in range(20):
                with lock.held():
                    inside.append(1)
                    most.append(len(inside))
                    inside.pop()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 80
    assert set(most) == {1}


def test_who_waits_too_long_says_so_and_can_come_back(file, holder):
    with closing(WriterLock(file)) as lock:
        with pytest.raises(Unavailable) as refused, lock.held(patience=0.01):
            pytest.fail("somebody else holds it")
        assert refused.value.retryable
        assert refused.value.hint
        holder.stdin.close()
        with lock.held(patience=10):
            pass


def test_who_gave_up_does_not_take_it_later(file, holder):
    """The system gives a turn also to somebody who no longer wants it: it must be handed on."""
    with closing(WriterLock(file)) as lock, pytest.raises(Unavailable), lock.held(patience=0):
        pytest.fail("somebody else holds it")
    holder.stdin.close()
    with closing(WriterLock(file)) as other, other.held(patience=10):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_it_is_open_again_when_its_holder_is_killed(file, holder):
    os.kill(holder.pid, signal.SIGKILL)
    with closing(WriterLock(file)) as lock, lock.held(patience=10):
        pass


def test_an_error_inside_gives_it_back(file):
    with closing(WriterLock(file)) as lock:
        with pytest.raises(KeyError), lock.held():
            raise KeyError
        with lock.held(patience=0):
            pass


def test_closing_twice_is_fine(file):
    lock = WriterLock(file)
    with lock.held():
        pass
    lock.close()
    lock.close()
