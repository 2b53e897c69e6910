"""A password from a person or a pipe; never from an argument, which everybody on the machine can read."""

import sys
from argparse import ArgumentParser, Namespace

from goodies_mcp.errors import InvalidInput


def add_password_flag(parser: ArgumentParser) -> None:
    """Add ``--password-stdin``."""
    parser.add_argument(
        "--password-stdin", action="store_true", help="Read the password from stdin, to its first line's end."
    )


def password(arguments: Namespace, question: str, *, again: bool = True) -> str:
    """The password, from stdin or typed, ``again`` for who makes one up.

    Raises:
        InvalidInput: nobody is there to type it, or it was typed in two ways.
    """
    if arguments.password_stdin:
        given = sys.stdin.readline() if sys.stdin is not None else ""
        if not given.rstrip("\r\n"):
            raise InvalidInput("no password came on stdin", argument="password")
        return given.rstrip("\r\n")
    if sys.stdin is None or not sys.stdin.isatty():
        raise InvalidInput(
            "there is nobody to type a password", argument="password", hint="--password-stdin reads it from stdin"
        )
    from getpass import getpass  # start-up: pipes need none

    first = getpass(f"{question}: ")
    if again and getpass("Again: ") != first:
        raise InvalidInput("the two passwords are not the same", argument="password")
    return first
