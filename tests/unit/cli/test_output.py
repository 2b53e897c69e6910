"""A result is text for people or one JSON value for programs, in any encoding."""

import io
import json
import sys

import pytest

from goodies_mcp.cli.output import Printer, columns, one_line


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
def test_json_is_right_in_any_encoding(monkeypatch, encoding):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding, errors="backslashreplace", write_through=True))
    value = {"name": "Küche 🍳 \x01", "n": [1, None]}
    Printer(as_json=True).result(value, "text")
    assert json.loads(raw.getvalue().decode(encoding)) == value


def test_text_is_for_people(capsys):
    Printer(as_json=False).result({"a": 1}, "text")
    Printer(as_json=False).result({"a": 1}, "")
    assert capsys.readouterr().out == "text\n"


def test_columns_are_aligned():
    assert columns([("a", "long one", "x y"), ("bcd", "", "z"), ("e", "f", "")]) == (
        "a    long one  x y\nbcd            z\ne    f"
    )
    assert columns([]) == ""


def test_one_line_is_one_line():
    assert one_line(" a\n\tb ") == "a b"
