"""Plain words are what argparse makes of them; whatever is not plain is left to argparse."""

import pytest

from goodies_mcp.cli import parsing
from goodies_mcp.cli.plain_words import PlainWords
from goodies_mcp.errors import InvalidInput

PLAIN = [
    "call get_home_overview",
    "call get_home_overview {} --json",
    "call --data-dir /x get_home_overview - --read-only",
    "call --data-dir=/x=y get_home_overview @file -v -v",
    "call tool --config c --verbose --data-dir a --data-dir b",
    "history Kitchen --limit 3 --cursor abc",
    "history --limit=-3 Kitchen",
    "serve",
    "serve --transport http --port 0 --host ::1 --token t --token-file f",
    "serve --allowed-host a --allowed-host=b --toolsets query,content --read-only -v",
    "serve --data-dir=",
]
NOT_PLAIN = [
    "call",
    "call --help",
    "call tool {} more",
    "call tool --nonsense",
    "call tool --json=yes",
    "call tool -vv",
    "call tool -- {}",
    "call tool --data-dir",
    "call tool --data-dir --json",
    "history Kitchen --limit ten",
    "history Kitchen --limit -3",
    "serve --transport smoke",
    "serve --tran http",
    "serve stdio",
]


def plainly(command, words):
    parser = PlainWords()
    parsing.command_of(command).arguments(parser)
    parsing.add_everywhere(parser, "", as_json=command != "serve")
    return parser.parse(words)


@pytest.mark.parametrize("line", PLAIN)
def test_plain_words_mean_what_argparse_says(line):
    command, *words = line.split()
    assert vars(plainly(command, words)) == vars(parsing.parser_of(command).parse(words))


@pytest.mark.parametrize("line", NOT_PLAIN)
def test_all_else_is_left_to_argparse(line):
    command, *words = line.split()
    assert plainly(command, words) is None


def test_a_mistake_is_told_in_the_words_of_argparse():
    with pytest.raises(InvalidInput, match="unknown flag --prot"):
        parsing.arguments_of("serve", ["--prot", "1"])
    assert parsing.arguments_of("call", ["tool", "-vv"]).verbose == 2
