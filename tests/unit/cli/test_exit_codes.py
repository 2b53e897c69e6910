"""One table from errors to exit codes, and one way to say what was wrong."""

import errno
import json

import pytest

from goodies_mcp import errors
from goodies_mcp.cli.exit_codes import EXIT_CODES, OTHER_EXITS, exit_code_of, in_house_terms, print_error


def every_error():
    """Of the one tree: what an edge adds for its own answers never reaches a shell."""
    tree = [value for value in vars(errors).values() if isinstance(value, type)]
    return [kind for kind in tree if issubclass(kind, errors.GoodiesError) and kind is not errors.GoodiesError]


def test_every_error_has_an_exit_code_of_its_own():
    codes = [code for code, _ in EXIT_CODES.values()] + list(OTHER_EXITS)
    assert {error.code for error in every_error()} == set(EXIT_CODES)
    assert len(codes) == len(set(codes))
    assert all(0 <= code < 256 for code in codes)


def test_an_unknown_code_is_a_fault_of_ours():
    assert exit_code_of("never heard of") == exit_code_of("internal") == 1


def test_an_error_is_one_line_with_its_causes_and_a_hint(capsys):
    error = errors.StorageCorrupt("the file is\nno database", hint="restore a backup")
    error.__cause__ = ValueError("not a header")
    error.__cause__.__cause__ = OSError(errno.EIO, "Input/output error", "/dev/sda")
    print_error(error)
    assert capsys.readouterr() == (
        "",
        "error: the file is no database: not a header: Input/output error: /dev/sda\nhint: restore a backup\n",
    )


def test_what_is_shown_cannot_command_a_terminal(capsys):
    print_error(errors.NotFound("nothing is called \x1b[31m\u202ered\x07", hint="look\x1b]0;again"))
    assert capsys.readouterr().err == "error: nothing is called [31mred\nhint: look]0;again\n"


def test_a_program_reads_an_error_as_json(capsys):
    candidates = [{"id": "1", "type": "room", "name": "Hall\x1b", "where": None}]
    print_error(errors.Ambiguous("2 things", candidates=candidates, argument="room"), as_json=True)
    (line,) = capsys.readouterr().err.splitlines()
    assert "\x1b" not in line
    told = json.loads(line)["error"]
    assert (told["code"], told["message"], told["argument"]) == ("ambiguous", "2 things", "room")
    assert told["candidates"] == candidates
    assert "ids" in told["hint"]


def test_a_cause_that_was_said_already_is_not_said_again(capsys):
    error = errors.NotFound("no such file: /x")
    error.__cause__ = errors.NotFound("no such file")
    print_error(error)
    assert capsys.readouterr().err == "error: no such file: /x\n"


def test_the_candidates_of_an_ambiguous_name_are_listed(capsys):
    print_error(
        errors.Ambiguous("two are called Lamp", candidates=[{"id": "1", "name": "Lamp"}, {"id": "2", "where": "Hall"}])
    )
    assert capsys.readouterr().err.splitlines() == [
        "error: two are called Lamp",
        "  1  Lamp",
        "  2  Hall",
        "hint: call again with one of the ids",
    ]


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), errors.StorageFull),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), errors.Forbidden),
        (FileNotFoundError(errno.ENOENT, "No such file", "/x"), errors.NotFound),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "/x"), errors.InvalidInput),
        (MemoryError(), errors.TooLarge),
        (ZeroDivisionError(), errors.Internal),
        (errors.Conflict("as it is"), errors.Conflict),
    ],
)
def test_what_the_system_says_is_said_in_the_terms_of_the_house(raised, kind):
    assert type(in_house_terms(raised)) is kind
    assert json.dumps(in_house_terms(raised).as_dict())


def test_an_error_that_was_raised_from_itself_is_told_once(capsys):
    error = errors.Unavailable("busy")
    error.__cause__ = error
    print_error(error)
    assert capsys.readouterr().err == "error: busy\n"
