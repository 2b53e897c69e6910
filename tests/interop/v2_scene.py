"""Our hub, with one household, and those who speak to it: v2 clients, a v3 device, a guest."""

import json
from contextlib import asynccontextmanager
from typing import Any

from goodies_mcp.funkygibbon.core.accounts import Role
from goodies_mcp.inbetweenies.rows import Name
from tests.support.build import record
from tests.support.clock import FakeClock
from tests.support.hub import PASSWORD, SYNC_PATH, HubInside, bearer, hub_in, parse_sync_response, sync_body

KITCHEN, HALL, LAMP, FAN, EDGE = record(1), record(2), record(3), record(4), record(9)


class Scene:
    """A hub with one household, somebody who logged in as v2 clients do, and a v3 device."""

    def __init__(self, hub: HubInside, token: str, v3: str, guest: str) -> None:
        self.hub = hub
        self.token = token
        self.v3 = v3
        self.guest = guest
        self.clock = FakeClock()
        self.epoch = ""

    async def ask(self, method: str, path: str, body: Any, token: str | None = None) -> tuple[int, Any]:
        headers = {**bearer(token or self.token), "Content-Type": "application/json"}
        said = None if body is None else json.dumps(body)
        answer = await self.hub.http.request(method, path, content=said, headers=headers)
        return answer.status_code, answer.json()

    async def sync(self, *changes: dict[str, Any], sync_type: str = "delta", **more: Any) -> dict[str, Any]:
        """A request of some v2 client."""
        body = {"device_id": "device-A", "user_id": "alice", "sync_type": sync_type, "changes": list(changes), **more}
        status, answer = await self.ask("POST", SYNC_PATH, body)
        assert status == 200, answer
        return answer

    async def push_v3(self, *versions: Any) -> None:
        """A v3 device's push."""
        if not self.epoch:
            self.epoch = (await self._v3(sync_body("tablet"))).epoch
        answer = await self._v3(sync_body("tablet", *versions, after=(self.epoch, 0)))
        assert len(answer.acked) == len(versions), answer.refused

    async def versions(self) -> dict[Name, Any]:
        """Everything that a v3 device gets."""
        await self.push_v3()
        answer = await self._v3(sync_body("tablet", after=(self.epoch, 0)))
        return {row.name: row.version for row in answer.changes}

    async def _v3(self, body: bytes) -> Any:
        headers = {**bearer(self.v3), "Content-Type": "application/json"}
        answer = await self.hub.http.post(SYNC_PATH, content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return parse_sync_response(answer.content)


@asynccontextmanager
async def a_scene(folder):
    async with hub_in(folder) as hub:
        home = await hub.household()
        await hub.user("owner", Role.OWNER, home)
        answer = await hub.http.post("/api/v1/auth/login", json={"password": PASSWORD, "user": "owner"})
        v3 = await hub.token(Role.DEVICE, home, "tablet")
        guest = await hub.token(Role.GUEST, home, "guest")
        yield Scene(hub, answer.json()["access_token"], v3, guest)


def entity(entity_id: str, version: str, name: str = "Lamp", *parents: str, **parts: Any) -> dict[str, Any]:
    said = {
        "id": entity_id,
        "version": version,
        "entity_type": parts.pop("entity_type", "device"),
        "name": name,
        "content": parts.pop("content", {}),
        "source_type": parts.pop("source_type", "manual"),
        "user_id": parts.pop("user_id", "alice"),
        "parent_versions": list(parents),
    }
    return {"change_type": parts.pop("change_type", "update"), "entity": said, "relationships": []}


def v(second: int, who: str = "alice", n: int = 1) -> str:
    return f"2026-01-01T00:00:{second:02d}.000000+00:00-{n:06d}-{who}"


def edge(edge_id: str, ends: tuple[str, str, str, str], kind: str = "located_in", **properties: Any) -> dict[str, Any]:
    keys = ("from_entity_id", "from_entity_version", "to_entity_id", "to_entity_version")
    return {"id": edge_id, **dict(zip(keys, ends, strict=True)), "relationship_type": kind, "properties": properties}
