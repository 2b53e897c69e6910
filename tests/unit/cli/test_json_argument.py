"""What a person or a program hands over as JSON is taken as it is or refused with the place."""

import io
import sys

import pytest

from goodies_mcp.cli import json_argument
from goodies_mcp.cli.json_argument import read_json_object
from goodies_mcp.errors import InvalidInput, NotFound, TooLarge


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        (' {"a": [1, 2.5, null, true, "\\u00e9"]} ', {"a": [1, 2.5, None, True, "é"]}),
        ('{"lone": "\\ud800"}', {"lone": "\ud800"}),
        ('{"n": 123456789012345678901234567890}', {"n": 123456789012345678901234567890}),
    ],
)
def test_an_object_is_read(text, value):
    assert read_json_object(text) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no JSON"),
        ("{", "line 1, column 2"),
        ("[]", "must be a JSON object"),
        ('"text"', "must be a JSON object"),
        ("{'a': 1}", "no JSON"),
        ('{"a": 1, "a": 2}', "'a' is there twice"),
        ('{"a": {"b": 1, "b": 1}}', "'b' is there twice"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ('{"a": -Infinity}', "-Infinity is no JSON number"),
        ('{"a": 1e999}', "1e999 is too large"),
        ('{"a": ' + "9" * 5000 + "}", "Exceeds the limit"),
    ],
)
def test_what_is_no_object_is_refused(text, why):
    with pytest.raises(InvalidInput, match=why):
        read_json_object(text)


def test_a_deep_one_is_refused():
    with pytest.raises(TooLarge, match="nested too deeply"):
        read_json_object('{"a": ' + "[" * 200_000)


def test_a_file_and_stdin_will_do(tmp_path, monkeypatch):
    file = tmp_path / "arguments.json"
    file.write_bytes(b'\xef\xbb\xbf{"from": "a file"}')
    assert read_json_object(f"@{file}") == {"from": "a file"}
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"from": "stdin"}')))
    assert read_json_object("-") == {"from": "stdin"}


def test_a_file_that_is_no_text_is_refused_with_its_place(tmp_path):
    file = tmp_path / "bytes"
    file.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(InvalidInput, match="no UTF-8 text: invalid start byte at byte 7"):
        read_json_object(f"@{file}")


def test_a_missing_file_is_not_found(tmp_path):
    with pytest.raises(NotFound, match="nothing"):
        read_json_object(f"@{tmp_path}/nothing")


def test_a_giant_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(json_argument, "LARGEST", 1 << 20)
    file = tmp_path / "giant"
    file.write_bytes(b" " * ((1 << 20) + 1))
    with pytest.raises(TooLarge, match="1 MiB"):
        read_json_object(f"@{file}")


def test_without_stdin_there_is_nothing_to_read(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InvalidInput, match="no JSON"):
        read_json_object("-")
