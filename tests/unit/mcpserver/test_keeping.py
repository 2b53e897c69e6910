import asyncio
from contextlib import asynccontextmanager

import anyio
import pytest

from goodies_mcp.errors import StorageCorrupt
from goodies_mcp.mcpserver.keeping import kept_open


class Door:
    """Opens as often as asked, or fails as often as told first; remembers what happened."""

    def __init__(self, failures=0):
        self.failures = failures
        self.said = []
        self.may_open = asyncio.Event()
        self.may_open.set()

    @asynccontextmanager
    async def open(self):
        await self.may_open.wait()
        if self.failures:
            self.failures -= 1
            self.said.append("failed")
            raise StorageCorrupt("damaged")
        self.said.append("opened")
        try:
            yield "home"
        finally:
            await asyncio.sleep(0)
            self.said.append("closed")


async def test_the_home_is_opened_once_and_closed_at_the_end():
    door = Door()
    async with kept_open(door.open) as home:
        assert await asyncio.gather(home(), home(), home()) == ["home"] * 3
        assert door.said == ["opened"]
    assert door.said == ["opened", "closed"]


async def test_what_stood_in_the_way_is_told_and_tried_again_by_the_next_who_asks():
    door = Door(failures=2)
    async with kept_open(door.open) as home:
        for _ in range(2):
            with pytest.raises(StorageCorrupt):
                await home()
        assert await home() == "home"
    assert door.said == ["failed", "failed", "opened", "closed"]


async def test_nobody_waits_for_a_home_before_somebody_asks():
    door = Door()
    door.may_open.clear()
    async with kept_open(door.open) as home:
        early = asyncio.create_task(home())
        await asyncio.sleep(0)
        assert not early.done()
        door.may_open.set()
        assert await early == "home"


async def test_a_caller_that_goes_away_takes_nothing_with_it():
    door = Door()
    door.may_open.clear()
    async with kept_open(door.open) as home:
        with anyio.move_on_after(0):
            await home()
        door.may_open.set()
        assert await home() == "home"


async def test_the_home_is_closed_in_order_when_the_server_is_cancelled():
    door = Door()
    ready = asyncio.Event()

    async def serve():
        async with kept_open(door.open) as home:
            await home()
            ready.set()
            await asyncio.Event().wait()

    server = asyncio.create_task(serve())
    await ready.wait()
    server.cancel()
    with pytest.raises(asyncio.CancelledError):
        await server
    assert door.said == ["opened", "closed"]


async def test_an_error_of_the_server_comes_out_as_it_is():
    door = Door()
    with pytest.raises(KeyError):
        async with kept_open(door.open):
            raise KeyError
