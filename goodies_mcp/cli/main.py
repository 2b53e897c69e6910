"""The entry: from ``sys.argv`` to an exit code. The only place that turns an exception into one."""

import sys
from collections.abc import Sequence

from goodies_mcp.cli import streams


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; what it raises becomes a line on stderr and an exit code."""
    streams.fill_closed()
    streams.forgive_odd_text()
    words = sys.argv[1:] if words is None else words
    try:
        code = _run(words)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except BrokenPipeError:
        from goodies_mcp.cli.exit_codes import BROKEN_PIPE  # start-up, as in commands.py

        streams.abandon_stdout()
        return BROKEN_PIPE
    except KeyboardInterrupt:
        from goodies_mcp.cli.exit_codes import INTERRUPTED  # start-up

        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one funnel of this edge: no trace may reach a person
        return _failed(error, trace="-vv" in words or "-v" in words or "--verbose" in words)


def _run(words: Sequence[str]) -> int:
    from goodies_mcp import __version__  # free: the package is loaded

    if words in (["--version"], ["-V"]):
        print(f"goodies-mcp {__version__}")
        return 0
    from goodies_mcp.cli import parsing  # start-up: argparse

    if words in (["--help"], ["-h"], ["help"]):
        print(parsing.overview())
        return 0
    command, rest = parsing.split(words)
    arguments = parsing.parser_of(command).parse(rest)
    return parsing.command_of(command).run(arguments)


def _failed(error: Exception, *, trace: bool) -> int:
    from goodies_mcp.cli.exit_codes import exit_code_of, in_house_terms, print_error  # start-up
    from goodies_mcp.errors import Internal

    if trace:
        import traceback  # start-up

        traceback.print_exception(error)
    known = in_house_terms(error)
    if isinstance(known, Internal) and not trace:
        known.hint = "this is a fault of goodies-mcp; the same command with -v shows where"
    print_error(known)
    return exit_code_of(known.code)
