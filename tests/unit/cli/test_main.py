"""The one funnel: whatever happens in a command, a person sees one line and a script sees a code."""

import pytest

from goodies_mcp.cli import main, parsing
from goodies_mcp.cli.commands import Command
from goodies_mcp.errors import Ambiguous, Conflict


@pytest.fixture
def command(monkeypatch):
    """Put something in the place of what ``tools`` does."""

    def put(run):
        monkeypatch.setattr(parsing, "command_of", lambda _: Command(lambda _: None, run))

    return put


def raising(error):
    def run(_):
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (Conflict("it moved", hint="look again"), 5, "error: it moved\nhint: look again\n"),
        (Ambiguous("two", candidates=[]), 4, "error: two\nhint: call again with one of the ids\n"),
        (PermissionError(13, "Permission denied", "/x"), 8, "error: Permission denied: /x\n"),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 141, ""),
        (SystemExit(0), 0, ""),
    ],
)
def test_an_exception_becomes_a_line_and_a_code(command, error, code, said, capfd):
    command(raising(error))
    assert main.run(["tools"]) == code
    assert capfd.readouterr().err == said


def test_a_fault_of_ours_shows_its_trace_only_when_asked(command, capsys):
    command(raising(ZeroDivisionError("division by zero")))
    assert main.run(["tools"]) == 1
    quiet = capsys.readouterr().err
    assert "Traceback" not in quiet
    assert quiet.startswith("error: something unexpected happened: division by zero\n")
    assert "-v" in quiet
    assert main.run(["tools", "-v"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_the_code_of_a_command_is_the_code_of_the_program(command):
    command(lambda _: 7)
    assert main.run(["tools"]) == 7


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"], ["--version"], ["-V"], ["config", "--help"]])
def test_help_is_no_failure(words, capsys):
    assert main.run(words) == 0
    assert "goodies-mcp" in capsys.readouterr().out
