"""Files that a command makes: whole or not at all, never over another, for their owner alone."""

import os
import stat

import pytest

from goodies_mcp.cli.copies import copied, dated, new_file, refuse_target
from goodies_mcp.errors import Conflict, InvalidInput, NotFound


@pytest.fixture
def open_mask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_a_new_file_gets_its_name_when_it_is_whole(tmp_path, open_mask):
    target = tmp_path / "file"
    with new_file(target) as file:
        file.write(b"whole")
        assert not target.exists()
    assert target.read_bytes() == b"whole"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [target]


def broken(target):
    with new_file(target) as file:
        file.write(b"half")
        raise ZeroDivisionError


def test_a_file_that_cannot_be_finished_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError):
        broken(tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def overtaken(target):
    with new_file(target):
        target.write_text("somebody else was faster")


def test_a_file_that_appeared_meanwhile_is_not_overwritten(tmp_path):
    with pytest.raises(Conflict):
        overtaken(tmp_path / "file")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("file", "somebody else was faster")]


def test_names_that_will_not_do_are_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for target, kind in [
        (tmp_path, InvalidInput),
        (tmp_path / "link", Conflict),
        (tmp_path / "no" / "folder", NotFound),
    ]:
        with pytest.raises(kind):
            refuse_target(target)
    refuse_target(tmp_path / "new")


def test_two_copies_of_one_second_have_two_names(tmp_path):
    made = set()
    for _ in range(5):
        name = dated(tmp_path / "backups", "home", ".db")
        name.touch()
        made.add(name)
    assert len(made) == 5
    assert stat.S_IMODE((tmp_path / "backups").stat().st_mode) == 0o700


def test_a_copy_is_equal_and_private(tmp_path, open_mask):
    (tmp_path / "source").write_bytes(os.urandom(3_000_000))
    copied(tmp_path / "source", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == (tmp_path / "source").read_bytes()
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        copied(tmp_path / "source", tmp_path / "copy")
