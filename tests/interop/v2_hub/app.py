"""The stand-in's routes: what a fielded hub answers to whom, in which words, with which status."""

import base64
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse

from tests.interop.v2_hub.bodies import Duration, GuestToken, Password, Sync
from tests.interop.v2_hub.logins import Logins, TooMany
from tests.interop.v2_hub.rows import Broken, Rows, UnknownEdgeType

EDITION = "inbetweenies-v2"
# One white point: that it is a picture is all that anybody looks at.
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII=")


class V2Hub:
    """One fielded hub: ``app`` is what answers, ``rows`` and ``logins`` what it knows, ``seen`` the sync requests it
    read, in order."""

    def __init__(self, now: Callable[[], datetime] | None = None, *, password: str = "admin") -> None:  # noqa: S107 - it opens nothing
        self.now = now or (lambda: datetime.now(UTC))
        self.rows = Rows(self.now)
        self.logins = Logins(self.now, password)
        self.seen: list[dict[str, Any]] = []
        self.app = _app(self)

    def sync(self, body: Sync) -> dict[str, Any]:
        """What a sync request is answered with."""
        started = self.now()
        changes = [_plain(change.model_dump()) for change in body.changes]
        filters = body.filters.model_dump() if body.filters else {}
        if filters.get("since") is not None and filters["since"].tzinfo is None:
            filters["since"] = filters["since"].replace(tzinfo=UTC)
        self.seen.append(body.model_dump())
        applied, joined, conflicts = self.rows.push(changes, body.user_id) if changes else ([], [], [])
        server_time = self.now()
        page, cursor = self.rows.outgoing(body.sync_type, body.cursor, filters)
        return {
            "protocol_version": EDITION,
            "sync_type": body.sync_type,
            "changes": page,
            "conflicts": conflicts,
            "vector_clock": body.vector_clock.model_dump(),
            "cursor": cursor,
            "state_digest": self.rows.state_digest(),
            "sync_stats": {
                "entities_synced": len(applied),
                "relationships_synced": len(joined),
                "conflicts_resolved": len(conflicts),
                "duration_ms": (self.now() - started).total_seconds() * 1000.0,
            },
            "server_time": server_time.isoformat(timespec="microseconds"),
            "applied": applied,
            "applied_relationships": joined,
        }


def _app(hub: V2Hub) -> FastAPI:
    app = FastAPI()

    def caller(authorization: Annotated[str | None, Header()] = None) -> dict[str, Any]:
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise HTTPException(401, "Not authenticated", headers={"WWW-Authenticate": "Bearer"})
        claims = hub.logins.claims(token)
        if claims is None:
            raise HTTPException(401, "Invalid or expired token")
        return claims

    def admin(who: Annotated[dict[str, Any], Depends(caller)]) -> dict[str, Any]:
        if who["role"] != "admin":
            raise HTTPException(403, "Admin access required")
        return who

    app.exception_handler(Broken)(lambda *_: PlainTextResponse("Internal Server Error", 500))
    app.exception_handler(TooMany)(_too_many)
    _sync_routes(app, hub, caller)
    _auth_routes(app, hub, caller, admin)
    _graph_routes(app, hub, caller)
    return app


def _sync_routes(app: FastAPI, hub: V2Hub, caller: Callable[..., Any]) -> None:
    @app.get("/health")
    async def health():
        return {"status": "healthy"}

    @app.post("/api/v1/sync/", dependencies=[Depends(caller)])
    async def sync(body: Sync):
        if body.protocol_version != EDITION:
            raise HTTPException(400, "Unsupported protocol version")
        if body.sync_type == "delta" and body.cursor is not None and not body.cursor.removeprefix("-").isdigit():
            raise HTTPException(400, f"cursor must be a server_seq integer, got {body.cursor!r}")
        try:
            return JSONResponse(hub.sync(body))
        except UnknownEdgeType as error:
            raise HTTPException(400, f"Unknown relationship_type: {error}") from error

    @app.get("/api/v1/sync/status", dependencies=[Depends(caller)])
    async def status(device_id: Annotated[str, Query()]):
        at = hub.now().isoformat(timespec="microseconds")
        return {"device_id": device_id, "server_time": at, "protocol_version": EDITION}

    @app.get("/api/v1/sync/conflicts", dependencies=[Depends(caller)])
    async def conflicts():
        return {"conflicts": []}

    @app.post("/api/v1/sync/conflicts/{conflict}/resolve", dependencies=[Depends(caller)])
    async def resolve(conflict: str):
        raise HTTPException(404, "No manual conflict queue; conflicts auto-resolve during sync.")


