"""What an answer of a v2 hub brings, and which of it cannot be understood without what it grew from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from goodies_mcp.core.models import RecordId, VersionId
from goodies_mcp.errors import RemoteProtocolError
from goodies_mcp.inbetweenies.rows import Name, Row
from goodies_mcp.inbetweenies.v2_actions import LookedUp, LookUp
from goodies_mcp.inbetweenies.v2_messages import ENTITIES_PATH, V2Change, V2Edge, V2Entity
from goodies_mcp.inbetweenies.v2_rows import entity_row

LISTED: Final = 100
"""Entities that REST lists at most at a time."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Versions, and the edges that newer hubs send along. ``current`` tells the hub's current version of each entity,
    also of those that no version of ours can say (``unusable`` of them)."""

    rows: tuple[Row, ...]
    edges: tuple[V2Edge, ...]
    current: Mapping[str, str]
    unusable: int = 0

    def question(self) -> LookUp:
        """What must be known of the store before these can be judged."""
        names = dict.fromkeys(row.name for row in self.rows)
        parents = dict.fromkeys(
            Name(row.version.record_id, parent) for row in self.rows for parent in row.version.parents
        )
        records = dict.fromkeys(row.version.record_id for row in self.rows)
        return LookUp(tuple(records), (*names, *parents))


def arrived(changes: Iterable[V2Change]) -> Arrived:
    """The versions that an answer tells of."""
    rows: list[Row] = []
    edges: list[V2Edge] = []
    current: dict[str, str] = {}
    unusable = 0
    for change in changes:
        edges += change.edges
        if change.entity is None:
            continue
        current[change.entity.id] = change.entity.version
        try:
            rows.append(entity_row(change.entity, deleted=is_deleted(change.entity, change.change_type)))
        except RemoteProtocolError:
            unusable += 1
    return Arrived(tuple(rows), tuple(edges), current, unusable)


def is_deleted(entity: V2Entity, change_type: str = "") -> bool:
    """Whether this is a tombstone: its content says so, as REST tells no more."""
    return change_type == "delete" or entity.content.get("deleted") is True


def wanting_history(rows: Sequence[Row], looked: LookedUp) -> list[Row]:
    """Those that grew from versions which are not here, of records that are: a hub tells the current version alone, and
    what lies between would be missing from the past, or make a conflict of what is none."""
    arriving = {row.name for row in rows}
    found = []
    for row in rows:
        parents = {Name(row.version.record_id, parent) for parent in row.version.parents}
        if row.version.record_id in looked.known and parents - looked.held - arriving:
            found.append(row)
    return found


def versions_path(record_id: RecordId) -> str:
    """Where REST tells all versions of an entity."""
    return f"{ENTITIES_PATH}/{quote(record_id, safe='')}/versions"


def list_path(offset: int) -> str:
    """Where REST lists entities, from behind so many."""
    return f"{ENTITIES_PATH}?limit={LISTED}&offset={offset}"


def digest_of(current: Mapping[str, str]) -> str:
    """A fielded hub's digest of a state in which these are the current versions."""
    rows = sorted((key.encode(), version) for key, version in current.items())
    return sha256(b"".join(key + f"\x1f{version}\x1e".encode() for key, version in rows)).hexdigest()


def past_of(row: Row, stored: Iterable[V2Entity]) -> list[Row]:
    """The ancestors of a version among those that the hub stored, oldest first as far as parents tell."""
    rows: dict[VersionId, Row] = {}
    for entity in stored:
        if entity.id != row.version.record_id:
            continue
        try:
            one = entity_row(entity, deleted=is_deleted(entity))
        except RemoteProtocolError:
            continue
        rows[one.version.version] = one
    past: dict[VersionId, Row] = {}
    ahead = [*row.version.parents]
    while ahead:
        name = ahead.pop()
        if name in rows and name not in past and name != row.version.version:
            past[name] = rows[name]
            ahead += rows[name].version.parents
    return list(reversed(past.values()))
