"""The bodies that the stand-in takes: what pydantic says about bad ones is part of what a fielded hub answers."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class Entity(BaseModel):
    id: str
    version: str
    entity_type: str
    name: str
    content: dict[str, Any]
    source_type: str
    user_id: str
    parent_versions: list[str] = []
    checksum: str | None = None


class Edge(BaseModel):
    id: str
    from_entity_id: str
    from_entity_version: str
    to_entity_id: str
    to_entity_version: str
    relationship_type: str
    properties: dict[str, Any] = {}


class Change(BaseModel):
    change_type: str = Field(pattern="^(create|update|delete)$")
    entity: Entity | None = None
    relationships: list[Edge] = []


class Clock(BaseModel):
    clocks: dict[str, str] = {}


class Filters(BaseModel):
    entity_types: list[str] | None = None
    since: datetime | None = None
    modified_by: list[str] | None = None


class Sync(BaseModel):
    protocol_version: str = "inbetweenies-v2"
    device_id: str
    user_id: str
    sync_type: str = Field(pattern="^(full|delta|entities|relationships)$")
    vector_clock: Clock = Clock()
    changes: list[Change] = []
    cursor: str | None = None
    filters: Filters | None = None


class Password(BaseModel):
    password: str = Field(min_length=1)


class Duration(BaseModel):
    duration_hours: int = Field(default=24, ge=1, le=168)


class GuestToken(BaseModel):
    token: str
