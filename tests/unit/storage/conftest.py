"""What the tests of the SQLite store share."""

import pytest

from goodies_mcp.storage.inline import open_inline
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds


@pytest.fixture
def path(tmp_path):
    """Where a home may be."""
    return tmp_path / "home.db"


@pytest.fixture
def opening(path):
    """Opens stores in this thread and closes them in the end; ids go on counting from store to store."""
    ids, clock, opened = CountingIds(), FakeClock(), []

    def another(at=path, *, read_only=False):
        opened.append(open_inline(at, clock=clock, ids=ids, read_only=read_only))
        return opened[-1]

    yield another
    for store in opened:
        finished(store.close())


def finished(coroutine):
    """What a coroutine returns that never waits for anything."""
    try:
        coroutine.send(None)
    except StopIteration as ended:
        return ended.value
    pytest.fail("the store waited for something")


@pytest.fixture
def run():
    return finished
