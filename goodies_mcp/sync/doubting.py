"""What a hub sent and was not believed: a version that contradicts what is held here. It is set aside and listed, so
that one bad version, from a copied database or a broken hub, does not keep all others away for ever.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from goodies_mcp.core.causality.vector_clock import check_causality
from goodies_mcp.core.models import RecordId, Version, VersionId
from goodies_mcp.errors import RemoteProtocolError
from goodies_mcp.inbetweenies.rows import Row
from goodies_mcp.storage.interface import ReadView, Transaction
from goodies_mcp.storage.replication import ReplicaView

REFUSED = "sync.refused"
MOST = 50
"""Listed ones; a hub that sends more of them needs somebody to look at it, not a longer list."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A version that was set aside, and why."""

    id: str
    version: str
    code: str
    message: str
    session: str = ""


def judged(view: ReplicaView, rows: Sequence[Row]) -> tuple[tuple[Row, ...], tuple[Refused, ...]]:
    """The rows that a store will take, in their order, and the others."""
    names = {(row.version.record_id, row.version.version) for row in rows}
    parents = {(row.version.record_id, parent) for row in rows for parent in row.version.parents}
    held = {name: (each.content_hash, each.value) for name, each in view.held(names | parents).items()}
    dots = dict(view.dots({(row.version.record_id, row.version.dot) for row in rows}))
    believed: list[Row] = []
    refused: list[Refused] = []
    for row in rows:
        version = row.version
        name = version.record_id, version.version
        known = held.get(name)
        other = dots.get((version.record_id, version.dot), version.version)
        if known is not None and known[0] != row.content_hash:
            refused.append(_refused(name, "version_reused", "the hub holds another version of this name"))
        elif known is None and other != version.version:
            refused.append(_refused(name, "dot_reused", f"its dot is that of version {other}"))
        elif known is None and (why := _lie(version, held)) is not None:
            refused.append(_refused(name, "false_context", why))
        else:
            held[name] = row.content_hash, version
            dots[version.record_id, version.dot] = version.version
            believed.append(row)
    return tuple(believed), tuple(refused)


def note(tx: Transaction, refused: Sequence[Refused], session: str) -> None:
    """List these, which came in this session."""
    if refused:
        _list(tx, {(each.id, each.version): each for each in (*listed_in(tx), *_of(session, refused))}.values())


def listed_in(view: ReadView) -> tuple[Refused, ...]:
    """What was set aside."""
    return tuple(Refused(**each) for each in json.loads(view.value(REFUSED) or "[]"))


def forget(tx: Transaction, *, but_of: str | None = None) -> None:
    """Hub and home agree, so nothing of other sessions is left to look at."""
    if tx.value(REFUSED) is not None:
        _list(tx, [each for each in listed_in(tx) if each.session == but_of])


def _of(session: str, refused: Iterable[Refused]) -> Iterator[Refused]:
    return (replace(each, session=session) for each in refused)


def _list(tx: Transaction, refused: Collection[Refused]) -> None:
    last = list(refused)[-MOST:]
    tx.put_value(REFUSED, json.dumps([asdict(each) for each in last]) if last else None)


def _lie(version: Version, held: Mapping[tuple[RecordId, VersionId], tuple[str, Version]]) -> str | None:
    known = (held.get((version.record_id, parent)) for parent in version.parents)
    try:
        check_causality(version, [each[1] for each in known if each is not None])
    except RemoteProtocolError as error:
        return error.message
    return None


def _refused(name: tuple[str, str], code: str, message: str) -> Refused:
    return Refused(*name, code, message)
