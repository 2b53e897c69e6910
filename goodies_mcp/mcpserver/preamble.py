"""The opening of a conversation, answered before the SDK is loaded: hosts start a server, ask what it is and what it
offers, and let a person wait meanwhile. The answers are the SDK's own, remembered from a rehearsal (:mod:`rehearsal`).

Only requests that leave the SDK no choice are answered here. At the first line that is anything else, the SDK hears
what was said, answers it once more, unheard, and is then where it would be if it had been there from the start. Nothing
may be imported here that is slower than json.
"""

import json
import os
import select
import stat
import sys
import threading
from collections.abc import Callable, Mapping

from goodies_mcp.mcpserver.plain_messages import (
    LONGEST,
    are_capabilities,
    is_client,
    is_plain_id,
    message_of,
    shows_apps,
)

TYPE_CHECKING = False  # typing itself would cost each start 4 ms
if TYPE_CHECKING:
    from typing import Any

Tails = Mapping[str, str]
"""By method: the answer as the SDK writes it, from behind the request's id on."""

_ENVELOPE = "io.modelcontextprotocol/"
_VERSION, _CLIENT, _CAPABILITIES = (_ENVELOPE + key for key in ("protocolVersion", "clientInfo", "clientCapabilities"))
WITH_APPS = " with apps"
"""Behind a method: what hosts that show apps are told instead."""

_PAUSE = 10
"""Milliseconds in which a host that has more to say in its opening says it. Loading begins when it pauses."""