def _auth_routes(app: FastAPI, hub: V2Hub, caller: Callable[..., Any], admin: Callable[..., Any]) -> None:
    @app.post("/api/v1/auth/admin/login")
    async def login(body: Password, request: Request):
        granted = hub.logins.log_in(_address(request), body.password)
        if granted is None:
            raise HTTPException(401, "Invalid password")
        return granted

    @app.get("/api/v1/auth/me")
    async def me(who: Annotated[dict[str, Any], Depends(caller)]):
        return {
            "user_id": who["sub"],
            "role": who["role"],
            "permissions": who["permissions"],
            "expires_at": who["exp"],
        }

    @app.post("/api/v1/auth/refresh")
    async def refresh(who: Annotated[dict[str, Any], Depends(caller)]):
        if who["role"] != "admin":
            raise HTTPException(403, "Only admin tokens can be refreshed")
        return hub.logins.grant("admin")

    @app.post("/api/v1/auth/guest/generate-qr", dependencies=[Depends(admin)])
    async def generate(body: Duration, request: Request):
        token, expires = hub.logins.invite(body.duration_hours)
        data = {
            "version": "1.0",
            "type": "guest_access",
            "server": "funkygibbon.local",
            "port": request.url.port,
            "token": token,
            "expires": expires.isoformat(timespec="microseconds"),
            "permissions": ["read"],
        }
        picture = base64.b64encode(PNG).decode()
        return {"qr_code": picture, "qr_data": data, "expires_in": body.duration_hours * 3600}

    @app.post("/api/v1/auth/guest/verify")
    async def verify(body: GuestToken, request: Request):
        granted = hub.logins.welcome(_address(request), body.token)
        if granted is None:
            raise HTTPException(401, "Invalid or expired guest token")
        return granted

    @app.get("/api/v1/backup/list", dependencies=[Depends(admin)])
    async def backups():
        return []


def _graph_routes(app: FastAPI, hub: V2Hub, caller: Callable[..., Any]) -> None:
    @app.get("/api/v1/graph/entities", dependencies=[Depends(caller)])
    async def entities(limit: Annotated[int, Query(le=100)] = 10, offset: Annotated[int, Query(ge=0)] = 0):
        rows = sorted(hub.rows.all_current(), key=lambda row: row["entity_type"])
        page = [_told(row) for row in rows[offset : offset + limit]]
        return JSONResponse({"entities": page, "total": len(rows), "limit": limit, "offset": offset})

    @app.get("/api/v1/graph/entities/{entity_id}", dependencies=[Depends(caller)])
    async def entity(entity_id: str):
        row = hub.rows.current(entity_id)
        if row is None:
            raise HTTPException(404, "Entity not found")
        return JSONResponse({"entity": _told(row)})

    @app.get("/api/v1/graph/entities/{entity_id}/versions", dependencies=[Depends(caller)])
    async def versions(entity_id: str):
        rows = hub.rows.entities.get(entity_id)
        if not rows:
            raise HTTPException(404, "Entity not found")
        return JSONResponse({"entity_id": entity_id, "versions": [_told(row) for row in rows], "count": len(rows)})

    @app.get("/api/v1/graph/relationships", dependencies=[Depends(caller)])
    async def relationships(
        from_entity_id: str | None = None, to_entity_id: str | None = None, relationship_type: str | None = None
    ):
        wanted = {
            "from_entity_id": from_entity_id,
            "to_entity_id": to_entity_id,
            "relationship_type": relationship_type,
        }
        asked = {key: value for key, value in wanted.items() if value is not None}
        rows = [row for row in hub.rows.edges.values() if all(row[key] == value for key, value in asked.items())]
        return JSONResponse({"relationships": [_dated(row) for row in rows], "count": len(rows)})


def _too_many(_: Request, error: TooMany) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 429, headers={"Retry-After": str(error.seconds)})


def _address(request: Request) -> str:
    """The defect: whoever asks may say where he asks from."""
    said = request.headers.get("x-forwarded-for")
    return said.split(",")[0].strip() if said else (request.client.host if request.client else "")


def _plain(value: Any) -> Any:
    """What JSON cannot say comes back as null."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return _dated({key: value for key, value in row.items() if key not in {"is_latest", "server_seq"}})


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    """Times as the hub's database has them: without a zone."""
    times = {key: row[key].replace(tzinfo=None).isoformat() for key in ("created_at", "updated_at")}
    return {**row, **times}
