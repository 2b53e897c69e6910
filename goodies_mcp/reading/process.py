"""The parent's side of the child process that looks inside documents: what it is told, what is believed of it, and
when it is ended."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Literal

from goodies_mcp.errors import GoodiesError, InvalidInput, TooLarge, Unavailable
from goodies_mcp.reading.endings import Ending, Watch

Kind = Literal["pdf", "html", "picture"]

# Isolated from the folder and the environment it is started in, it is told where modules are: nothing else is needed.
_START = "import sys; sys.path[:] = sys.argv[2:]; from goodies_mcp.reading.worker.main import main; main()"
_LONGEST_LINE = 4 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may take. Processor time and memory are limited by the system where it can do that (not on Windows;
    memory not on macOS); elapsed time and the size of the answer everywhere.

    A host gives a tool about a minute, so a document gets less. After ``soft`` seconds the child stops by itself at the
    next page, and what it has read until then counts.
    """

    seconds: float = 50.0
    soft: float = 35.0
    processor: int = 45
    memory: int = 1 << 30
    answer: int = 48 << 20
    pages: int = 3_000
    characters: int = 8_000_000
    pixels: int = 128_000_000
    edge: int = 1_280


def asked(
    kind: Kind, file: BinaryIO, limits: Limits, ending: Ending, about: str
) -> Iterator[tuple[Mapping[str, Any], bytes]]:
    """What the child says of a file, message by message, each with the bytes that belong to it.

    Raises:
        InvalidInput: it cannot be read.
        TooLarge: reading it takes more time, memory or room than it may.
        Unavailable: it was given up, or no child could be started.
    """
    file.seek(0)
    try:
        process = _started(kind, file, limits)
    except OSError as cause:
        raise Unavailable("no process could be started to look inside it", hint="try again later") from cause
    with process, ending.within(limits.seconds, process.kill) as watch:
        try:
            yield from _heard(process, limits, watch, ending, about)
        finally:
            with suppress(ProcessLookupError):
                process.kill()


def _started(kind: Kind, file: BinaryIO, limits: Limits) -> subprocess.Popen[bytes]:
    task = json.dumps({"kind": kind, **asdict(limits)})
    return subprocess.Popen(  # noqa: S603  this interpreter, and no word of anybody else's
        [sys.executable, "-I", "-B", "-c", _START, task, *sys.path],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={} if os.name == "posix" else None,  # no token of ours is any business of a document's
        start_new_session=True,  # Ctrl-C is for us: we end it
    )


def _heard(
    process: subprocess.Popen[bytes], limits: Limits, watch: Watch, ending: Ending, about: str
) -> Iterator[tuple[Mapping[str, Any], bytes]]:
    out = process.stdout
    if out is None:
        raise Unavailable("no process could be started to look inside it")
    heard = 0
    while line := out.readline(_LONGEST_LINE):
        message = _message(line, about)
        if "failed" in message:
            raise _told(str(message["failed"]), limits, about)
        size = message.get("bytes", 0)
        heard += len(line) + size
        if heard > limits.answer:
            raise TooLarge(f"{about} holds more than can be taken in")
        data = out.read(size)
        if message.get("done"):
            return
        yield message, data
    code = process.wait()
    ending.check()
    raise _broken(code, limits, about, late=watch.late)


def _message(line: bytes, about: str) -> Mapping[str, Any]:
    try:
        said = json.loads(line)
        if isinstance(said, dict) and isinstance(said.get("bytes", 0), int):
            return said
    except ValueError:
        pass
    raise InvalidInput(f"{about} cannot be read: what looks inside it was broken by it")


def _told(why: str, limits: Limits, about: str) -> GoodiesError:
    """The child's own word, of a few; it is somebody's document that speaks here, so no other is passed on."""
    if why == "memory":
        return TooLarge(f"{about} takes more than {limits.memory >> 20} MiB of memory to read", hint=_SMALLER)
    if why == "pixels":
        return TooLarge(f"{about} has more than {limits.pixels // 1_000_000} million pixels", hint=_SMALLER)
    if why == "unpacked":
        return TooLarge(f"{about} unpacks to more than can be read", hint=_SMALLER)
    if why == "locked":
        return InvalidInput(f"{about} is protected by a password", hint="save a copy without one and give that")
    if why == "missing":
        return Unavailable("what reads such files is not installed", hint="pip install pypdf pillow")
    return InvalidInput(f"{about} is damaged or not what it seems", hint="look whether another program opens it")


_SMALLER = "give a smaller copy, or the part that matters"


def _broken(code: int, limits: Limits, about: str, *, late: bool) -> GoodiesError:
    processor = hasattr(signal, "SIGXCPU") and code == -signal.SIGXCPU
    if late or processor:
        seconds = limits.processor if processor else limits.seconds
        return TooLarge(f"{about} takes more than {seconds:.0f} seconds to read", hint=_SMALLER)
    return InvalidInput(f"{about} is damaged: what looks inside it was ended by it", hint=_SMALLER)
