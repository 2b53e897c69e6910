"""Units of work on the writing connection: who shares a transaction, and what happens when it is lost."""

import sqlite3
from functools import partial
from itertools import count

import pytest

from goodies_mcp.core.canonical import content_hash
from goodies_mcp.core.causality.digest import Digest, element
from goodies_mcp.errors import Conflict, GoodiesError, StorageCorrupt, Unavailable
from goodies_mcp.storage import sqlite_engine
from goodies_mcp.storage.sqlite_engine import ReadOnly, Unit
from tests.support.build import Device, record


class Losing(sqlite3.Connection):
    """A connection whose next commits fail, and the transaction with them."""

    failures = 0

    def execute(self, *arguments):
        if arguments[0].startswith("COMMIT") and self.failures:
            self.failures -= 1
            self.rollback()
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorname = "SQLITE_FULL"
            raise error
        return super().execute(*arguments)


@pytest.fixture
def engine(opening, monkeypatch):
    monkeypatch.setattr(sqlite_engine.sqlite3, "connect", partial(sqlite3.connect, factory=Losing))
    return opening()._engine


def put(key):
    return Unit(lambda tx: tx.put_value(key, "there"))


def kept(engine, *keys):
    return engine.read(lambda view: [view.value(key) for key in keys])


def test_when_a_shared_commit_is_lost_each_unit_is_tried_alone(engine):
    units = [put("a"), put("b"), put("c")]
    engine.connection.failures = 2
    engine.write_together(units)
    assert [unit.error is None for unit in units] == [False, True, True]
    assert kept(engine, "a", "b", "c") == [None, "there", "there"]


def test_who_waits_is_told_once_what_it_waits_for_is_committed(engine, opening):
    told = []

    def tell():
        told.append((kept(opening()._engine, "a", "b"), [unit.error is None for unit in units]))

    def fails(_):
        raise KeyError

    units = [put("a"), Unit(fails), put("b")]
    engine.write_together(units, kept=tell)
    assert told == [(["there", "there"], [True, False, True])]


def test_nobody_is_told_early_of_a_commit_that_is_lost(engine):
    engine.connection.failures = 1
    units = [put("a"), put("b")]
    engine.write_together(units, kept=lambda: pytest.fail("told"))
    assert kept(engine, "a", "b") == ["there", "there"]


def test_a_generator_of_units_is_taken_to_its_end(engine):
    taken = []

    def coming():
        for key in "abc":
            taken.append(put(key))
            yield taken[-1]

    engine.write_together(coming())
    assert [unit.error for unit in taken] == [None] * 3
    assert kept(engine, "a", "b", "c") == ["there"] * 3


def test_a_unit_sees_what_those_before_it_wrote_and_not_what_was_undone(engine):
    device = Device(1)

    def fails(tx):
        tx.apply([device.entity(record(1), "Undone", entity_type="room")], local=True)
        assert tx.counts()["room"] == 1
        raise KeyError

    def adds(n, tx):
        tx.apply([device.entity(record(n), "Lamp")], local=True)
        return tx.counts(), tx.status().digest, tx.feed()

    units = [Unit(partial(adds, 2)), Unit(fails), Unit(partial(adds, 3)), Unit(fails), Unit(partial(adds, 4))]
    engine.write_together(units)
    assert [type(unit.error) for unit in units] == [type(None), KeyError, type(None), KeyError, type(None)]
    assert [unit.result[0] for unit in units[::2]] == [{"device": 1}, {"device": 2}, {"device": 3}]
    assert [unit.result[2] for unit in units[::2]] == [1, 2, 3]
    status = engine.read(lambda view: view.status())
    assert status.digest == units[4].result[1]
    assert status.counts == {"entities": 3, "relationships": 0, "versions": 3}


def test_a_first_unit_that_fails_leaves_the_transaction_to_the_others(engine):
    def fails(tx):
        tx.put_value("a", "there")
        raise KeyError

    units = [Unit(fails), put("b")]
    engine.write_together(units)
    assert kept(engine, "a", "b") == [None, "there"]


