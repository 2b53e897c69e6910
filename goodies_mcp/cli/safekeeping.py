"""``backup``, ``restore`` and ``compact``: what one does for the database itself."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.output import Printer
from goodies_mcp.cli.parsing import settings_of
from goodies_mcp.errors import Forbidden


def _backup_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="File to make; left out: a dated one in the folder `backups` of the home.",
    )


def _backup(arguments: Namespace) -> int:
    from goodies_mcp.app import prepare_folder  # start-up, as below: a wrong flag needs none of it
    from goodies_mcp.cli.copies import dated, new_copy

    settings = settings_of(arguments)
    prepare_folder(settings, create=False)
    target = Path(arguments.file).absolute() if arguments.file else dated(Path(settings.backups), "goodies", ".db")
    new_copy(Path(settings.database), target)
    size = target.stat().st_size
    Printer(as_json=arguments.json).result({"file": str(target), "bytes": size}, f"Made {target} ({size >> 10} KiB)")
    return 0


def _restore_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="The backup to put in the place of the database.")
    parser.add_argument("--yes", action="store_true", help="Do not ask.")
    parser.add_argument("--dry-run", action="store_true", help="Look whether it would go well, and change nothing.")


def _restore(arguments: Namespace) -> int:
    from goodies_mcp.app import prepare_folder  # start-up
    from goodies_mcp.cli.restoring import put_back, rehearse

    settings = settings_of(arguments)
    backup, database = Path(arguments.file).absolute(), Path(settings.database)
    held = rehearse(backup, database)
    printer = Printer(as_json=arguments.json)
    if arguments.dry_run:
        text = f"{backup} is whole ({held}); it would take the place of {database}, which would be kept as a copy"
        printer.result({"dry_run": True, "file": str(backup), "holds": held, "kept": None}, text)
        return 0
    if not arguments.yes:
        _confirm(f"Put {backup} ({held}) in the place of {database}? What is there now is kept as a copy.")
    prepare_folder(settings, create=True)
    kept = put_back(backup, database, Path(settings.backups))
    text = f"Restored {backup} ({held})" + (f"; what was there before is in {kept}" if kept else "")
    said = {"dry_run": False, "file": str(backup), "holds": held, "kept": str(kept) if kept else None}
    printer.result(said, text)
    return 0


def _confirm(question: str) -> None:
    agreed = False
    if sys.stdin is not None and sys.stdin.isatty():
        print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
        agreed = sys.stdin.readline().strip().lower() in {"y", "yes"}
    if not agreed:
        raise Forbidden("nobody said yes; nothing was changed", hint="--yes says it on the command line")


def _compact_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--keep",
        metavar="TIME",
        required=True,
        help="Keep every version from this long ago on, such as 1y, 6mo, 2w or 90d; of older ones, what is still shown.",
    )
    parser.add_argument("--dry-run", action="store_true", help="Say what would go, and change nothing.")


COMMANDS = {
    "backup": Command(_backup_arguments, _backup),
    "restore": Command(_restore_arguments, _restore),
}
