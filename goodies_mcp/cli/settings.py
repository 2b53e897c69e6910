"""``config show``: what is set, to what, and who said so."""

from argparse import ArgumentParser, Namespace

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.output import Printer, columns
from goodies_mcp.cli.parsing import settings_of


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "action", choices=["show"], nargs="?", default="show", metavar="show", help="The only thing to do, so far."
    )


def _show(arguments: Namespace) -> int:
    settings = settings_of(arguments)
    rows = settings.described()
    text = columns([(str(row["key"]), shown(row["value"]), str(row["origin"])) for row in rows])
    Printer(as_json=arguments.json).result({"settings": rows, "database": settings.database}, text)
    return 0


def shown(value: object) -> str:
    """A setting's value for people."""
    if value is None or value == []:
        return "-"
    if isinstance(value, list):
        return ", ".join(value)
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


COMMANDS = {"config": Command(_arguments, _show)}
