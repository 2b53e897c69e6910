"""The request behind a page is on its way while the page is saved, and counts only if the session asks for it."""

import asyncio

import pytest

from goodies_mcp.errors import StorageFull, Unavailable
from goodies_mcp.inbetweenies.actions import ChangesCollected, CollectChanges, ResponseReceived, Send
from goodies_mcp.inbetweenies.messages import SYNC_PATH, parse_sync_request
from goodies_mcp.sync.send_ahead import SendAhead
from tests.support.build import record
from tests.support.clock import FakeClock
from tests.support.fleet import FleetDevice, OurHub, Way

ONE, OTHER = Send("/one", b"{}", ""), Send("/other", b"{}", "")
WISH = CollectChanges(3, 1, 100)
FOUND = ChangesCollected((), 4)


class Line:
    """A way to a hub that answers when it is let."""

    def __init__(self):
        self.posted = []
        self.answers = asyncio.Event()
        self.answers.set()

    async def post(self, path, body, digest, most=0):
        self.posted.append(path)
        await self.answers.wait()
        return ResponseReceived(200, f"{path} {len(self.posted)}".encode())


class Session:
    """Foresees what it is told to; with changes it has to collect for that, the second time."""

    def __init__(self, *foreseen):
        self._foreseen = list(foreseen)
        self.found = []

    def foresee(self, found=None):
        self.found.append(found)
        return self._foreseen.pop(0)


class Outbox:
    """A page that is being read, or is not, or fails."""

    def __init__(self, page):
        self._page = page

    async def peek(self, asked):
        assert asked == WISH
        await asyncio.sleep(0)
        if isinstance(self._page, BaseException):
            raise self._page
        return self._page


class HeldUp:
    """Content of which some has to go first."""

    def holds_up(self, found):
        assert found == FOUND
        return True


@pytest.fixture
async def line():
    return Line()


async def test_it_is_sent_before_anybody_asks_and_once(line):
    ahead = SendAhead(line, Outbox(None), None)
    ahead.go_on(Session(ONE))
    await asyncio.sleep(0)
    assert line.posted == ["/one"]
    assert (await ahead.answer(ONE)).body == b"/one 1"
    assert (await ahead.answer(ONE)).body == b"/one 2"  # asked for again: sent again


async def test_the_changes_that_are_being_read_go_with_it(line):
    session = Session(WISH, ONE)
    ahead = SendAhead(line, Outbox(FOUND), None)
    ahead.go_on(session)
    assert (await ahead.answer(ONE)).body == b"/one 1"
    assert session.found == [None, FOUND]


@pytest.mark.parametrize(
    ("foreseen", "page", "content"),
    [
        ((None,), FOUND, None),
        ((WISH,), None, None),
        ((WISH,), Unavailable("the store is closed"), None),
        ((WISH,), asyncio.CancelledError(), None),
        ((WISH, None), FOUND, None),
        ((WISH, ONE), FOUND, HeldUp()),
    ],
)
async def test_where_nothing_is_sure_nothing_is_sent(line, foreseen, page, content):
    """V3-9.2: content goes before what names it."""
    ahead = SendAhead(line, Outbox(page), content)
    ahead.go_on(Session(*foreseen))
    for _ in range(5):
        await asyncio.sleep(0)
    assert line.posted == []
    assert (await ahead.answer(ONE)).body == b"/one 1"


async def test_the_answer_to_something_else_is_not_used(line):
    """V3-5.12"""
    ahead = SendAhead(line, Outbox(None), None)
    ahead.go_on(Session(OTHER))
    assert (await ahead.answer(ONE)).body == b"/one 2"
    assert line.posted == ["/other", "/one"]


async def test_what_is_on_its_way_is_left_at_the_end(line):
    ahead = SendAhead(line, Outbox(None), None)
    line.answers.clear()
    others = asyncio.all_tasks()
    ahead.go_on(Session(ONE))
    await asyncio.sleep(0)
    assert asyncio.all_tasks() > others
    await ahead.close()
    assert asyncio.all_tasks() == others


async def test_a_session_that_is_stopped_while_it_waits_leaves_nothing_behind(line):
    ahead = SendAhead(line, Outbox(None), None)
    line.answers.clear()
    others = asyncio.all_tasks()
    ahead.go_on(Session(ONE))
    waiting = asyncio.create_task(ahead.answer(ONE))
    for _ in range(3):
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await ahead.close()
    assert asyncio.all_tasks() == others


class Watched:
    """A device whose hub and disk are watched. Pages are saved when ``may_save`` says so, or fail."""

    def __init__(self):
        self.hub = OurHub(FakeClock())
        self.pushed = []
        self.second_is_sent = asyncio.Event()
        self.device = FleetDevice(1, Way(self._post))
        self._write = self.device.store.write
        self.device.store.write = self._written
        self.before_a_page = None

    async def _post(self, path, body):
        if path == SYNC_PATH and (push := parse_sync_request(body).push):
            self.pushed.append(len(push))
            if len(self.pushed) == 2:
                self.second_is_sent.set()
        return await self.hub.v3("device-1", path, body)

    async def _written(self, work, **more):
        if self.before_a_page is not None:
            await self.before_a_page()
        return await self._write(work, **more)

    async def edited(self, count):
        for n in range(count):
            await self.device.edit(record(n), f"Lamp {n}")


async def test_the_hub_has_the_next_changes_before_the_page_is_saved():
    """V3-5.12: 1,500 changes are two pushes, of which a hub that never told its limit gets the second so early."""
    watched = Watched()
    watched.hub.v3 = silent(watched.hub.v3)
    await watched.edited(1_500)

    async def second_is_sent():
        # Without sending ahead nothing would ever be pushed while this waits.
        if watched.pushed:
            async with asyncio.timeout(20):
                await watched.second_is_sent.wait()

    watched.before_a_page = second_is_sent
    finished = await watched.device.session()
    assert finished.error is None
    assert watched.pushed == [1_000, 500]
    assert finished.report.pushed == 1_500


async def test_a_page_that_cannot_be_saved_ends_the_session_and_the_next_one_goes_on():
    """V3-5.12, V3-10.8: what the hub took ahead is pushed again, and taken once (PROMISES P2)."""
    watched = Watched()
    watched.hub.v3 = silent(watched.hub.v3)
    await watched.edited(1_500)

    async def disk_is_full():
        if watched.pushed:
            await watched.second_is_sent.wait()
            raise StorageFull("the disk is full")

    watched.before_a_page = disk_is_full
    finished = await watched.device.session()
    assert isinstance(finished.error, StorageFull)
    assert (await watched.device.store.read(lambda view: view.outbox_size())).waiting == 1_500
    watched.before_a_page = None
    again = await watched.device.session()
    assert (again.error, again.report.pushed, again.report.diverged) == (None, 1_500, False)
    theirs, ours = [
        await store.read(lambda view: (view.feed(), view.status().digest))
        for store in (watched.hub.store, watched.device.store)
    ]
    assert theirs == ours == (1_500, ours[1])


def silent(answering):
    """A hub that does not tell how many changes it takes."""

    async def v3(device, path, body):
        said = await answering(device, path, body)
        return ResponseReceived(said.status, said.body.replace(b'"takes":4000,', b""))

    return v3
