"""Begins the child: its limits first, then what the document needs. It reads standard input, which is the document, and
answers in lines of JSON, some of them with bytes behind them."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO

Said = tuple[dict[str, Any], bytes]
Work = Callable[[BinaryIO, dict[str, Any]], Iterator[Said]]

_OUT_OF_MEMORY = b'{"failed":"memory"}\n'


class Unreadable(Exception):
    """The document cannot be read, for a reason that the parent has words for."""


def main() -> None:
    """Look inside one document."""
    task: dict[str, Any] = json.loads(sys.argv[1])
    out = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints is no answer
    limit(task)
    try:
        for message, data in _work(task["kind"])(sys.stdin.buffer, task):
            _say(out, message, data)
        _say(out, {"done": True})
    except MemoryError:
        os.write(out, _OUT_OF_MEMORY)
    except Unreadable as error:
        _say(out, {"failed": str(error)})
    except ImportError:
        _say(out, {"failed": "missing"})
    except Exception:  # noqa: BLE001  the end of the process: whatever a library makes of a document ends here
        _say(out, {"failed": "damaged"})
    # Not the ordinary way out: tidying up a broken document can take longer than reading it.
    os._exit(0)


def limit(task: dict[str, Any]) -> None:
    """Take no more than the parent allows, as far as this system can see to that."""
    try:
        import resource  # noqa: PLC0415  there is none on Windows
    except ImportError:
        return
    wishes = (
        (resource.RLIMIT_AS, task["memory"]),
        (resource.RLIMIT_CPU, task["processor"]),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    )
    for which, most in wishes:
        with suppress(OSError, ValueError):  # macOS knows some of them and refuses to set them
            _, hard = resource.getrlimit(which)
            resource.setrlimit(which, (most if hard < 0 else min(most, hard), hard))


def _work(kind: str) -> Work:
    if kind == "pdf":
        from goodies_mcp.reading.worker.pdf import read_pdf  # noqa: PLC0415  below the limits, and only what is needed

        return read_pdf
    if kind == "picture":
        from goodies_mcp.reading.worker.pictures import read_picture  # noqa: PLC0415  as above

        return read_picture
    from goodies_mcp.reading.worker.web import read_html  # noqa: PLC0415  as above

    return read_html


def _say(out: int, message: dict[str, Any], data: bytes = b"") -> None:
    if data:
        message = {**message, "bytes": len(data)}
    rest = memoryview(json.dumps(message).encode() + b"\n" + data)
    while rest:
        rest = rest[os.write(out, rest) :]
