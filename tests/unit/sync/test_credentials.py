"""The login file: for its owner alone, whole or not at all, and never shown."""

import os
import stat

import pytest

from goodies_mcp.errors import Forbidden, InvalidInput, Unauthorized, Unavailable
from goodies_mcp.sync.credentials import Credentials, CredentialsFile

LOGIN = Credentials("https://hub.example", "device-1", "secret-1", "secret-2", household="home")


@pytest.fixture
def file(tmp_path):
    return CredentialsFile(tmp_path)


def test_what_is_saved_comes_back(file):
    file.save(LOGIN)
    assert file.load() == LOGIN
    assert file.required() == LOGIN
    file.save(Credentials("https://other.example", "device-1", "secret-3"))
    assert file.load().access_token == "secret-3"


def test_nobody_else_may_read_it(file):
    old = os.umask(0)
    try:
        file.save(LOGIN)
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    file.path.chmod(0o640)
    with pytest.raises(Forbidden, match="others may read") as caught:
        file.load()
    assert "chmod 600" in caught.value.hint


def test_tokens_are_not_in_what_is_printed_of_it():
    assert "secret" not in repr(LOGIN)
    assert "secret" not in str(LOGIN)


def test_there_may_be_none(file):
    assert file.load() is None
    assert not file.remove()
    with pytest.raises(Unauthorized, match="no hub"):
        file.required()


def test_it_can_be_forgotten(file):
    file.save(LOGIN)
    assert file.remove()
    assert file.load() is None


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"url": "https://hub"}', b'{"url": 1, "device_id": "", "access_token": ""}'],
)
def test_a_damaged_file_says_what_to_do(file, text):
    file.path.write_bytes(text)
    file.path.chmod(0o600)
    with pytest.raises(InvalidInput, match="damaged") as caught:
        file.load()
    assert "log in again" in caught.value.hint


def test_what_a_later_release_adds_is_no_damage(file):
    file.save(LOGIN)
    text = file.path.read_text()
    file.path.write_text(text.replace('"url"', '"pin": "abc", "url"'))
    assert file.load() == LOGIN


def test_a_write_that_fails_leaves_the_old_one(file, monkeypatch):
    file.save(LOGIN)

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("goodies_mcp.sync.credentials.os.fsync", full)
    with pytest.raises(Unavailable, match="No space"):
        file.save(Credentials("https://other.example", "device-1", "secret-3"))
    monkeypatch.undo()
    assert file.load() == LOGIN
    assert [each.name for each in file.path.parent.iterdir()] == ["hub.json"]


def test_a_folder_in_its_place_is_told(file):
    file.path.mkdir(mode=0o700)
    with pytest.raises(Unavailable):
        file.load()
