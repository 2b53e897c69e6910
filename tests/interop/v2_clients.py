"""The clients that people run today, as far as a hub meets them: what they send, and what they expect (FIELDED-V2)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.clock import FakeClock

Ask = Callable[[str, str, Any], Awaitable[tuple[int, Any]]]
"""A request with its JSON; the status and the JSON of the answer."""


@dataclass
class BlowingOff:
    """Pulls first, then pushes everything pending in one request; clears by the two lists of acks alone; ignores
    cursors, digests, edges and whatever a push is answered with; never deletes."""

    ask: Ask
    clock: FakeClock
    name: str = "blowing-off"
    user: str = "client-user"
    entities: dict[str, dict[str, Any]] = field(default_factory=dict)
    edges: dict[str, dict[str, Any]] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)
    pending_edges: set[str] = field(default_factory=set)
    watermark: str | None = None
    counter: int = 0

    def write(self, entity_id: str, name: str, entity_type: str = "device", **content: Any) -> str:
        """A new thing, or a new version of one; it names the version before as its parent."""
        before = self.entities.get(entity_id)
        self.counter += 1
        self.entities[entity_id] = {
            "id": entity_id,
            "version": f"{self.clock.now()}-{self.counter:06d}-{self.user}.{self.name}",
            "entity_type": entity_type if before is None else before["entity_type"],
            "name": name,
            "content": content or ({} if before is None else before["content"]),
            "source_type": "manual",
            "user_id": self.user,
            "parent_versions": [] if before is None else [before["version"]],
        }
        self.pending.setdefault(entity_id, "create" if before is None else "update")
        return self.entities[entity_id]["version"]

    def join(self, edge_id: str, from_id: str, to_id: str, kind: str = "located_in", **properties: Any) -> None:
        """An edge, bound to the versions of its ends that are current here."""
        self.edges[edge_id] = {
            "id": edge_id,
            "from_entity_id": from_id,
            "from_entity_version": self.entities[from_id]["version"],
            "to_entity_id": to_id,
            "to_entity_version": self.entities[to_id]["version"],
            "relationship_type": kind,
            "properties": properties,
        }
        self.pending_edges.add(edge_id)

    async def sync(self) -> dict[str, Any]:
        """One sync; the answer to the push, or to the pull where there was nothing to push."""
        status, _ = await self.ask("GET", "/health", None)
        assert status == 200
        pull = {**self._head("delta" if self.watermark else "full"), "changes": []}
        if self.watermark:
            pull["filters"] = {"since": self.watermark}
        answer = await self._said(pull)
        for change in answer["changes"]:
            entity = change["entity"]
            if entity is not None and entity["id"] not in self.pending:
                self.entities[entity["id"]] = {key: value for key, value in entity.items() if key != "checksum"}
        if self.pending or self.pending_edges:
            answer_to_push = await self._said({**self._head("delta"), "changes": self._changes()})
            for entity_id in answer_to_push["applied"]:
                self.pending.pop(entity_id, None)
            self.pending_edges -= set(answer_to_push["applied_relationships"])
            self.watermark = answer["server_time"]
            return answer_to_push
        self.watermark = answer["server_time"]
        return answer

    def names(self) -> list[str]:
        """What its things are called, deleted ones left out."""
        return sorted(each["name"] for each in self.entities.values() if each["content"].get("deleted") is not True)

    def _changes(self) -> list[dict[str, Any]]:
        changes = []
        for entity_id, kind in self.pending.items():
            edges = [self.edges[each] for each in self.pending_edges if self.edges[each]["from_entity_id"] == entity_id]
            changes.append({"change_type": kind, "entity": self.entities[entity_id], "relationships": edges})
        alone = [self.edges[each] for each in self.pending_edges]
        # Null fields are left out.
        changes += [
            {"change_type": "update", "relationships": [each]}
            for each in alone
            if each["from_entity_id"] not in self.pending
        ]
        return changes

    def _head(self, sync_type: str) -> dict[str, Any]:
        return {
            "protocol_version": "inbetweenies-v2",
            "device_id": self.name,
            "user_id": self.user,
            "sync_type": sync_type,
            "vector_clock": {"clocks": {}},
        }

    async def _said(self, body: dict[str, Any]) -> dict[str, Any]:
        status, answer = await self.ask("POST", "/api/v1/sync/", body)
        assert status == 200, answer
        return answer


@dataclass
class KittenKong:
    """Says its words in upper case, takes ids in the answer's ``changes`` for acks, sends no edges and no parents of
    what it did not make, and its ``since`` has milliseconds and a ``Z``."""

    ask: Ask
    clock: FakeClock
    name: str = "kittenkong"
    entities: dict[str, dict[str, Any]] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)
    watermark: str | None = None
    counter: int = 0

    def write(self, entity_id: str, name: str, entity_type: str = "NOTE", source_type: str = "API") -> None:
        """A new thing, or a new version of one."""
        before = self.entities.get(entity_id)
        self.counter += 1
        self.entities[entity_id] = {
            "id": entity_id,
            "version": f"{self.clock.now()}Z-{self.name}",
            "entity_type": entity_type,
            "name": name,
            "content": {},
            "source_type": source_type,
            "user_id": self.name,
            "parent_versions": [before["version"]] if before else [],
        }
        self.pending.add(entity_id)

    async def sync(self) -> dict[str, Any]:
        """Push and pull in one request."""
        body: dict[str, Any] = {
            "protocol_version": "inbetweenies-v2",
            "device_id": self.name,
            "user_id": self.name,
            "sync_type": "delta",
            "changes": [
                {"change_type": "update", "entity": self.entities[each], "relationships": []} for each in self.pending
            ],
        }
        if self.watermark:
            body["filters"] = {"since": f"{self.watermark[:23]}Z"}
        status, answer = await self.ask("POST", "/api/v1/sync/", body)
        assert status == 200, answer
        for change in answer["changes"]:
            self.pending.discard(change["entity"]["id"])
            self.entities[change["entity"]["id"]] = change["entity"]
        self.watermark = answer["server_time"]
        return answer
