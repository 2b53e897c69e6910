"""P12: a unit of work is all or nothing. It fails at its first statement, then at its second, until it succeeds."""

import sqlite3
from functools import partial

import pytest

from goodies_mcp.core.models import DeviceState, Dot
from goodies_mcp.errors import Unavailable
from goodies_mcp.storage import maintenance, sqlite_engine
from goodies_mcp.storage.inline import open_inline
from goodies_mcp.storage.interface import Answer
from goodies_mcp.storage.sqlite_engine import Unit
from tests.support.build import Device, a_batch, a_file, record
from tests.support.clock import FakeClock, moment
from tests.support.ids import CountingIds
from tests.support.observed import everything

MANUAL = b"how to change a bulb"
PHOTO = b"a bulb, changed"
HOME, LAMP, HALL, PLACE, TORN = (record(n) for n in range(1, 6))


class Failing(sqlite3.Connection):
    """A connection that fails before its n-th statement from now, as a disk does."""

    left = -1

    def fail_after(self, statements):
        self.left = statements

    def execute(self, *arguments):
        self.step()
        return super().execute(*arguments)

    def executemany(self, *arguments):
        self.step()
        return super().executemany(*arguments)

    def step(self):
        self.left -= 1
        if self.left == 0:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorname = "SQLITE_IOERR_WRITE"
            raise error


class Scene:
    """A home, and a unit of work that touches every table."""

    def __init__(self, path):
        self.path = path
        self.store = open_inline(path, clock=FakeClock(), ids=CountingIds())
        self.connection = self.store._engine.connection
        one, other = Device(1), Device(2)
        home = one.entity(HOME, "Home", entity_type="home")
        lamp = one.entity(LAMP, "Lamp", content={"notes": "brass", "due_on": "2026-03-01"})
        hall = one.entity(HALL, "Hall", entity_type="room")
        place = one.edge(PLACE, LAMP, HALL)
        torn = one.entity(TORN, "Torch")
        self.run(self.store.write(lambda tx: tx.apply([home, lamp, hall, place, torn], local=True)))
        self.newer = [
            one.entity(LAMP, "Chandelier", lamp, content={"notes": "crystal", "warranty_until": "2027-03-01"}),
            one.edge(PLACE, LAMP, HOME, place),
            one.tombstone(hall),
            one.entity(TORN, "Left", torn),
            other.entity(TORN, "Right", torn),
            other.edge(record(6), LAMP, record(7), relationship_type="controls"),
            other.entity(record(8), "Child", content={"a": "unheard"}),
        ]

    def work(self, tx):
        tx.begin_batch(a_batch("b1"))
        first = tx.next_dot()
        applied = tx.apply(self.newer, local=True)
        tx.put_states([DeviceState(LAMP, "on_off", {"on": True}, moment(), moment())])
        tx.put_content(a_file(MANUAL), MANUAL)
        tx.stream_content(a_file(PHOTO), iter((PHOTO[:5], PHOTO[5:])))
        tx.put_value("cursor", "7")
        tx.remember("key", Answer("a" * 64, "{}", moment()))
        return first, len(applied)

    def run(self, coroutine):
        with pytest.raises(StopIteration) as ended:
            coroutine.send(None)
        return ended.value.value

    def observed(self):
        manual, photo = a_file(MANUAL).sha256, a_file(PHOTO).sha256
        parts = (
            everything,
            lambda view: (view.value("cursor"), view.answer("key"), view.content(manual), view.near_words("crystal")),
            lambda view: (view.content(photo), view.content_bytes(photo)),
            lambda view: (view.status().unpushed, view.feed()),
        )
        return [self.run(self.store.read(part)) for part in parts]

    def close(self):
        self.run(self.store.close())


@pytest.fixture
def scene(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite_engine.sqlite3, "connect", partial(sqlite3.connect, factory=Failing))
    scene = Scene(tmp_path / "home.db")
    yield scene
    scene.close()


def is_whole(path):
    return [finding for finding in maintenance.check(path) if finding.serious] == []


def test_p12_nothing_is_left_of_work_that_fails_at_any_statement(scene):
    before = scene.observed()
    for statement in range(1, 1000):
        scene.connection.fail_after(statement)
        try:
            first, applied = scene.run(scene.store.write(scene.work))
        except Unavailable:
            scene.connection.fail_after(-1)
            assert scene.observed() == before, statement
            if statement % 10 == 1:
                assert is_whole(scene.path), statement
        else:
            break
    else:
        pytest.fail("it never succeeded")
    scene.connection.fail_after(-1)
    assert statement > 60
    assert (applied, first.n > 0) == (7, True)
    assert scene.observed() != before
    assert is_whole(scene.path)


def test_p12_nothing_is_left_of_work_that_is_interrupted_inside_a_statement(scene):
    before = scene.observed()
    for steps in range(1, 4000, 37):
        countdown = iter([0] * steps + [1])
        scene.connection.set_progress_handler(lambda countdown=countdown: next(countdown, 0), 2)
        try:
            scene.run(scene.store.write(scene.work))
        except Unavailable:
            scene.connection.set_progress_handler(None, 0)
            assert scene.observed() == before, steps
        else:
            break
    else:
        pytest.fail("it never succeeded")
    scene.connection.set_progress_handler(None, 0)
    assert is_whole(scene.path)


def test_p12_a_unit_that_fails_takes_nothing_of_its_neighbours_with_it(scene):
    """Units that share a commit: whichever statement fails, each unit is there whole or not at all."""
    for statement in range(1, 1000):
        units = [Unit(lambda tx, n=n, at=statement: tx.put_value(f"{at}/{n}", "there")) for n in range(3)]
        units.insert(1, Unit(partial(lately, statement)))
        scene.connection.fail_after(statement)
        scene.store._engine.write_together(units)
        failed = scene.connection.left <= 0
        scene.connection.fail_after(-1)
        for name, unit in zip(
            (f"{statement}/0", f"late {statement}", f"{statement}/1", f"{statement}/2"), units, strict=True
        ):
            kept = scene.run(scene.store.read(lambda view, name=name: view.value(name)))
            assert (kept == "there") == (unit.error is None), (statement, name)
        # One fails, or none where the others had to be run again; all when not even the transaction could begin.
        assert sum(unit.error is not None for unit in units) in {0, 1, len(units)}, statement
        if not failed:
            break
    else:
        pytest.fail("it never succeeded")
    assert statement > 15
    assert is_whole(scene.path)


def lately(statement, tx):
    """A unit that writes in the middle of others, entity and all."""
    device = Device(3)
    device.made = statement
    tx.apply([device.entity(record(100 + statement), f"Late {statement}")], local=True)
    tx.put_value(f"late {statement}", "there")


def test_p12_what_work_itself_raises_undoes_it_and_comes_out(scene):
    before = scene.observed()

    def refused(tx):
        scene.work(tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        scene.run(scene.store.write(refused))
    assert scene.observed() == before
    assert scene.run(scene.store.write(scene.work))[0] == Dot(
        scene.run(scene.store.read(lambda v: v.status())).incarnation, 2
    )
    assert is_whole(scene.path)
