"""Rules that look right and are not: with any of them the run must report a loss, or it is no check. A hub that breaks
one is started as ``python -m tools.chaos.rules RULE serve ...``.
"""

import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from random import Random
from typing import Any

from goodies_mcp.cli.hub.main import main as funkygibbon
from goodies_mcp.errors import Unavailable
from goodies_mcp.funkygibbon.sync import server
from goodies_mcp.funkygibbon.sync.view import WritingView
from goodies_mcp.inbetweenies.actions import RequestFailed, ResponseReceived
from goodies_mcp.inbetweenies.limits import MAX_RESPONSE_BYTES
from goodies_mcp.inbetweenies.messages import SYNC_PATH, parse_sync_request
from goodies_mcp.inbetweenies.rows import Row
from goodies_mcp.storage.replication import ReplicaStore
from goodies_mcp.sync.http_transport import HttpTransport


class Rule(StrEnum):
    """Which rule is broken on purpose."""

    NONE = "none"
    ACK_BEFORE_COMMIT = "ack-before-commit"
    SENT_IS_ACKED = "sent-is-acked"


class HastyTransport(HttpTransport):
    """What was sent counts as acked, also when it failed; so there is nothing to send again."""

    def __init__(self, *words: Any, store: ReplicaStore, **named: Any) -> None:  # noqa: ANN401 - as its parent
        super().__init__(*words, **named)
        self._store = store

    async def post(
        self, path: str, body: bytes, digest: str, most: int = MAX_RESPONSE_BYTES
    ) -> ResponseReceived | RequestFailed:
        """As the honest one, but for what it makes of a failure."""
        outcome = await super().post(path, body, digest, most)
        failed = isinstance(outcome, RequestFailed) or outcome.status >= 500
        if failed and path == SYNC_PATH:
            sent = [row.name for row in parse_sync_request(body).push]
            await self._store.write(lambda tx: tx.acknowledge(sent))
            return RequestFailed(Unavailable("it will have arrived"), fatal=True)
        return outcome


class HastyView(WritingView):
    """Answers, and means to write later; what is lost before that was acked."""

    _chance = Random(1)

    def apply(self, rows: Sequence[Row]) -> None:
        """Promise it."""
        if self._chance.random() < 0.7:
            super().apply(rows)


DEVICE_TRANSPORTS: Mapping[Rule, type[HastyTransport]] = {Rule.SENT_IS_ACKED: HastyTransport}


def main(rule: Rule) -> None:
    """``funkygibbon``, with the rule broken."""
    if rule is Rule.ACK_BEFORE_COMMIT:
        setattr(server, "WritingView", HastyView)  # noqa: B010 - the honest one is not made to be exchanged
    funkygibbon()


if __name__ == "__main__":
    main(Rule(sys.argv.pop(1)))
