import asyncio
import threading

import pytest

from goodies_mcp.core.intake import Source
from goodies_mcp.errors import NotFound
from goodies_mcp.reading.fetching import Fetcher
from goodies_mcp.reading.files import FileGuard
from goodies_mcp.reading.inline import InlineReading
from goodies_mcp.reading.reader import Reader
from goodies_mcp.reading.threaded import ThreadedReading
from tests.support.papers import a_pdf


@pytest.fixture
def reader(tmp_path):
    (tmp_path / "paper").write_bytes(a_pdf(["one", "two"]))
    return Reader(FileGuard(tmp_path, most=1 << 28), Fetcher())


@pytest.mark.parametrize("shell", [InlineReading, ThreadedReading])
async def test_both_shells_read_the_same(reader, shell):
    async with shell(reader).take(Source("file", "paper"), "manual") as intake:
        assert intake.writing.pages == ("one", "two")
        assert b"".join(intake.pieces())
    with pytest.raises(ValueError, match="closed file"):
        list(intake.pieces())
    with pytest.raises(NotFound):
        async with shell(reader).take(Source("file", "nothing"), "manual"):
            pytest.fail("there is nothing")


@pytest.mark.parametrize("shell", [InlineReading, ThreadedReading])
async def test_what_goes_wrong_inside_comes_out_and_the_file_is_closed(reader, shell):
    with pytest.raises(KeyError):
        async with shell(reader).take(Source("file", "paper"), "manual") as intake:
            raise KeyError
    with pytest.raises(ValueError, match="closed file"):
        list(intake.pieces())


async def test_progress_is_told_in_the_loop(reader):
    told = []
    said = asyncio.Event()

    async def progress(done, total, message):
        told.append((done, total, message))
        said.set()

    async with ThreadedReading(reader).take(Source("file", "paper"), "manual", progress):
        await asyncio.wait_for(said.wait(), 10)
    assert told[0] == (1, 2, "pages read")


async def test_who_is_cancelled_ends_the_reading_and_nothing_stays_open(tmp_path, reader):
    began, ended = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    class Slow(Reader):
        """Waits where a slow address would, until it is given up."""

        def _looked_into(self, held, source, wanted, ending, told):
            with ending.within(60, ended.set):
                loop.call_soon_threadsafe(began.set)
                ended.wait(5)
            ending.check()

    slow = ThreadedReading(Slow(FileGuard(tmp_path, most=1 << 28), Fetcher()))

    async def read():
        async with slow.take(Source("file", "paper"), "manual"):
            pytest.fail("it was taken in")

    task = asyncio.create_task(read())
    await asyncio.wait_for(began.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
