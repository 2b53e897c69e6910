"""``claude install`` and ``claude uninstall``: this home in Claude Desktop, and out of it again."""

import re
from argparse import ArgumentParser, Namespace
from pathlib import Path

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.exit_codes import in_house_terms
from goodies_mcp.cli.output import Printer
from goodies_mcp.cli.parsing import settings_of
from goodies_mcp.config import host_folder
from goodies_mcp.errors import InvalidInput, TooLarge, Unavailable

FILE = "claude_desktop_config.json"
_NAMES = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LARGEST = 10 << 20
_AGAIN = "Restart Claude Desktop."


def settings_file() -> Path:
    """Where Claude Desktop keeps its settings on this system."""
    return Path(host_folder("Claude")) / FILE


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=["install", "uninstall"], metavar="install|uninstall", help="What to do.")
    parser.add_argument("--name", default="home", help="Name of the server in Claude Desktop (default: home).")
    parser.add_argument("--file", metavar="FILE", help=f"Its settings file (default: {FILE} where Claude keeps it).")
    parser.add_argument("--toolsets", metavar="NAMES", help="Toolsets to offer, comma-separated, or all.")
    parser.add_argument("--read-only", action="store_true", default=None, help="Let Claude read and change nothing.")
    parser.add_argument("--dry-run", action="store_true", help="Show what the file would say, and change nothing.")
    parser.add_argument("--no-start", action="store_true", help="Do not try first whether the server starts.")


def _claude(arguments: Namespace) -> int:
    if not _NAMES.fullmatch(arguments.name):
        hint = "give --name letters, digits, - and _, at most 64"
        raise InvalidInput(f"{arguments.name[:80]!r} is no name for a server", argument="name", hint=hint)
    file = Path(arguments.file).absolute() if arguments.file else settings_file()
    before = read(file)
    return _install(arguments, file, before) if arguments.action == "install" else _uninstall(arguments, file, before)


def _install(arguments: Namespace, file: Path, before: str) -> int:
    from goodies_mcp.cli.host_settings import HostSettings  # start-up: --help needs none of it
    from goodies_mcp.cli.launching import passing

    command = _command(arguments)
    after = HostSettings(before, str(file)).with_entry(arguments.name, command)
    if passing(command[0]):
        Printer(as_json=arguments.json).aside(
            f"warning: {command[0]} stands in a cache that may be cleared; better install goodies-mcp to stay "
            "(`pipx install` or `uv tool install`) and run this again"
        )
    if not arguments.no_start:
        _try(command)
    told = f'Claude Desktop knows this home as "{arguments.name}" from now on: {file}\n{_AGAIN}'
    return _finish(arguments, file, (before, after), {"command": command}, told)


def _command(arguments: Namespace) -> list[str]:
    from goodies_mcp.cli.launching import whole_command  # start-up

    settings = settings_of(arguments)
    flags = ["--data-dir", str(Path(settings.data_dir).absolute())]
    flags += ["--config", str(Path(arguments.config).absolute())] if arguments.config else []
    flags += ["--toolsets", ",".join(settings.toolsets)] if settings.toolsets else []
    flags += ["--read-only"] if settings.read_only else []
    return [*whole_command(), "serve", *flags]


def _try(command: list[str]) -> None:
    from goodies_mcp.cli.host_trial import try_to_start  # start-up

    trial = try_to_start(command, home=str(Path.home()))
    if trial.wrong:
        raise Unavailable(
            f"the server does not start as a host would start it: {trial.wrong}",
            hint="`goodies-mcp doctor` looks for the cause; Claude's settings were not changed",
        )


def _uninstall(arguments: Namespace, file: Path, before: str) -> int:
    from goodies_mcp.cli.host_settings import HostSettings  # start-up

    after = HostSettings(before, str(file)).without_entry(arguments.name)
    gone = f'"{arguments.name}" is no longer in {file}; the home itself stays. {_AGAIN}'
    told = gone if after != before else f'There is no "{arguments.name}" in {file}'
    return _finish(arguments, file, (before, after), {}, told)


def _finish(arguments: Namespace, file: Path, texts: tuple[str, str], said: dict[str, object], told: str) -> int:
    """Write the file where it changes and it is meant; say what was, or would be, done."""
    before, after = texts
    printer = Printer(as_json=arguments.json)
    said = {"file": str(file), "name": arguments.name, **said}
    if arguments.dry_run:
        printer.result({**said, "would_change": after != before, "text": after}, after.rstrip("\n"))
        return 0
    kept = _write(file, after) if after != before else None
    told += f"\nThe file as it was: {kept}" if kept else ""
    printer.result({**said, "changed": after != before, "backup": str(kept) if kept else None}, told)
    return 0


def read(file: Path) -> str:
    """The file's text; empty where there is none."""
    try:
        if not file.exists():
            return ""
        if file.stat().st_size > _LARGEST:
            raise TooLarge(f"{file} is too large to be a settings file", argument="file")
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{file} is no text in UTF-8", argument="file", hint="nothing was changed") from error
    except OSError as error:
        raise in_house_terms(error) from error


def _write(file: Path, text: str) -> Path | None:
    """Put the text in the file's place, whole or not at all, and keep what was there beside it: its new name."""
    from goodies_mcp.cli.copies import copied, dated, new_file  # start-up

    target = file.resolve()  # a link, as people have who keep their settings elsewhere, stays one
    try:
        kept = None
        if target.exists():
            kept = dated(target.parent, f"{target.stem}.backup", target.suffix)
            copied(target, kept)
        target.parent.mkdir(parents=True, exist_ok=True)
        with new_file(target, over=True) as written:
            written.write(text.encode())
            if kept:
                Path(written.name).chmod(target.stat().st_mode & 0o777)
    except OSError as error:
        raise in_house_terms(error) from error
    return kept


COMMANDS = {"claude": Command(_arguments, _claude)}
