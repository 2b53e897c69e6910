"""Reading in the thread that asks."""

import threading

import pytest

from goodies_mcp.errors import InvalidInput, Unavailable
from goodies_mcp.storage import sqlite_at_once
from goodies_mcp.storage.sqlite import open_store
from goodies_mcp.storage.sqlite_at_once import AtOnceStore
from tests.support.build import Device, record
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds


async def opening(path, **options):
    return AtOnceStore(await open_store(path, clock=FakeClock(), ids=CountingIds(), **options))


@pytest.fixture
async def store(path):
    store = await opening(path)
    yield store
    await store.close()


def lamp(n=1):
    return lambda tx: tx.apply([Device(n).entity(record(n))], local=True)


class Long:
    """Work that never comes to its end within the time of a short question, and in which threads it was done."""

    def __init__(self):
        self.threads = []

    def __call__(self, view):
        self.threads.append(threading.get_ident())
        for _ in range(3_000):
            view.counts()
        return view.feed()


async def test_a_short_question_is_answered_in_the_thread_that_asks(store):
    assert await store.read(lambda view: threading.get_ident()) == threading.get_ident()


async def test_a_long_one_begins_anew_in_another_thread(store, monkeypatch):
    monkeypatch.setattr(sqlite_at_once, "LONGEST", -1.0)
    [applied] = await store.write(lamp())
    work = Long()
    assert await store.read(work) == applied.seq
    first, second = work.threads
    assert first == threading.get_ident()
    assert second != first


async def test_what_was_given_up_leaves_nothing_behind(store, monkeypatch):
    with monkeypatch.context() as hurried:
        hurried.setattr(sqlite_at_once, "LONGEST", -1.0)
        await store.read(Long())
    await store.write(lamp())
    assert await store.read(lambda view: (threading.get_ident(), view.feed())) == (threading.get_ident(), 1)


async def test_own_writes_and_those_of_others_are_seen_at_once(store, path):
    await store.write(lamp(1))
    assert await store.read(lambda view: view.feed()) == 1
    other = await open_store(path, clock=FakeClock(), ids=CountingIds(0xB))
    await other.write(lamp(2))
    assert await store.read(lambda view: view.feed()) == 2
    await other.close()


async def test_what_work_raises_comes_out_and_is_not_tried_again(store):
    tried = []

    def work(view):
        tried.append(1)
        raise InvalidInput("no")

    with pytest.raises(InvalidInput):
        await store.read(work)
    assert tried == [1]


async def test_a_store_that_may_only_be_read_is_read_so_too(store, path):
    await store.write(lamp())
    only = await opening(path, read_only=True)
    assert await only.read(lambda view: (view.counts(), threading.get_ident())) == (
        {"device": 1},
        threading.get_ident(),
    )
    await only.close()


async def test_a_closed_store_says_so(path):
    store = await opening(path)
    await store.close()
    await store.close()
    with pytest.raises(Unavailable):
        await store.read(lambda view: view.feed())
