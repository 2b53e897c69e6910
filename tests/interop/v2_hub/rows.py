"""What the stand-in for a fielded hub keeps, and its rules for pushes, as the transcripts show them: defects included.

Plain dictionaries, and nothing of the package under test: a mistake made there must not be made here again.
"""

import copy
import json
import re
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256

ENTITY_TYPES = frozenset(
    re.findall(r"\w+", "home room device zone door window procedure manual note schedule automation app")
)
SOURCE_TYPES = frozenset({"homekit", "matter", "manual", "imported", "generated"})
RELATIONSHIP_TYPES = frozenset(
    re.findall(
        r"\w+",
        "located_in controls connects_to part_of manages documented_by procedure_for triggered_by depends_on"
        " contained_in monitors automates controlled_by_app has_blob",
    )
)
PAGE = 500
TIE = timedelta(seconds=1)

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00|Z)?)")


class Broken(Exception):
    """What the hub does not foresee: it answers 500 and has rolled everything back."""


class UnknownEdgeType(Exception):
    """What the hub does foresee: 400."""


class Rows:
    """All versions of entities, all edges, and the numbers that rows get."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.entities: dict[str, list[dict]] = {}
        self.edges: dict[str, dict] = {}
        self.last_seq = 0
        self._unseen: list[dict] = []

    # Pushing.

    def push(self, changes: list[dict], user_id: str) -> tuple[list[str], list[str], list[dict]]:
        """One transaction: entities in list order, then edges. Ids applied, edge ids applied, conflicts."""
        with self._transaction():
            applied: list[str] = []
            conflicts: list[dict] = []
            for change in changes:
                entity = change["entity"]
                if entity is not None:
                    _check_row(entity)
                    conflicts += self._take(change["change_type"], entity)
                    applied.append(entity["id"])
            joined = [edge["id"] for change in changes for edge in change["relationships"] if self._join(edge, user_id)]
        return list(dict.fromkeys(applied)), list(dict.fromkeys(joined)), conflicts

    @contextmanager
    def _transaction(self):
        kept = copy.deepcopy((self.entities, self.edges, self.last_seq))
        try:
            yield
        except Exception:
            self.entities, self.edges, self.last_seq = kept
            raise

    @contextmanager
    def in_flight(self, changes: list[dict], user_id: str = "somebody"):
        """A push whose rows have their time, and whose commit comes only when this is left: until then nobody sees
        them. Whoever asks for changes since a time in between never gets them (43 of 75 were lost in one check)."""
        self.push(changes, user_id)
        ids = {change["entity"]["id"] for change in changes if change["entity"] is not None}
        self._unseen = [row for entity_id in ids for row in self.entities[entity_id]]
        try:
            yield
        finally:
            self._unseen = []

    def _take(self, change_type: str, entity: dict) -> list[dict]:
        current = self.current(entity["id"])
        if change_type == "delete":
            if current is not None and not _is_tombstone(current):
                named = current["version"] in entity["parent_versions"]
                parents = entity["parent_versions"] if named else [current["version"]]
                content = {**entity["content"], "deleted": True}
                self._insert({**entity, "parent_versions": parents, "content": content}, latest=True)
            return []
        if current is None:
            self._insert(entity, latest=True)
            return []
        if current["version"] == entity["version"]:
            return []
        if current["version"] in entity["parent_versions"]:
            self._insert(entity, latest=True)
            return []
        if not entity["parent_versions"]:
            entity = {**entity, "parent_versions": [current["version"]]}
        wins, why = self._judge(current, entity["version"])
        if wins or self.version(entity["id"], entity["version"]) is None:
            self._insert(entity, latest=wins)
        resolved = entity["version"] if wins else current["version"]
        return [
            {
                "entity_id": entity["id"],
                "local_version": current["version"],
                "remote_version": entity["version"],
                "resolution_strategy": why,
                "resolved_version": resolved,
            }
        ]

    @staticmethod
    def _judge(current: dict, challenger: str) -> tuple[bool, str]:
        """The challenger's edit time against the time at which the incumbent came here."""
        edited = edit_time(challenger)
        apart = timedelta(0) if edited is None else edited - current["updated_at"]
        if abs(apart) < TIE:
            wins = challenger > current["version"]
            return wins, f"timestamps within 1s, {'remote' if wins else 'local'} has greater version"
        wins = apart > timedelta(0)
        return wins, f"{'remote' if wins else 'local'} has newer timestamp"

    def _insert(self, entity: dict, *, latest: bool) -> None:
        history = self.entities.setdefault(entity["id"], [])
        if latest:
            for row in history:
                if row["is_latest"]:
                    row["is_latest"] = False
                    row["updated_at"] = self.now()
        at = self.now()
        self.last_seq += 1
        fields = ("id", "version", "entity_type", "name", "content", "source_type", "user_id", "parent_versions")
        row = {key: entity[key] for key in fields}
        row |= {"created_at": at, "updated_at": at, "is_latest": latest, "server_seq": self.last_seq}
        history[:] = [each for each in history if each["version"] != row["version"]] + [row]

    def _join(self, edge: dict, user_id: str) -> bool:
        if edge["relationship_type"] not in RELATIONSHIP_TYPES:
            raise UnknownEdgeType(edge["relationship_type"])
        ends = (
            self.version(edge["from_entity_id"], edge["from_entity_version"]),
            self.version(edge["to_entity_id"], edge["to_entity_version"]),
        )
        if None in ends:
            return False
        at = self.now()
        created = self.edges[edge["id"]]["created_at"] if edge["id"] in self.edges else at
        self.edges[edge["id"]] = {**edge, "user_id": user_id, "created_at": created, "updated_at": at}
        return True

    def populate(self, entity: dict) -> None:
        """What the hub's own tools write: a row without a number, which no cursor ever reaches."""
        self._insert(entity, latest=True)
        self.entities[entity["id"]][-1]["server_seq"] = None

    # Reading.

    def current(self, entity_id: str) -> dict | None:
        """The current version, a tombstone too."""
        return next((row for row in self.entities.get(entity_id, ()) if row["is_latest"]), None)

    def version(self, entity_id: str, version: str) -> dict | None:
        """One version, current or not."""
        return next((row for row in self.entities.get(entity_id, ()) if row["version"] == version), None)

    def all_current(self) -> list[dict]:
        """Every current row that is committed, in the order of numbers."""
        rows = [row for history in self.entities.values() for row in history if row["is_latest"]]
        return sorted((row for row in rows if row not in self._unseen), key=lambda row: row["server_seq"] or 0)

    def outgoing(self, sync_type: str, cursor: str | None, filters: dict) -> tuple[list[dict], str | None]:
        """The page of changes, and the cursor while there are more: honoured under ``delta`` only."""
        rows = self.all_current()
        if sync_type == "delta":
            if cursor is not None:
                rows = [row for row in rows if row["server_seq"] is not None and row["server_seq"] > int(cursor)]
            elif filters.get("since") is not None:
                rows = [row for row in rows if row["updated_at"] > filters["since"]]
        kinds, users = filters.get("entity_types") or [], filters.get("modified_by") or []
        if not set(kinds) <= ENTITY_TYPES:
            raise Broken
        rows = [
            row for row in rows if (not kinds or row["entity_type"] in kinds) and (not users or row["user_id"] in users)
        ]
        page = rows[:PAGE]
        more = len(rows) > PAGE
        # Rows that the hub's own tools wrote have no number, and come first.
        highest = max((row["server_seq"] for row in page if row["server_seq"] is not None), default=None)
        return [_served(row) for row in page], str(highest) if more and highest is not None else None

    def state_digest(self) -> str:
        """SHA-256 over every current row, ordered by id."""
        rows = sorted(self.all_current(), key=lambda row: row["id"].encode())
        return sha256("".join(f"{row['id']}\x1f{row['version']}\x1e" for row in rows).encode()).hexdigest()


def edit_time(version: str) -> datetime | None:
    """When a version says it was made; None where it does not."""
    found = _MOMENT.match(version)
    if found is None:
        return None
    moment = datetime.fromisoformat(found[1])
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _check_row(entity: dict) -> None:
    """What the database trips over: words outside its enums, and half of a character."""
    if entity["entity_type"] not in ENTITY_TYPES or entity["source_type"] not in SOURCE_TYPES:
        raise Broken
    try:
        json.dumps(entity, ensure_ascii=False).encode()
    except UnicodeEncodeError as cause:
        raise Broken from cause


def _is_tombstone(row: dict) -> bool:
    return row["content"].get("deleted") is True


def _served(row: dict) -> dict:
    fields = ("id", "version", "entity_type", "name", "content", "source_type", "user_id", "parent_versions")
    entity = {key: row[key] for key in fields} | {"checksum": None}
    return {"change_type": "delete" if _is_tombstone(row) else "update", "entity": entity, "relationships": []}
