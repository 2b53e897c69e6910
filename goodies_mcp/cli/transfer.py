"""``export`` and ``import``: every version of everything as JSON lines, out and in; or the devices as a table."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO, cast

from goodies_mcp.app import InlineHome, each, finished, inline_home
from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.exit_codes import in_house_terms
from goodies_mcp.cli.garbage import collect_garbage
from goodies_mcp.cli.output import Printer
from goodies_mcp.cli.parsing import settings_of
from goodies_mcp.cli.progress import Progress, add_progress_flag
from goodies_mcp.config import Settings
from goodies_mcp.errors import InvalidInput, TooLarge


def _export_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="File to make; - writes to stdout.")
    _add_format(parser)
    add_progress_flag(parser)


def _export(arguments: Namespace) -> int:
    from goodies_mcp.cli.copies import new_file, refuse_target
    from goodies_mcp.graph.exporting import export_lines
    from goodies_mcp.sync import content_marks

    collect_garbage()
    settings = settings_of(arguments)
    to_stdout = arguments.file == "-"
    target = Path(arguments.file).absolute()
    if not to_stdout:
        refuse_target(target)
    if _is_table(arguments):
        return _export_table(arguments, settings, target)
    progress = Progress(arguments)
    with inline_home(settings, read_only=True) as home:
        pieces = each(export_lines(home.store, progress=progress.told))
        with _stdout() if to_stdout else new_file(target) as file:
            first = next(pieces)
            header = json.loads(first.partition(b"\n")[0])
            size = sum(file.write(piece) for piece in _all(first, pieces))
            file.flush()
        away = len(finished(home.store.read(content_marks.away)))
    progress.end()
    if not to_stdout:
        versions, compacted = int(progress.done), header["versions"] - int(progress.done)
        said = {
            "file": str(target),
            "versions": versions,
            "compacted": compacted,
            "files_away": away,
            "bytes": size,
            "digest": header["digest"],
        }
        text = f"Wrote {versions} versions to {target}"
        text += f"; of {compacted} more, compaction left nothing to write" if compacted else ""
        if away:
            files = "1 file is" if away == 1 else f"{away} files are"
            text += f"; {files} not in it but at the hub: `goodies-mcp sync --fetch-content always` brings all here"
        Printer(as_json=arguments.json).result(said, text)
    return 0


def _all(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _stdout() -> "nullcontext[BinaryIO]":
    if sys.stdout is None:
        raise InvalidInput("stdout is closed", argument="file")
    return nullcontext(cast("BinaryIO", sys.stdout.buffer))


def _import_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="File that `export` has made, or a table; - reads from stdin.")
    _add_format(parser)
    parser.add_argument("--dry-run", action="store_true", help="Read and check everything, and write nothing.")
    parser.add_argument("--new-rooms", action="store_true", help="With a table: make the rooms that are not there yet.")
    parser.add_argument("--home", metavar="NAME", help="With a table: the home that new rooms are in.")
    add_progress_flag(parser)


def _import(arguments: Namespace) -> int:
    from goodies_mcp.graph.importing import import_lines

    collect_garbage()
    settings = settings_of(arguments)
    if _is_table(arguments):
        return _import_table(arguments, settings)
    progress = Progress(arguments)
    with _source(arguments.file) as source, _target(settings, dry_run=arguments.dry_run) as home:
        report = finished(import_lines(home.store, source, dry_run=arguments.dry_run, progress=progress.told))
    progress.end()
    would = "Would take in" if arguments.dry_run else "Took in"
    text = f"{would} {report.new_versions} of {report.versions} versions; the others are known already"
    Printer(as_json=arguments.json).result(asdict(report), text)
    return 0


def _add_format(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        choices=["jsonl", "csv"],
        help="jsonl: everything with its history. csv: the devices as a table, for a spreadsheet. Left out: csv where "
        "the file's name ends so.",
    )


def _is_table(arguments: Namespace) -> bool:
    given: str | None = arguments.format
    return given == "csv" if given else str(arguments.file).lower().endswith(".csv")


def _export_table(arguments: Namespace, settings: Settings, target: Path) -> int:
    from goodies_mcp.cli.copies import new_file
    from goodies_mcp.graph.inventory_table import render

    with inline_home(settings, read_only=True) as home:
        rows = finished(home.graph.get_inventory())
    with _stdout() if arguments.file == "-" else new_file(target) as file:
        file.write(render(rows).encode("utf-8", "surrogatepass"))
        file.flush()
    if arguments.file != "-":
        text = f"Wrote {len(rows)} devices to {target}"
        Printer(as_json=arguments.json).result({"file": str(target), "devices": len(rows)}, text)
    return 0


def _import_table(arguments: Namespace, settings: Settings) -> int:
    from goodies_mcp.graph.inventory import NewRooms
    from goodies_mcp.graph.inventory_table import LARGEST, parse
    from goodies_mcp.graph.writes import Writer

    with _source(arguments.file) as source:
        data = source.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise TooLarge(f"the table is larger than {LARGEST >> 20} MiB", argument="file", hint="split it")
    try:
        rows = parse(data.decode())
    except UnicodeDecodeError as error:
        hint = "save it as CSV in UTF-8"
        raise InvalidInput("the table is no text in UTF-8", argument="file", hint=hint) from error
    new_rooms = NewRooms(arguments.home) if arguments.new_rooms else None
    with _target(settings, dry_run=arguments.dry_run) as home:
        by = Writer("command line", "import")
        done = finished(home.graph.take_inventory(by, rows, new_rooms=new_rooms, dry_run=arguments.dry_run))
    counted = Counter(item.action for item in done.items)
    said = {"rows": len(rows), "batch": done.batch, **counted}
    told = ", ".join(f"{number} {action}" for action, number in counted.items()) or "nothing to do"
    would = "It would come to: " if arguments.dry_run else ""
    after = "; `goodies-mcp call undo` takes it back" if done.batch else ""
    Printer(as_json=arguments.json).result(said, f"{would}{told}{after}")
    return 0


@contextmanager
def _source(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        if sys.stdin is None:
            raise InvalidInput("stdin is closed", argument="file")
        yield sys.stdin.buffer
        return
    try:
        file = open(name, "rb")  # noqa: PTH123, SIM115 - closed below; a failure to open is not one to read
    except OSError as error:
        raise in_house_terms(error) from error
    with file:
        yield file


@contextmanager
def _target(settings: Settings, *, dry_run: bool) -> Iterator[InlineHome]:
    """The home to import into; a rehearsal where there is none runs in a folder that goes away."""
    import os
    import tempfile

    if not dry_run or os.path.exists(settings.database):  # noqa: PTH110 - beside the others
        with inline_home(settings, create=True) as home:
            yield home
        return
    with tempfile.TemporaryDirectory(prefix="goodies-import-") as aside:
        home = InlineHome(settings, read_only=False, database=os.path.join(aside, "goodies.db"))  # noqa: PTH118
        try:
            yield home
        finally:
            home.close()


COMMANDS = {"export": Command(_export_arguments, _export), "import": Command(_import_arguments, _import)}
