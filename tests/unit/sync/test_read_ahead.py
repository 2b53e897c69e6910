"""The outbox one page ahead of the hub."""

import asyncio

import pytest

from goodies_mcp.errors import Unavailable
from goodies_mcp.inbetweenies.actions import ChangesCollected, CollectChanges
from goodies_mcp.sync import change_tracker
from goodies_mcp.sync.read_ahead import ReadAhead


class Outbox:
    """A store whose outbox has ten pages of one change each."""

    def __init__(self, monkeypatch):
        self.read_after = []
        self.fails = False
        self.go_on = asyncio.Event()
        self.go_on.set()
        monkeypatch.setattr(change_tracker, "collect", self._collect)

    async def read(self, work):
        await self.go_on.wait()
        return work(None)

    def _collect(self, _, asked):
        if self.fails:
            raise Unavailable("the store is closed")
        self.read_after.append(asked.after)
        return ChangesCollected((), asked.after + 1, more=asked.after < 9)


@pytest.fixture
def outbox(monkeypatch):
    return Outbox(monkeypatch)


def after(number):
    return CollectChanges(number, 1, 1_000)


async def test_the_next_page_is_read_while_a_request_is_on_its_way(outbox):
    ahead = ReadAhead(outbox)
    await ahead.page(after(0))
    ahead.go_on()
    ahead.go_on()  # the request is sent again
    await asyncio.sleep(0)
    assert outbox.read_after == [0, 1]
    assert (await ahead.page(after(1))).position == 2
    assert outbox.read_after == [0, 1]


async def test_another_page_than_was_expected_is_read_anew(outbox):
    ahead = ReadAhead(outbox)
    await ahead.page(after(3))
    ahead.go_on()
    assert (await ahead.page(after(0))).position == 1
    ahead.go_on()
    assert (await ahead.page(after(1))).position == 2


async def test_nothing_is_read_behind_the_last_page(outbox):
    ahead = ReadAhead(outbox)
    await ahead.page(after(9))
    ahead.go_on()
    await asyncio.sleep(0)
    assert outbox.read_after == [9]


async def test_what_went_wrong_ahead_is_said_to_whoever_asks(outbox):
    ahead = ReadAhead(outbox)
    await ahead.page(after(0))
    outbox.fails = True
    ahead.go_on()
    with pytest.raises(Unavailable):
        await ahead.page(after(1))
    outbox.fails = False
    assert (await ahead.page(after(1))).position == 2


async def test_what_is_being_read_is_left_at_the_end(outbox):
    ahead = ReadAhead(outbox)
    await ahead.page(after(0))
    others = asyncio.all_tasks()
    outbox.go_on.clear()
    ahead.go_on()
    assert asyncio.all_tasks() > others
    await ahead.close()
    assert asyncio.all_tasks() == others
