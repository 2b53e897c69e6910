"""The key file: for its owner alone, never half written, and nothing that is none of ours is believed."""

import json
import stat

import pytest

from goodies_mcp.errors import Conflict, Forbidden, NotFound, StorageCorrupt
from goodies_mcp.funkygibbon.auth.keys import KEPT, KEYS, make_keys, read_keys, rotate_keys
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds


@pytest.fixture
def made(tmp_path):
    return make_keys(tmp_path, FakeClock(), CountingIds())


def test_what_is_made_is_read_again(tmp_path, made):
    read = read_keys(tmp_path)
    assert read.issuer == made.issuer
    assert [(key.kid, key.private.private_bytes_raw()) for key in read.keys] == [
        (key.kid, key.private.private_bytes_raw()) for key in made.keys
    ]
    assert stat.S_IMODE((tmp_path / KEYS).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEYS]


def test_two_hubs_have_nothing_in_common(tmp_path, made):
    (tmp_path / "other").mkdir()
    other = make_keys(tmp_path / "other", FakeClock(), CountingIds(0xF))
    assert other.issuer != made.issuer
    assert other.keys[0].private.private_bytes_raw() != made.keys[0].private.private_bytes_raw()


def test_keys_are_not_made_twice(tmp_path, made):
    before = (tmp_path / KEYS).read_bytes()
    with pytest.raises(Conflict):
        make_keys(tmp_path, FakeClock(), CountingIds())
    assert (tmp_path / KEYS).read_bytes() == before


def test_a_rotation_keeps_a_few_old_keys_to_prove_with(tmp_path, made):
    ids = CountingIds(0xF)
    first = rotate_keys(tmp_path, FakeClock(), ids)
    assert first.keys[0].kid != made.keys[0].kid
    assert first.key(made.keys[0].kid) is not None
    for _ in range(KEPT):
        last = rotate_keys(tmp_path, FakeClock(), ids)
    assert len(last.keys) == KEPT
    assert last.key(made.keys[0].kid) is None
    assert last.issuer == made.issuer


def test_without_keys_the_command_is_named(tmp_path):
    with pytest.raises(NotFound) as refused:
        read_keys(tmp_path)
    assert "funkygibbon init" in refused.value.hint


def test_keys_that_others_can_read_are_refused(tmp_path, made):
    (tmp_path / KEYS).chmod(0o644)
    with pytest.raises(Forbidden) as refused:
        read_keys(tmp_path)
    assert "chmod 600" in refused.value.hint


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "half", '{"issuer": "x", "keys": []}', '{"issuer": "x", "keys": [{"kid": "a"}]}', "\ud800"],
)
def test_a_file_that_is_none_of_ours_is_refused(tmp_path, made, text):
    (tmp_path / KEYS).write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(StorageCorrupt, match="no key file"):
        read_keys(tmp_path)


def test_a_key_of_another_length_is_refused(tmp_path, made):
    said = json.loads((tmp_path / KEYS).read_text())
    said["keys"][0]["private"] = "AAAA"
    (tmp_path / KEYS).write_text(json.dumps(said))
    with pytest.raises(StorageCorrupt):
        read_keys(tmp_path)
