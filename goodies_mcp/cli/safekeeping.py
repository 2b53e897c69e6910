"""``backup``, ``restore`` and ``compact``: what one does for the database itself."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.garbage import collect_garbage
from goodies_mcp.cli.output import Printer
from goodies_mcp.cli.parsing import settings_of
from goodies_mcp.cli.progress import Progress, add_progress_flag
from goodies_mcp.config import Settings
from goodies_mcp.errors import Forbidden, GoodiesError


def _backup_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="File to make; left out: a dated one in the folder `backups` of the home.",
    )
    add_progress_flag(parser)


def _backup(arguments: Namespace) -> int:
    from goodies_mcp.app import about, prepare_folder  # start-up, as below: a wrong flag needs none of it
    from goodies_mcp.cli.copies import dated, refuse_target
    from goodies_mcp.storage.maintenance import backup

    settings = settings_of(arguments)
    prepare_folder(settings, create=False)
    progress = Progress(arguments)
    target = Path(arguments.file).absolute() if arguments.file else dated(Path(settings.backups), "goodies", ".db")
    refuse_target(target)
    try:
        size = backup(Path(settings.database), target, progress=progress)
    except GoodiesError as error:
        raise about(settings.database, error) from error
    progress.end()
    Printer(as_json=arguments.json).result({"file": str(target), "bytes": size}, f"Made {target} ({size >> 10} KiB)")
    return 0


def _restore_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="The backup to put in the place of the database.")
    parser.add_argument("--yes", action="store_true", help="Do not ask.")
    parser.add_argument("--dry-run", action="store_true", help="Look whether it would go well, and change nothing.")


def _restore(arguments: Namespace) -> int:
    from goodies_mcp.app import prepare_folder  # start-up
    from goodies_mcp.cli.restoring import arriving, put_in_place, refuse_in_use

    collect_garbage()
    settings = settings_of(arguments)
    backup, database = Path(arguments.file).absolute(), Path(settings.database)
    if not arguments.dry_run:
        prepare_folder(settings, create=True)
    refuse_in_use(database)
    with arriving(backup, database) as new:
        if not arguments.dry_run and not arguments.yes:
            _confirm(f"Put {backup} ({new.holds}) in the place of {database}? What is there now is kept as a copy.")
        kept = None if arguments.dry_run else put_in_place(new.file, database, Path(settings.backups))
    text = f"{'Would restore' if arguments.dry_run else 'Restored'} {backup} ({new.holds})"
    text += f"; what was there before is in {kept}" if kept else ""
    said = {
        "dry_run": arguments.dry_run,
        "file": str(backup),
        **new.holds._asdict(),
        "kept": str(kept) if kept else None,
    }
    Printer(as_json=arguments.json).result(said, text)
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
        help="Keep all that the home showed from this long ago on: 1y, 6mo, 2w, 90d. Older versions keep who and when.",
    )
    parser.add_argument("--dry-run", action="store_true", help="Say what would go, and change nothing.")
    add_progress_flag(parser)


def _compact(arguments: Namespace) -> int:
    from goodies_mcp.app import about, prepare_folder  # start-up
    from goodies_mcp.cli.durations import moment_before
    from goodies_mcp.clock import SystemClock
    from goodies_mcp.storage.maintenance import compact

    collect_garbage()
    settings = settings_of(arguments)
    since = moment_before(SystemClock().now(), arguments.keep)
    prepare_folder(settings, create=False)
    if settings.read_only:
        raise Forbidden("this home is read-only", hint="compact without --read-only")
    progress = Progress(arguments)
    alone = not _has_hub(settings)
    try:
        done = compact(Path(settings.database), since, unpushed=alone, dry_run=arguments.dry_run, progress=progress)
    except GoodiesError as error:
        raise about(settings.database, error) from error
    progress.end()
    before, after = done.before.file + done.before.log, done.after.file + done.after.log
    text = f"{'Would let' if arguments.dry_run else 'Let'} go what {done.versions} versions said before {done.horizon}"
    text += "" if arguments.dry_run else f"; {before >> 10} KiB became {after >> 10} KiB"
    said = {"dry_run": arguments.dry_run, "versions": done.versions, "horizon": done.horizon}
    Printer(as_json=arguments.json).result({**said, "bytes_before": before, "bytes_after": after}, text)
    return 0


def _has_hub(settings: Settings) -> bool:
    """Whether the home belongs to a household. Without one nothing is ever pushed, and waiting for that would keep
    everything; with one, what was not pushed must not lose its body."""
    from goodies_mcp.app import finished, inline_home
    from goodies_mcp.sync import kept
    from goodies_mcp.sync.credentials import FILE

    if (Path(settings.data_dir) / FILE).exists():
        return True
    with inline_home(settings, read_only=True) as home:
        return finished(home.store.read(kept.household)) is not None


COMMANDS = {
    "backup": Command(_backup_arguments, _backup),
    "restore": Command(_restore_arguments, _restore),
    "compact": Command(_compact_arguments, _compact),
}
