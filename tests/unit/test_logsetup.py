"""What is logged goes to stderr, from the wished level on, as text or as JSON lines."""

import json
import logging
import warnings

import pytest

from goodies_mcp import logsetup


@pytest.fixture
def said(capsys):
    root, ours = logging.getLogger(), logging.getLogger("goodies_mcp")
    before = root.handlers[:], root.level, ours.level
    yield lambda: capsys.readouterr().err
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level = before[:2]
    ours.setLevel(before[2])


def test_text_from_the_level_on(said):
    logsetup.configure("info", "text")
    logging.getLogger("goodies_mcp.graph").info("seen %d", 1)
    logging.getLogger("goodies_mcp.graph").debug("unseen")
    logging.getLogger("asyncio").info("about itself")
    assert said() == "INFO goodies_mcp.graph: seen 1\n"


def test_json_lines_with_a_trace(said):
    logsetup.configure("error", "json")
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        logging.getLogger("goodies_mcp").exception("a\nbug")
    logging.getLogger("goodies_mcp").warning("unseen")
    (line,) = said().splitlines()
    record = json.loads(line)
    assert (record["level"], record["logger"], record["message"]) == ("error", "goodies_mcp", "a\nbug")
    assert "ZeroDivisionError" in record["trace"]
    assert record["at"].endswith("+00:00")


def test_everybody_speaks_at_debug(said):
    logsetup.configure("debug", "text")
    logging.getLogger("other.library").debug("hello")
    assert said() == "DEBUG other.library: hello\n"


def test_a_second_configuration_replaces_the_first(said):
    logsetup.configure("debug", "text")
    logsetup.configure("warning", "text")
    logging.getLogger("goodies_mcp").warning("once")
    assert said() == "WARNING goodies_mcp: once\n"


def test_warnings_of_libraries_are_logged(said):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logsetup.configure("warning", "text")
        warnings.warn("old ways", DeprecationWarning, stacklevel=1)
    assert "old ways" in said()


def test_what_a_line_was_made_of_by_name_has_keys_in_json(said):
    logsetup.configure("info", "json")
    logging.getLogger("goodies_mcp.graph").info("tool=%(tool)s ms=%(ms).1f", {"tool": "undo", "ms": 1.25, "level": "x"})
    record = json.loads(said())
    assert (record["tool"], record["ms"], record["message"]) == ("undo", 1.25, "tool=undo ms=1.2")
    assert record["level"] == "info"
