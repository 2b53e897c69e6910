"""What went wrong, for a shell and for a person: one table of exit codes, one way to print an error."""

import sys
from collections.abc import Iterator

from goodies_mcp.errors import GoodiesError

OK = 0
FAULT = 1
USAGE = 2
INTERRUPTED = 130
BROKEN_PIPE = 141

EXIT_CODES: dict[str, tuple[int, str]] = {
    "internal": (FAULT, "a fault of goodies-mcp itself; `doctor` ends with it too when it finds something wrong"),
    "invalid_input": (USAGE, "a command, flag, setting, file or argument is wrong or unknown"),
    "not_found": (3, "no thing, file or tool has that name"),
    "ambiguous": (4, "several things have that name; the candidates are listed"),
    "conflict": (5, "it has changed meanwhile, or is there already"),
    "too_large": (6, "a value exceeds a limit"),
    "unauthorized": (7, "no valid credential was given"),
    "forbidden": (8, "not allowed: a read-only home, a place that may not be used, an answer of no"),
    "rate_limited": (9, "too many requests; try again later"),
    "unavailable": (10, "busy, locked or down; try again later"),
    "storage_full": (11, "the disk or the quota is full; nothing was kept"),
    "storage_corrupt": (12, "the file is damaged or no database at all"),
    "local_protocol_error": (13, "a fault of goodies-mcp itself, in a conversation with a peer"),
    "remote_protocol_error": (14, "a peer or an imported file broke the protocol; what it said was refused"),
}
OTHER_EXITS: dict[int, str] = {
    OK: "done; also when `serve` was asked to end",
    INTERRUPTED: "interrupted with Ctrl-C",
    BROKEN_PIPE: "whoever read the output went away",
}


def exit_code(error: GoodiesError) -> int:
    """The exit code of an error."""
    return EXIT_CODES.get(error.code, EXIT_CODES["internal"])[0]


def print_error(error: BaseException) -> None:
    """``error: …`` with the chain of causes in one line, the candidates if any, and ``hint: …``, on stderr."""
    said = ": ".join(dict.fromkeys(_one_line(text) for text in _causes(error)))
    lines = [f"error: {said}"]
    if isinstance(error, GoodiesError):
        lines += [f"  {candidate}" for candidate in _candidates(error)]
        lines += [f"hint: {_one_line(error.hint)}"] if error.hint else []
    if sys.stderr is not None:
        print("\n".join(lines), file=sys.stderr)


def _causes(error: BaseException) -> Iterator[str]:
    cause: BaseException | None = error
    told = ""
    while cause is not None:
        text = (str(cause) or type(cause).__name__) if isinstance(cause, GoodiesError) else _named(cause)
        if text not in told:
            told += text
            yield text
        cause = cause.__cause__


def _named(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _candidates(error: GoodiesError) -> Iterator[str]:
    found = error.details.get("candidates")
    for candidate in found if isinstance(found, list) else ():
        if isinstance(candidate, dict):
            yield "  ".join(_one_line(str(candidate[key])) for key in ("id", "type", "name", "where") if candidate.get(key))
