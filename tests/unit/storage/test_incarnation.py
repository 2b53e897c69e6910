"""Whose versions a file makes: copied, restored or wiped files start anew, others go on (INBETWEENIES B.1, P9)."""

import shutil
import sqlite3
import threading
from contextlib import closing

import pytest

from goodies_mcp.core.models import EntityPayload, RecordId
from goodies_mcp.core.versions import next_version
from goodies_mcp.storage.incarnation import Binding, IncarnationFile
from goodies_mcp.storage.inline import open_inline
from tests.support.clock import FakeClock, moment
from tests.support.ids import CountingIds


def added(tx):
    dot = tx.next_dot()
    lamp = next_version(
        (),
        record_id=RecordId(f"{dot.incarnation}/{dot.n}"),
        payload=EntityPayload("device", "Lamp"),
        edited_at=moment(),
        dot=dot,
        author="ann",
        device="d",
    )
    [applied] = tx.apply([lamp], local=True)
    assert applied.new
    return dot


def side(path):
    return path.with_name(path.name + ".incarnation")


def test_a_file_keeps_its_incarnation_and_counts_on(opening, run):
    first = run(opening().write(added))
    second = run(opening().write(added))
    assert (second.incarnation, second.n) == (first.incarnation, first.n + 1)


def test_two_stores_on_one_file_share_the_counter(opening, run):
    one, other = opening(), opening()
    dots = [run(store.write(added)) for store in (one, other, one, other)]
    assert [dot.n for dot in dots] == [1, 2, 3, 4]
    assert len({dot.incarnation for dot in dots}) == 1


def test_p09_a_copy_starts_anew_even_with_its_side_file(opening, run, path, tmp_path):
    store = opening()
    first = run(store.write(added))
    run(store.close())
    for name, with_side in (("bare.db", False), ("whole.db", True)):
        copy = tmp_path / name
        shutil.copy(path, copy)
        if with_side:
            shutil.copy(side(path), side(copy))
        assert run(opening(copy).write(added)).incarnation != first.incarnation
    assert run(opening().write(added)).incarnation == first.incarnation


def test_p09_an_older_state_put_back_in_place_starts_anew(opening, run, path, tmp_path):
    store = opening()
    run(store.write(added))
    run(store.close())
    backup = tmp_path / "backup"
    shutil.copy(path, backup)
    store = opening()
    newest = run(store.write(added))
    run(store.close())
    inode = path.stat().st_ino
    path.write_bytes(backup.read_bytes())
    assert path.stat().st_ino == inode
    dot = run(opening().write(added))
    assert dot.incarnation != newest.incarnation
    # The versions of the former incarnation are still told apart by it.
    held = run(opening().read(lambda view: view.versions(RecordId(f"{newest.incarnation}/1"))))
    assert [each.value.dot.incarnation for each in held] == [newest.incarnation]


def test_p09_a_wiped_file_starts_anew(opening, run, path):
    store = opening()
    first = run(store.write(added))
    run(store.close())
    path.unlink()
    assert run(opening().write(added)).incarnation != first.incarnation


@pytest.mark.parametrize("damage", [b"", b"what\n", b"\xff" * 79, b"x" * 500])
def test_p09_an_unreadable_side_file_starts_anew(opening, run, path, damage):
    store = opening()
    first = run(store.write(added))
    run(store.close())
    side(path).write_bytes(damage)
    dot = run(opening().write(added))
    assert dot.incarnation != first.incarnation
    assert run(opening().write(added)) == type(dot)(dot.incarnation, 2)


def test_a_dot_taken_by_work_that_failed_is_not_given_again(opening, run):
    store = opening()

    def fails(tx):
        tx.next_dot()
        raise KeyError

    with pytest.raises(KeyError):
        run(store.write(fails))
    assert run(store.write(added)).n == 2
    with pytest.raises(KeyError):
        run(store.write(fails))
    assert run(opening().write(added)).n == 4


def test_a_dot_is_counted_before_anybody_hears_of_the_version(opening, run, path):
    store = opening()
    dot = run(store.write(added))
    assert IncarnationFile(path).read().counter == dot.n
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT max(clock_value) FROM vector_clocks").fetchone() == (dot.n,)


def test_reading_changes_nothing(opening, run, path, tmp_path):
    store = opening()
    run(store.write(added))
    run(store.close())
    copy = tmp_path / "copy.db"
    shutil.copy(path, copy)
    before = copy.read_bytes()
    run(opening(copy, read_only=True).read(lambda view: view.status()))
    assert copy.read_bytes() == before
    assert not side(copy).exists()
    assert not copy.with_name("copy.db.lock").exists()


def test_all_who_open_a_new_file_at_once_agree(path, run):
    found, ids = [], CountingIds()

    def one_of_them():
        store = open_inline(path, clock=FakeClock(), ids=ids)
        found.append(run(store.read(lambda view: view.status().incarnation)))
        run(store.close())

    threads = [threading.Thread(target=one_of_them) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1


def test_the_line_is_rewritten_in_place(tmp_path):
    database = tmp_path / "home.db"
    one, other = IncarnationFile(database), IncarnationFile(database)
    assert one.read() is None
    one.bind(Binding("a" * 36, 7, 1))
    other.advance(12)
    assert one.read() == Binding("a" * 36, 7, 12)
    one.advance(13)
    assert other.read().counter == 13
    assert side(database).stat().st_mode & 0o777 == 0o600
    one.close()
    other.close()
    one.close()
