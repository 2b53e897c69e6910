"""The entry: from ``sys.argv`` to an exit code. The only place that turns an exception into one."""

import atexit
import gc
import os
import sys
from collections.abc import Sequence

from goodies_mcp.cli import streams

TYPE_CHECKING = False  # typing itself would cost each start 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn


def main() -> "NoReturn":
    """The program: run the command of ``sys.argv`` and end the process with its exit code."""
    # A command is over before there is garbage worth looking for; those that run on switch the collector on again.
    gc.disable()
    end(run(sys.argv[1:]))


def end(code: int) -> "NoReturn":
    """End the process, with what it printed on its way."""
    # What libraries put off to the end is still done: the last spans of a trace, above all.
    atexit._run_exitfuncs()  # noqa: SLF001  as Python itself would
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            code = code or streams.BROKEN_PIPE
    # Taking all modules down again costs a short command a tenth of its time, and frees what the system frees anyway.
    os._exit(code)


def run(words: Sequence[str], command: "Callable[[Sequence[str]], int] | None" = None) -> int:
    """Run one command (of another of our programs); what it raises becomes a line on stderr and an exit code."""
    streams.fill_closed()
    streams.forgive_odd_text()
    try:
        try:
            code = (command or _command)(words)
        except SystemExit as ended:  # argparse has shown its help
            code = int(ended.code or 0)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except BrokenPipeError:
        streams.abandon_stdout()
        return streams.BROKEN_PIPE
    except KeyboardInterrupt:
        return streams.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one funnel of this edge: no trace may reach a person
        return _failed(error, trace="-vv" in words or "-v" in words or "--verbose" in words, as_json="--json" in words)


def _command(words: Sequence[str]) -> int:
    if words in (["--version"], ["-V"]):
        from goodies_mcp import __version__

        print(f"goodies-mcp {__version__}")
        return 0
    from goodies_mcp.cli import parsing  # start-up: asking for the version needs none

    if words in (["--help"], ["-h"], ["help"]):
        print(parsing.overview())
        return 0
    command, rest = parsing.split(words)
    return parsing.command_of(command).run(parsing.arguments_of(command, rest))


def _failed(error: Exception, *, trace: bool, as_json: bool) -> int:
    from goodies_mcp.cli.exit_codes import WHERE, exit_code_of, in_house_terms, print_error  # start-up
    from goodies_mcp.errors import Internal

    if trace:
        import traceback  # start-up

        traceback.print_exception(error)
    known = in_house_terms(error)
    if isinstance(known, Internal) and not trace:
        known.hint = WHERE
    print_error(known, as_json=as_json)
    return exit_code_of(known.code)
