"""``book``: all that is known of a house as one file to print."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.copies import new_file
from goodies_mcp.cli.garbage import collect_garbage
from goodies_mcp.cli.output import Printer
from goodies_mcp.cli.parsing import settings_of
from goodies_mcp.errors import InvalidInput

DEFAULT_FILE = "house-book.html"


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--home", metavar="HOME", help="Id or name of the home; needed only where there are several.")
    parser.add_argument(
        "--out",
        metavar="FILE",
        default=DEFAULT_FILE,
        help=f"File to make (default {DEFAULT_FILE}); - writes to stdout.",
    )
    parser.add_argument("--at", metavar="TIME", help="The house as it was at this ISO time.")
    parser.add_argument(
        "--private", action="store_true", help="Also what is private: codes, passwords, marked content."
    )
    parser.add_argument("--force", action="store_true", help="Write over a file that is there.")


def _book(arguments: Namespace) -> int:
    from goodies_mcp.app import finished, inline_home  # start-up
    from goodies_mcp.cli.copies import refuse_target
    from goodies_mcp.drawing.book import bind

    collect_garbage()  # a large home is a large book
    settings = settings_of(arguments)
    to_stdout = arguments.out == "-"
    target = Path(arguments.out).absolute()
    if not to_stdout:
        refuse_target(target, over=arguments.force, hint="choose another name, or add --force")
    with inline_home(settings, read_only=True) as home:
        book = finished(home.graph.get_house_book(arguments.home, private=arguments.private, at=arguments.at))
    pieces = (piece.encode("utf-8", "replace") for piece in bind(book))
    if to_stdout:
        if sys.stdout is None:
            raise InvalidInput("stdout is closed", argument="out")
        sys.stdout.buffer.writelines(pieces)
        return 0
    with new_file(target, over=arguments.force) as file:
        size = sum(file.write(piece) for piece in pieces)
    devices = sum(len(room.devices) for room in book.rooms)
    said = {
        "file": str(target),
        "bytes": size,
        "home": book.drawn.home.name,
        "rooms": sum(len(floor.rooms) for floor in book.drawn.floors),
        "devices": devices,
        "papers": len(book.papers),
        "private": book.private,
    }
    text = f"Wrote the book of {book.drawn.home.name} to {target}"
    Printer(as_json=arguments.json).result(said, text)
    return 0


COMMANDS = {"book": Command(_arguments, _book)}
