"""Whether an answer fits what was asked (PROTOCOL.md, V3-5.10): well-formed is not enough to be believed."""

from collections.abc import Collection, Sequence

from goodies_mcp.errors import RemoteProtocolError
from goodies_mcp.inbetweenies.messages import (
    CompareResponse,
    Cursor,
    SyncResponse,
    parse_compare_response,
    parse_sync_response,
)
from goodies_mcp.inbetweenies.rows import Header, Name, Row


def read_sync(
    body: bytes, number: int, household: str | None, sent: Sequence[Row], after: Cursor | None
) -> SyncResponse:
    """The answer to request ``number``, which pushed ``sent`` and asked for what follows ``after``.

    Raises:
        RemoteProtocolError: it is no answer, or one to something else, acks what was not sent, or goes nowhere.
    """
    answer = parse_sync_response(body)
    _check_sync(answer, number, household, sent, after)
    return answer


def read_compare(
    body: bytes, number: int, household: str | None, asked: Sequence[Header], epoch: str
) -> CompareResponse:
    """The answer to comparison ``number``, which asked for these headers.

    Raises:
        RemoteProtocolError: it is no answer, or one to something else, or names what was not asked.
    """
    answer = parse_compare_response(body)
    _check_compare(answer, number, household, asked, epoch)
    return answer


def _check_sync(
    answer: SyncResponse, number: int, household: str | None, sent: Sequence[Row], after: Cursor | None
) -> None:
    _check_addressee(answer, number, household)
    refused = [each.name for each in answer.refused]
    named = [*answer.acked, *refused]
    if len(set(named)) != len(named):
        raise _odd("acked", "names a change twice")
    _check_named(named, {row.name for row in sent}, "acked")
    cursor = answer.cursor
    if cursor is None:
        if answer.buckets is None or answer.seq is None or named or answer.changes or answer.more:
            raise _odd("cursor", "is missing")
        if after is not None and after.epoch == answer.epoch and not after.seq:
            raise _odd("cursor", "is missing, though the epoch is known")
        return
    if after is None or cursor.epoch != after.epoch or answer.epoch != after.epoch:
        raise _odd("cursor.epoch", "is not the one that was asked for")
    if cursor.seq < after.seq or (cursor.seq == after.seq and (answer.more or answer.changes)):
        raise _odd("cursor.seq", "does not go forward")


def _check_compare(
    answer: CompareResponse, number: int, household: str | None, asked: Sequence[Header], epoch: str
) -> None:
    _check_addressee(answer, number, household)
    named = [*answer.lacks, *(each.name for each in answer.refused)]
    if answer.epoch != epoch or not asked:
        if answer.buckets is None or answer.seq is None or named:
            raise _odd("buckets", "are missing")
        return
    _check_named(named, {Name(each.record_id, each.version) for each in asked}, "lacks")


def _check_addressee(answer: SyncResponse | CompareResponse, number: int, household: str | None) -> None:
    if answer.request != number:
        raise _odd("request", f"is {answer.request}, not {number}")
    if household is not None and answer.household != household:
        raise _odd("household", "is another one")


def _check_named(named: Collection[Name], known: Collection[Name], place: str) -> None:
    if any(name not in known for name in named):
        raise _odd(place, "names a change that was not sent")


def _odd(place: str, why: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"the hub's answer does not fit: {place} {why}", argument=place)