class Opening:
    """What was said before the SDK took over: all bytes that came in, and each request's answer."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.unanswered = 0
        """Where the first byte stands that was not answered here."""

        self.greeting = bytearray()
        """The lines that a session remembers; all others leave nothing behind."""

        self.told: dict[int | str, bytes] = {}
        self.over = False
        """The host has gone, and everything that it asked was answered."""

    def replayed(self) -> tuple[bytes, dict[int | str, bytes]]:
        """What the SDK is to hear, and the answers among its own that were given. Everything, so that each answer is
        compared with what is true now; but a host that waits for something else does not wait for that."""
        rest = self.heard[self.unanswered :]
        if not rest:
            return bytes(self.heard), self.told
        return bytes(self.greeting + rest), dict(list(self.told.items())[:1])


class Preamble:
    """What to answer to which line. ``handshake`` and ``modern`` have the answers by the version asked for."""

    def __init__(self, handshake: Mapping[str, Tails], modern: Mapping[str, Tails]) -> None:
        self._handshake = handshake
        self._modern = modern
        self._greeted: Tails | None = None
        self._shows_apps = False
        self._is_modern = False

    def answer(self, line: bytes, opening: Opening) -> bytes | None:
        """The answer, empty where none is due; None when only the SDK can tell."""
        if not line.strip():
            return b""
        message = message_of(line)
        if message is None:
            return None
        method, params, request = message["method"], message.get("params", {}), message.get("id")
        if request is None:
            if method != "notifications/initialized" or self._greeted is None or params != {}:
                return None
            opening.greeting += line + b"\n"
            return b""
        tail = self._tail(method, params)
        if tail is None or request in opening.told:
            return None
        if not opening.told:  # it decides the era of the connection, and in the older one is `initialize`
            opening.greeting += line + b"\n"
        number = str(request) if isinstance(request, int) else f'"{request}"'
        opening.told[request] = f'{{"jsonrpc":"2.0","id":{number}{tail}\n'.encode()
        return opening.told[request]

    def _tail(self, method: str, params: "dict[str, Any]") -> str | None:
        meta = params.get("_meta", {})
        if not isinstance(meta, dict) or not is_plain_id(meta.pop("progressToken", 0)):
            return None
        if method == "initialize":
            return self._greeting(params, meta)
        if params.keys() - {"_meta"}:
            return None
        if not meta:
            return _told(self._greeted, method, apps=self._shows_apps) if self._greeted is not None else None
        if (
            self._greeted is not None
            or meta.keys() - {_VERSION, _CLIENT, _CAPABILITIES}
            or not are_capabilities(meta.get(_CAPABILITIES))
            or not is_client(meta.get(_CLIENT, {"name": "", "version": ""}))
            or not isinstance(meta.get(_VERSION), str)
        ):
            return None
        self._is_modern = True
        return _told(self._modern.get(meta[_VERSION], {}), method, apps=_are_for_apps(meta[_CAPABILITIES]))

    def _greeting(self, params: "dict[str, Any]", meta: object) -> str | None:
        if (
            self._greeted is not None
            or self._is_modern
            or meta
            or params.keys() - {"_meta", "protocolVersion", "capabilities", "clientInfo"}
            or not are_capabilities(params.get("capabilities"))
            or not is_client(params.get("clientInfo"))
            or not isinstance(params.get("protocolVersion"), str)
        ):
            return None
        self._greeted = self._handshake.get(params["protocolVersion"])
        self._shows_apps = _are_for_apps(params["capabilities"])
        return _told(self._greeted, "initialize", apps=self._shows_apps) if self._greeted else None


def _told(tails: Tails, method: str, *, apps: bool) -> str | None:
    other = tails.get(method + WITH_APPS) if apps else None
    return tails.get(method) if other is None else other


def _are_for_apps(capabilities: "dict[str, Any]") -> bool:
    return shows_apps(capabilities.get("extensions"))


def can_converse(source: int) -> bool:
    """Whether this system can wait for what a host says and for a thread at once."""
    mode = os.fstat(source).st_mode
    return hasattr(select, "poll") and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode))


def converse(source: int, sink: int, preamble: Preamble, load: Callable[[], object]) -> Opening:
    """Answer what can be answered, until something cannot, the host has gone, or ``load`` has run, which begins in a
    thread when the host pauses. Has it begun, then it has ended when this returns."""
    opening, loading = Opening(), _Loading(load)
    try:
        while not loading.ended(source):
            chunk = os.read(source, LONGEST)
            opening.heard += chunk
            understood = _answered(opening, preamble, sink)
            if not chunk:
                opening.over = understood and opening.unanswered == len(opening.heard)
            if not chunk or not understood:
                break
    except BrokenPipeError:
        opening.over = True
    if not opening.over:
        loading.finish()
    return opening


def _answered(opening: Opening, preamble: Preamble, sink: int) -> bool:
    """Answer all lines that have come in whole. Whether that can go on."""
    while (end := opening.heard.find(b"\n", opening.unanswered)) >= 0:
        answer = preamble.answer(bytes(opening.heard[opening.unanswered : end]), opening)
        if answer is None:
            return False
        opening.unanswered = end + 1
        _write(sink, answer)
    return len(opening.heard) - opening.unanswered <= LONGEST


class _Loading:
    """Loading in a thread, and the waiting for its end or for the host, whichever comes first."""

    def __init__(self, load: Callable[[], object]) -> None:
        self._load = load
        self._thread: threading.Thread | None = None
        self._usual = sys.getswitchinterval()
        self._done, self._tell = os.pipe()
        self._poll = select.poll()
        self._poll.register(self._done, select.POLLIN)

    def ended(self, source: int) -> bool:
        """Wait until there is something to read, or nothing left to load."""
        self._poll.register(source, select.POLLIN)
        ready = self._poll.poll(_PAUSE if self._thread is None else None)
        if not ready:
            # Whoever loads gives way at once when a line comes in.
            sys.setswitchinterval(self._usual / 10)
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
            ready = self._poll.poll()
        return all(number != source for number, _ in ready)

    def _run(self) -> None:
        try:
            self._load()
        except Exception:  # noqa: BLE001, S110 - whoever needs it loads it again, and meets the same
            pass
        finally:
            os.write(self._tell, b".")

    def finish(self) -> None:
        """Wait until what was begun is done."""
        if self._thread is not None:
            self._thread.join()
            sys.setswitchinterval(self._usual)
        os.close(self._done)
        os.close(self._tell)


def _write(sink: int, line: bytes) -> None:
    rest = memoryview(line)
    while rest:
        try:
            rest = rest[os.write(sink, rest) :]
        except BlockingIOError:
            select.select([], [sink], [])


def memory(folder: str, toolsets: tuple[str, ...], *, read_only: bool) -> str | None:
    """The file of the answers of a server with these tools; None when nobody could have a server of that."""
    names = sorted({name.strip() for name in toolsets}) or ["default"]
    if not all(name.isascii() and name.isalpha() and len(name) < 20 for name in names):
        return None
    return os.path.join(folder, f"opening-{'-'.join(names)}{'-reading' if read_only else ''}.json")  # noqa: PTH118 - start-up


def recalled(file: str, version: str) -> Preamble | None:
    """The preamble that was rehearsed, if it was with this very code."""
    try:
        with open(file, "rb") as opened:  # noqa: PTH123 - start-up
            about = os.fstat(opened.fileno())
            if about.st_mode & 0o022 or about.st_uid != os.getuid():
                return None  # somebody else could have written what a model is told
            kept = json.loads(opened.read())
        if kept["version"] != version or not all(map(_unchanged, kept["made_of"])):
            return None
        return Preamble(kept["handshake"], kept["modern"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _unchanged(source: "tuple[str, int, int]") -> bool:
    path, changed, size = source
    found = os.stat(path)  # noqa: PTH116 - start-up
    return (found.st_mtime_ns, found.st_size) == (changed, size)
