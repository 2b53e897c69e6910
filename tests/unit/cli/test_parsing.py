"""Words become a command and its arguments, or an error that names the nearest."""

import pytest

from goodies_mcp.cli import parsing
from goodies_mcp.cli.commands import COMMANDS
from goodies_mcp.errors import InvalidInput


def understood(words):
    command, rest = parsing.split(words)
    return parsing.parser_of(command).parse(rest)


@pytest.mark.parametrize(
    ("words", "command", "rest"),
    [
        ("", "serve", ""),
        ("serve", "serve", ""),
        ("--transport http --port 0", "serve", "--transport http --port 0"),
        ("--data-dir /x", "serve", "--data-dir /x"),
        ("--data-dir /x call tool {}", "call", "--data-dir /x tool {}"),
        ("--data-dir=/x --json tools", "tools", "--data-dir=/x --json"),
        ("-v -vv --verbose doctor --json", "doctor", "-v -vv --verbose --json"),
        ("--config init init", "init", "--config init"),
        ("call init call", "call", "init call"),
        ("--read-only", "serve", "--read-only"),
    ],
)
def test_the_command_is_found_wherever_it_stands(words, command, rest):
    assert parsing.split(words.split()) == (command, rest.split())


@pytest.mark.parametrize(("word", "near"), [("cal", "call"), ("exprot", "export"), ("docter", "doctor")])
def test_an_unknown_command_is_refused_with_the_nearest(word, near):
    with pytest.raises(InvalidInput, match=word) as refused:
        parsing.split([word])
    assert refused.value.hint == f"did you mean {near}?"


@pytest.mark.parametrize("word", ["-", "", "zzzzzz", "--", "\ud800"])
def test_no_word_breaks_the_search_for_a_command(word):
    with pytest.raises(InvalidInput):
        understood([word])


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ("serve --prot 1", "unknown flag --prot", "did you mean --port?"),
        ("config --data-dri x", "unknown flag --data-dri", "did you mean --data-dir?"),
        ("config --json=yes", "ignored explicit argument", "--help"),
        ("call", "TOOL", "--help"),
        ("call tool {} more", "unexpected argument 'more'", "--help"),
        ("serve --transport smoke", "invalid choice: 'smoke'", "--help"),
        ("serve --port", "expected one argument", "--help"),
        ("history x --limit ten", "invalid int value: 'ten'", "--help"),
    ],
)
def test_a_wrong_flag_is_refused_with_a_hint(words, message, hint):
    with pytest.raises(InvalidInput, match=message) as refused:
        understood(words.split())
    assert hint in refused.value.hint


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_parser_and_the_flags_of_all(command):
    arguments = parsing.parser_of(command).format_help()
    assert "--data-dir" in arguments
    assert "--config" in arguments
    assert ("--json" in arguments) == (command != "serve")


def test_the_overview_names_every_command():
    lines = parsing.overview().splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ")] == list(COMMANDS)


def test_a_flag_is_heard_as_a_setting():
    arguments = parsing.parser_of("serve").parse(["--port", "0", "-vv", "--allowed-host", "a", "--allowed-host", "b"])
    settings = parsing.settings_of(arguments)
    assert (settings.port, settings.log_level, settings.allowed_hosts) == (0, "debug", ("a", "b"))
    assert settings.read_only is False
