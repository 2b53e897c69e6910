"""``doctor``: everything that can be wrong with a home, looked at without changing any of it unless asked to."""

import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.finding import Finding
from goodies_mcp.cli.output import Printer
from goodies_mcp.cli.parsing import settings_of
from goodies_mcp.config import Settings

_MARKS = {"ok": "ok   ", "note": "note ", "wrong": "WRONG"}


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--no-start", action="store_true", help="Do not try whether the server starts.")
    parser.add_argument(
        "--repair",
        action="store_true",
        help="Put right what safely can be: make indexes and counts anew, take away files that nothing speaks of.",
    )


def _doctor(arguments: Namespace) -> int:
    settings = settings_of(arguments)
    found = []
    for finding in _findings(settings, arguments):
        found.append(finding)
        if not arguments.json:
            print(_told(finding), flush=True)
    well = all(finding.verdict != "wrong" for finding in found)
    verdict = "All is well." if well else "Something is wrong: see above."
    Printer(as_json=arguments.json).result({"well": well, "findings": [f.as_dict() for f in found]}, verdict)
    return 0 if well else 1


def _findings(settings: Settings, arguments: Namespace) -> Iterator[Finding]:
    from goodies_mcp import __version__  # start-up, as below: --help needs none of it
    from goodies_mcp.cli.database_checks import look_inside
    from goodies_mcp.cli.folder_checks import look_around
    from goodies_mcp.cli.host_checks import look_at_claude

    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("release", "ok", f"goodies-mcp {__version__} on Python {python} ({sys.executable})")
    around = list(look_around(settings))
    yield from around
    database = Path(settings.database)
    if database.exists():
        if arguments.repair:
            from goodies_mcp.cli.repairs import put_right  # start-up

            yield from put_right(database)
        yield from look_inside(database)
    else:
        yield Finding("database", "note", f"there is none in {settings.data_dir} yet", "`goodies-mcp init` makes it")
    yield from look_at_claude()
    if not arguments.no_start:
        yield _start(settings, arguments)


def _start(settings: Settings, arguments: Namespace) -> Finding:
    from goodies_mcp.cli.host_trial import try_to_start  # start-up
    from goodies_mcp.cli.launching import whole_command

    with tempfile.TemporaryDirectory(prefix="goodies-doctor-") as aside:
        # Where there is no home, none is made: the trial then runs in a folder that goes away.
        exists = Path(settings.database).exists()
        flags = ["--data-dir", settings.data_dir if exists else str(Path(aside) / "home")]
        flags += ["--config", str(Path(arguments.config).absolute())] if arguments.config else []
        # Reading only, so that looking does not bring an older file up to date.
        flags += ["--read-only"] if exists else []
        trial = try_to_start([*whole_command(), "serve", *flags, "--transport", "stdio"], home=str(Path.home()))
    if trial.wrong:
        return Finding(
            "start", "wrong", f"the server did not start: {trial.wrong}", "`goodies-mcp serve -v` shows more"
        )
    tools = f"{trial.tools} tools that read" if exists else f"{trial.tools} tools"
    return Finding("start", "ok", f"answers after {trial.seconds * 1000:.0f} ms, {tools}")


def _told(finding: Finding) -> str:
    hint = f"\n        hint: {finding.hint}" if finding.hint else ""
    return f"{_MARKS[finding.verdict]}  {finding.what}: {finding.message}{hint}"


COMMANDS = {"doctor": Command(_arguments, _doctor)}
