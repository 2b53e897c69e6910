"""The hub of the simulation: the real server session over a disk, behind a door that fails at times."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from goodies_mcp.errors import Forbidden, GoodiesError, RemoteProtocolError, Unavailable
from goodies_mcp.inbetweenies.actions import ResponseReceived
from goodies_mcp.inbetweenies.messages import (
    COMPARE_PATH,
    check_content_digest,
    parse_compare_request,
    parse_sync_request,
    render,
)
from goodies_mcp.inbetweenies.server_session import Caller, answer_compare, answer_sync
from tools.sim.disks import HubDisk

Reply: TypeAlias = Callable[[ResponseReceived], None]

HOUSEHOLD = "home"
_STATUSES = {Forbidden: 403, RemoteProtocolError: 400, Unavailable: 503}


@dataclass(slots=True)
class Moods:
    """Shares of requests that the hub does not answer well although nothing is wrong with them."""

    busy: float = 0.01
    failing: float = 0.005
    forgetful: float = 0.005
    crash_before: float = 0.003
    crash_after: float = 0.003


CALM = Moods(0.0, 0.0, 0.0, 0.0, 0.0)


class Hub:
    """One process of the hub. A crash loses nothing but what it was just doing."""

    def __init__(self, disk: HubDisk, random: Random, moods: Moods) -> None:
        self.disk = disk
        self.moods = moods
        self.crashes = 0
        self._random = random

    def handle(self, device: str, path: str, body: bytes, digest: str, now: str, reply: Reply) -> None:
        """Answer a request, or die on the way."""
        drawn = self._random.random()
        moods = self.moods
        for share, status in ((moods.busy, 503), (moods.failing, 500), (moods.forgetful, 401)):
            if drawn < share:
                reply(ResponseReceived(status, b"<html>not now</html>", 5.0 if status == 503 else None))
                return
            drawn -= share
        if drawn < moods.crash_before:
            self.crashes += 1
            return
        dies = drawn < moods.crash_before + moods.crash_after
        self.disk.transact(lambda: self._transact(device, path, body, digest, now, None if dies else reply))

    def _transact(self, device: str, path: str, body: bytes, digest: str, now: str, reply: Reply | None) -> None:
        """Decide, commit, and answer, unless the process dies after the commit."""
        try:
            check_content_digest(body, digest)
            answer = ResponseReceived(200, self._answer(device, path, body, now))
        except GoodiesError as error:
            said = json.dumps({"error": error.as_dict(), "detail": error.message}).encode()
            answer = ResponseReceived(_STATUSES.get(type(error), 500), said)
        if reply is None:
            self.crashes += 1
        else:
            reply(answer)

    def _answer(self, device: str, path: str, body: bytes, now: str) -> bytes:
        caller = Caller(HOUSEHOLD, device, may_write=True)
        if path == COMPARE_PATH:
            return render(answer_compare(parse_compare_request(body), caller, self.disk, now))
        return render(answer_sync(parse_sync_request(body), caller, self.disk, now))
