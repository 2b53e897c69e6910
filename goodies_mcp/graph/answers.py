"""Answers that are remembered, so that a write sent twice is done once (PROMISES P2).

The answer is kept in the transaction that it speaks of. An error is an answer that nobody keeps: its transaction is
undone, and the retry tries again. Keys are one namespace for all clients: a client that crashed and came back under
another name still gets its answer.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from goodies_mcp.core.canonical import canonical_json
from goodies_mcp.core.models import JsonValue, Sha256
from goodies_mcp.errors import InvalidInput
from goodies_mcp.graph.bounds import LONGEST_KEY
from goodies_mcp.graph.writes import Done, WriteResult
from goodies_mcp.storage.interface import Answer, ReadView, Transaction

KEPT = timedelta(days=7)


def once(
    tx: Transaction, key: str | None, arguments: JsonValue, now: str, work: Callable[[], WriteResult]
) -> WriteResult:
    """The answer of ``work``, or, when this key was used in the last seven days, the answer that it had then.

    Raises InvalidInput naming ``idempotency_key`` when the key is no short text, or came with other ``arguments``.
    """
    if key is None:
        return work()
    if (known := remembered(tx, key, arguments, now)) is not None:
        return known
    result = work()
    tx.remember(key, Answer(_digest(arguments), written_answer(result), now))
    return result


def remembered(view: ReadView, key: str, arguments: JsonValue, now: str) -> WriteResult | None:
    """The answer that this key had in the last seven days, if it was used. Raises as :func:`once`."""
    _check(key)
    known = view.answer(key)
    if known is None or not _fresh(known.at, now):
        return None
    if known.arguments != _digest(arguments):
        raise InvalidInput(
            "idempotency_key was used with other arguments",
            argument="idempotency_key",
            hint="a key belongs to one call; make a new one",
        )
    return read_answer(known.answer)


def written_answer(result: WriteResult) -> str:
    """The answer as JSON text; :func:`read_answer` gives the equal value back."""
    return json.dumps(asdict(result), separators=(",", ":"))


def read_answer(text: str) -> WriteResult:
    """The answer that :func:`written_answer` wrote."""
    said: Any = json.loads(text)
    items = tuple(Done(**{**item, "changed": tuple(item["changed"])}) for item in said["items"])
    return WriteResult(items, said["batch"], said["note"])


def _digest(arguments: JsonValue) -> Sha256:
    return Sha256(sha256(canonical_json(arguments).encode()).hexdigest())


def _check(key: str) -> None:
    if not key.strip() or len(key) > LONGEST_KEY:
        raise InvalidInput(
            f"idempotency_key must be a text of 1 to {LONGEST_KEY} characters",
            argument="idempotency_key",
            hint="a fresh UUID is a good one",
        )


def _fresh(at: str, now: str) -> bool:
    # A clock that was set back makes an answer younger, never older.
    return datetime.fromisoformat(now) - datetime.fromisoformat(at) <= KEPT