def test_numbers_are_asked_for_anew_when_others_have_written_or_work_was_undone(engine, opening):
    """Two connections to one file write turn about, and some of the work is undone."""
    device, other, made = Device(1), opening()._engine, count(1)

    def adds(tx):
        [applied] = tx.apply([device.entity(record(next(made)), "Lamp")], local=True)
        return tx.next_dot().n, applied.seq, tx.feed()

    def fails(tx):
        adds(tx)
        raise KeyError

    seen = [writer.write(adds) for writer in (engine, engine, other, engine, other, other, engine)]
    for writer in (engine, engine, other, engine):
        units = [Unit(adds), Unit(fails), Unit(adds)]
        writer.write_together(units)
        seen += [units[0].result, units[2].result]
        with pytest.raises(KeyError):
            writer.write(fails)
    dots = [dot for dot, _, _ in seen]
    assert dots == sorted(set(dots))
    assert [(seq, feed) for _, seq, feed in seen] == [(n, n) for n in range(1, 16)]
    for each in (engine, other):
        held = [stored.value for stored in each.read(lambda view: view.edited("", "9", after=None, limit=99))]
        digest = Digest.of(element(version.record_id, version.version, content_hash(version)) for version in held)
        assert (len(held), each.read(lambda view: view.status().digest)) == (15, digest.root)


def test_terms_that_were_taken_back_are_not_remembered(engine):
    """A number given to a new author in an undone unit goes to somebody else later."""
    ann, bob = Device(1, author="ann"), Device(2, author="bob")

    def fails(tx):
        tx.apply([ann.entity(record(1), "Undone")], local=True)
        raise KeyError

    with pytest.raises(KeyError):
        engine.write(fails)
    engine.write(lambda tx: tx.apply([bob.entity(record(2), "Kept")], local=True))
    engine.write(lambda tx: tx.apply([ann.entity(record(3), "Later")], local=True))
    authors = engine.read(lambda view: {each.author for each in view.entities([record(2), record(3)]).values()})
    assert authors == {"ann", "bob"}


def test_words_that_were_taken_back_are_taken_in_again(engine):
    device = Device(1)

    def fails(tx):
        tx.apply([device.entity(record(1), "Chandelier")], local=True)
        raise KeyError

    with pytest.raises(KeyError):
        engine.write(fails)
    engine.write(lambda tx: tx.apply([device.entity(record(1), "Chandelier")], local=True))
    assert engine.read(lambda view: view.near_words("chandelie")) == ["chandelier"]


def test_errors_of_sqlite_come_out_as_ours_with_their_cause(engine):
    with pytest.raises(GoodiesError) as error:
        engine.read(lambda view: view._connection.execute("SELECT nothing FROM nowhere"))
    assert isinstance(error.value.__cause__, sqlite3.OperationalError)
    assert isinstance(error.value, StorageCorrupt)


def test_a_snapshot_is_left_even_when_work_fails(engine):
    with pytest.raises(KeyError):
        engine.read(lambda view: {}[view.feed()])
    assert not engine.connection.in_transaction


def test_a_file_that_was_brought_up_to_date_meanwhile_is_not_written(engine, opening):
    engine.write(lambda tx: tx.put_value("a", "b"))
    opening()._engine.connection.execute("PRAGMA user_version = 99")
    with pytest.raises(Conflict) as error:
        engine.write(lambda tx: tx.put_value("a", "b"))
    assert "upgrade" in error.value.hint


def test_who_only_reads_refuses_each_unit(opening, run, path):
    run(opening().close())
    engine = opening(read_only=True)._engine
    assert isinstance(engine, ReadOnly)
    units = [put("a"), put("b")]
    engine.write_together(units)
    assert all(unit.error.code == "forbidden" for unit in units)


def test_a_write_that_waits_too_long_writes_nothing(engine, path, monkeypatch):
    from goodies_mcp.storage import writer_lock
    from goodies_mcp.storage.sqlite_opening import writing_alone

    monkeypatch.setattr(writer_lock, "PATIENCE", 0.01)
    units = [put("a"), put("b")]
    with writing_alone(path):
        engine.write_together(units)
    assert all(isinstance(unit.error, Unavailable) for unit in units)
    assert kept(engine, "a", "b") == [None, None]


def test_only_what_is_not_synced_does_without_the_disk(engine):
    seen = []

    def looks(_):
        seen.append(engine.connection.execute("PRAGMA synchronous").fetchone()[0])

    for synced in (False, True, False, True):  # twice: a pragma is carried out when it is prepared
        engine.write_together([Unit(looks, synced=synced)])
    assert seen == [1, 2, 1, 2]


def test_the_next_waits_for_the_disk_again_when_one_that_did_not_has_failed(engine):
    def fails(tx):
        tx.put_value("failed", "there")
        raise Conflict("no")

    engine.write_together([Unit(fails, synced=False)])
    assert engine.connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert kept(engine, "failed") == [None]
