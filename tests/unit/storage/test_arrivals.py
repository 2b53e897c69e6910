"""Unfinished uploads: bounded in number, the oldest makes room."""

import errno
import os
from hashlib import sha256

import pytest

from goodies_mcp.core.models import Sha256
from goodies_mcp.errors import StorageFull, Unavailable
from goodies_mcp.storage.arrivals import MOST_UNFINISHED, Arrivals


def name(n):
    return Sha256(sha256(str(n).encode()).hexdigest())


def test_the_oldest_unfinished_upload_makes_room_for_a_new_one(tmp_path):
    uploads = Arrivals(tmp_path / "uploads")
    for n in range(MOST_UNFINISHED):
        uploads.receive(name(n), 0, b"abc")
        os.utime(tmp_path / "uploads" / f"{name(n)}.part", (n, n))
    uploads.receive(name("new"), 0, b"abc")
    assert uploads.received(name(0)) == 0
    assert uploads.received(name(1)) == uploads.received(name("new")) == 3
    assert len(list((tmp_path / "uploads").iterdir())) == MOST_UNFINISHED


def test_going_on_makes_nobody_leave(tmp_path):
    uploads = Arrivals(tmp_path / "uploads")
    for n in range(MOST_UNFINISHED):
        uploads.receive(name(n), 0, b"abc")
    for n in range(MOST_UNFINISHED):
        assert uploads.receive(name(n), 3, b"def") == 6


def test_pieces_are_all_that_arrived(tmp_path):
    uploads = Arrivals(tmp_path / "uploads")
    data = bytes(range(256)) * 10_000
    uploads.receive(name(1), 0, data)
    assert b"".join(uploads.pieces(name(1))) == data
    assert list(uploads.pieces(name(2))) == []


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, StorageFull), (errno.EROFS, Unavailable)])
def test_a_disk_that_takes_no_more_is_told_in_house_terms(tmp_path, monkeypatch, number, kind):
    arrivals = Arrivals(tmp_path / "arrivals")
    arrivals.receive(name(1), 0, b"abc")

    def refuses(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuses)
    with pytest.raises(kind):
        arrivals.receive(name(1), 3, b"def")
    monkeypatch.undo()
    assert arrivals.received(name(1)) == 3
