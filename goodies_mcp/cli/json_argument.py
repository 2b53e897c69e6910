"""A JSON object given on the command line, on stdin or in a file: strict, because what it says will be stored."""

import json
import math
import sys
from typing import NoReturn

from goodies_mcp.cli.exit_codes import in_house_terms
from goodies_mcp.errors import InvalidInput, TooLarge

LARGEST = 64 << 20


def read_json_object(given: str) -> dict[str, object]:
    """The object in ``given``, on stdin (``-``) or in a file (``@FILE``).

    Raises:
        InvalidInput: it is no JSON object, names a key twice, or holds a number that JSON does not have.
        TooLarge: it is larger than 64 MiB, or nested too deeply.
    """
    where, text = _text(given)
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise TooLarge(f"{where} is nested too deeply", argument="arguments") from None
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"{where} is no JSON: {error.msg} (line {error.lineno}, column {error.colno})",
            argument="arguments",
            hint="""quote it as a whole for the shell: '{"query": "light"}'""",
        ) from None
    except ValueError as error:
        raise InvalidInput(f"{where}: {error}", argument="arguments") from None
    if not isinstance(value, dict):
        raise InvalidInput(f"{where} must be a JSON object such as {{}}", argument="arguments")
    return value


def _text(given: str) -> tuple[str, str]:
    if given == "-":
        where, raw = "what came on stdin", b"" if sys.stdin is None else sys.stdin.buffer.read(LARGEST + 1)
    elif given.startswith("@"):
        where = f"the file {given[1:]}"
        try:
            with open(given[1:], "rb") as file:  # noqa: PTH123 - start-up: pathlib costs 9 ms
                raw = file.read(LARGEST + 1)
        except OSError as error:
            raise in_house_terms(error) from error
    else:
        return "the argument", given
    if len(raw) > LARGEST:
        raise TooLarge(f"{where} is larger than {LARGEST >> 20} MiB", argument="arguments")
    try:
        return where, raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{where} is no UTF-8 text: {error.reason} at byte {error.start}") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} is there twice")
    return found


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits[:40]} is too large for a number")
    return value
