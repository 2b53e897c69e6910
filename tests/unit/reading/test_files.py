"""P15: no path that a tool is given leads to a file that it was not meant for."""

import os
import socket
from pathlib import Path

import pytest

from goodies_mcp.errors import Forbidden, InvalidInput, NotFound, TooLarge
from goodies_mcp.reading.files import FileGuard

ODD_NAMES = (
    "ü ñ 日本.txt",
    "two\nlines.txt",
    "-rf.txt",
    "'; DROP TABLE x; --.txt",
    "%2e%2e.txt",
    "..txt",
    "a\u202eb.txt",
)


@pytest.fixture
def rooms(tmp_path):
    for name in ("inbox", "allowed", "secret"):
        (tmp_path / name).mkdir()
    (tmp_path / "secret" / "key").write_text("hush")
    (tmp_path / "inbox" / "photo.jpg").write_text("photo")
    (tmp_path / "allowed" / "deep").mkdir()
    (tmp_path / "allowed" / "deep" / "manual.pdf").write_text("manual")
    return tmp_path


@pytest.fixture
def guard(rooms):
    return FileGuard(rooms / "inbox", [rooms / "allowed"], most=1_000)


def read(guard, path):
    file, name = guard.open(str(path))
    with file:
        return file.read().decode(), name


def test_a_name_is_one_of_the_inbox_and_a_path_one_below_an_allowed_folder(guard, rooms):
    assert read(guard, "photo.jpg") == ("photo", "photo.jpg")
    assert read(guard, rooms / "inbox" / "photo.jpg") == ("photo", "photo.jpg")
    assert read(guard, rooms / "allowed" / "deep" / "manual.pdf") == ("manual", "manual.pdf")
    assert read(guard, rooms / "allowed" / "deep" / ".." / "deep" / "manual.pdf") == ("manual", "manual.pdf")


def test_the_inbox_is_made_when_it_is_first_asked_for_and_is_for_its_owner_alone(tmp_path):
    with pytest.raises(NotFound, match="there is no file") as missing:
        FileGuard(tmp_path / "data" / "inbox", most=10).open("photo.jpg")
    assert str(tmp_path / "data" / "inbox") in missing.value.hint
    assert (tmp_path / "data" / "inbox").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ODD_NAMES)
def test_p15_a_hostile_name_is_a_name(guard, rooms, name):
    (rooms / "inbox" / name).write_text("kept")
    assert read(guard, name) == ("kept", name)


@pytest.mark.parametrize(
    "path",
    ["../secret/key", "{root}/secret/key", "x/../../secret/key", "{root}/allowed/../secret/key", "/etc/passwd", "..",
     ".", "", "{root}/inbox", "{root}/inbox-of-another/x", "/dev/zero", "/proc/self/environ", "//etc/passwd"],
)  # fmt: skip
def test_p15_what_lies_elsewhere_is_refused_whether_it_exists_or_not(guard, rooms, path):
    (rooms / "inbox-of-another").mkdir()
    (rooms / "inbox-of-another" / "x").write_text("hush")
    refusals = []
    for each in (path.format(root=rooms), path.format(root=rooms) + "-that-is-not-there"):
        with pytest.raises((Forbidden, NotFound)) as refused:
            guard.open(each)
        refusals.append(refused.value)
    assert isinstance(refusals[0], Forbidden)
    if isinstance(refusals[1], Forbidden):
        assert refusals[0].as_dict() == refusals[1].as_dict()


@pytest.mark.parametrize("path", ["nul\0inside", "x" * 5_000, "loop", "x" * 300])
def test_p15_what_is_no_path_is_an_error(guard, rooms, path):
    (rooms / "inbox" / "loop").symlink_to(rooms / "inbox" / "loop")
    with pytest.raises((InvalidInput, NotFound)):
        guard.open(path)


def test_p15_a_link_that_leads_out_is_refused_and_one_that_stays_is_followed(guard, rooms):
    (rooms / "inbox" / "out").symlink_to(rooms / "secret" / "key")
    (rooms / "inbox" / "outside").symlink_to(rooms / "secret")
    (rooms / "inbox" / "nowhere").symlink_to(rooms / "secret" / "nothing")
    (rooms / "inbox" / "inside").symlink_to(rooms / "allowed" / "deep")
    for path in ("out", "outside/key", "nowhere"):
        with pytest.raises(Forbidden):
            guard.open(path)
    assert read(guard, "inside/manual.pdf") == ("manual", "manual.pdf")


def test_p15_a_file_that_becomes_a_link_behind_the_check_is_not_followed(guard, rooms):
    class Swapping(FileGuard):
        """What another process could do between the look at a path and the opening of it."""

        def _placed(self, path):
            placed = super()._placed(path)
            swap()
            return placed

    swapping = Swapping(rooms / "inbox", [rooms / "allowed"], most=1_000)

    def swap():
        (rooms / "inbox" / "photo.jpg").unlink()
        (rooms / "inbox" / "photo.jpg").symlink_to(rooms / "secret" / "key")

    with pytest.raises(InvalidInput):
        swapping.open("photo.jpg")

    def swap():  # noqa: F811  the same door, another lock
        (rooms / "allowed" / "deep").rename(rooms / "allowed" / "moved")
        (rooms / "secret" / "manual.pdf").write_text("hush")
        (rooms / "allowed" / "deep").symlink_to(rooms / "secret")

    with pytest.raises(InvalidInput):
        swapping.open(str(rooms / "allowed" / "deep" / "manual.pdf"))


def test_p15_only_ordinary_files_are_opened_and_none_is_waited_for(guard, rooms):
    os.mkfifo(rooms / "inbox" / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(rooms / "inbox" / "socket"))
        for name in ("pipe", "socket"):
            with pytest.raises(InvalidInput):
                guard.open(name)
    (rooms / "inbox" / "folder").mkdir()
    with pytest.raises(InvalidInput, match="no ordinary file"):
        guard.open("folder")


def test_what_is_too_large_is_refused_before_it_is_read(guard, rooms):
    with (rooms / "inbox" / "huge").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(TooLarge, match="at most 1000"):
        guard.open("huge")


def open_files():
    return sum(1 for _ in Path("/dev/fd").iterdir())


def test_a_refused_file_is_closed_again(guard, rooms):
    (rooms / "inbox" / "folder").mkdir()
    before = open_files()
    for _ in range(20):
        for path in ("folder", "missing", "../secret/key"):
            with pytest.raises((InvalidInput, NotFound, Forbidden)):
                guard.open(path)
    assert open_files() == before


def test_a_name_that_is_not_there_is_answered_with_those_that_are(guard):
    with pytest.raises(NotFound) as missing:
        guard.open("foto.jpg")
    assert "photo.jpg" in missing.value.hint
