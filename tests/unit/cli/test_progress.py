"""How far long work is: rewritten at a terminal, in lines elsewhere, and nothing where nobody looks."""

import io
import sys
from argparse import Namespace

import pytest

from goodies_mcp.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def shown(monkeypatch):
    """What a progress shows of three steps, the second of which comes too soon."""

    def steps(stream, *, asked):
        monkeypatch.setattr(sys, "stderr", stream)
        progress = Progress(Namespace(progress=asked))
        for done in (1, 2, 1000):
            progress(done, 1000, "versions")
        progress.end()
        return stream.getvalue() if stream is not None else None

    return steps


def test_a_terminal_sees_one_line_that_is_rewritten(shown):
    first, last = "versions: 1 of 1,000 (0%)", "versions: 1,000 of 1,000 (100%)"
    assert shown(Terminal(), asked=False) == f"\r{first}\r{last:<25}\n"


def test_a_file_gets_lines_when_it_is_asked_for(shown):
    assert shown(io.StringIO(), asked=True) == "versions: 1 of 1,000 (0%)\nversions: 1,000 of 1,000 (100%)\n"


def test_nobody_asked(shown):
    assert shown(io.StringIO(), asked=False) == ""


def test_no_stderr_is_no_trouble(shown):
    assert shown(None, asked=True) is None


async def test_work_of_unknown_length_says_how_much_is_done(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    await Progress(Namespace(progress=True)).told(12345, None, "versions")
    assert sys.stderr.getvalue() == "versions: 12,345\n"
