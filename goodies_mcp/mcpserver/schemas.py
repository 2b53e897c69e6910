"""Argument models of the tools: flat, strict about types and names, and the source of the input schemas.

Models are built on first use (``defer_build``): a process that calls one tool pays for one. Bounds of text length
guard us and are left out of the listed schemas; models do not count characters.
"""
# ruff: noqa: D101  a tool's model is described by the tool of the same name

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from goodies_mcp.core.vocabulary import ENTITY_TYPES, RELATIONSHIP_TYPES

DEFAULT_LIMIT = 20
MOST = 200
LONGEST_NAME = 1_000
LONGEST_TEXT = 1_000_000


def _whole(given: object) -> object:
    """Some models write numbers as text; "3" can mean nothing else."""
    return int(given) if isinstance(given, str) and given.isascii() and given.isdecimal() and len(given) < 10 else given


def _questions(schema: dict[str, Any]) -> None:
    # Start-up: only a listing needs the questions, and the graph checks them.
    from goodies_mcp.capabilities.readings import HOME_STATE_QUESTIONS  # noqa: PLC0415

    schema["enum"] = list(HOME_STATE_QUESTIONS)


Pointer = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Moment = Annotated[Word, Field(json_schema_extra={"format": "date-time"})]
Version = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)]
# Told to the caller, and checked by the graph, which forgives case.
EntityType = Annotated[Word, Field(json_schema_extra={"enum": sorted(ENTITY_TYPES)})]
RelationshipType = Annotated[Word, Field(json_schema_extra={"enum": sorted(RELATIONSHIP_TYPES)})]
JsonDict = dict[str, Any]
Pointers = Annotated[list[Pointer], Field(max_length=MOST)]
Words = Annotated[list[Word], Field(max_length=50)]


class Arguments(BaseModel):
    """What every tool's arguments have in common: nothing unknown, nothing bent into shape."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class AsOf(Arguments):
    """A question that can be asked of the past."""

    at: Moment | None = None


class Listing(Arguments):
    """An answer in pages."""

    limit: Annotated[int, Field(ge=1, le=MOST), BeforeValidator(_whole)] = DEFAULT_LIMIT
    cursor: Annotated[str, StringConstraints(min_length=1, max_length=10_000)] | None = None


class AsOfListing(Listing, AsOf):
    """Both."""


class Detailed(Arguments):
    """A list whose items come short or whole."""

    detail: Literal["concise", "full"] = "concise"


class Write(Arguments):
    """A change that can be sent again without harm."""

    idempotency_key: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None


class Guarded(Write):
    """A change of something that may have moved on since the caller looked."""

    expected_version: Version | None = None


# Query


class GetHomeOverview(AsOfListing):
    home: Pointer | None = None


class SearchEntities(AsOfListing):
    query: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
    entity_types: Words = Field(default_factory=list)
    within: Pointer | None = Field(None, description="Place to search in")


class GetEntityDetails(AsOfListing):
    entity: Pointer
    include: Annotated[list[Literal["relationships", "history", "content"]], Field(max_length=3)] = [
        "relationships",
        "content",
    ]


class GetEntityRelationships(AsOfListing, Detailed):
    entity: Pointer
    direction: Literal["out", "in"] | None = None
    relationship_types: Words = Field(default_factory=list)


class GetDevicesInRoom(AsOfListing):
    room: Pointer = Field(description="Room, zone, floor or home")
    device_types: Words = Field(default_factory=list, description="Such as light, lock, sensor")
    include_nested: bool = True


class FindDeviceControls(AsOf):
    device: Pointer


class GetRoomConnections(AsOfListing):
    room: Pointer
    to_room: Pointer | None = None


class FindPath(AsOf):
    start: Pointer = Field(alias="from")
    goal: Pointer = Field(alias="to")
    avoid: Pointers = Field(default_factory=list, description="Rooms or doors")
    accessible_only: bool = False


class FindSimilarEntities(AsOfListing):
    entity: Pointer


class GetProceduresForDevice(AsOfListing, Detailed):
    device: Pointer


class GetAutomationsInRoom(AsOfListing):
    room: Pointer


class GetEntityHistory(Listing, Detailed):
    entity: Pointer


class GetHomeState(AsOfListing, Detailed):
    within: Pointer | None = None
    capability: Word | None = None
    only: Word | None = Field(None, json_schema_extra=_questions)


class WhatIsDue(AsOfListing):
    within: Pointer | None = None
    until: Moment | None = None


class WhatChanged(Listing, Detailed):
    since: Moment
    until: Moment | None = None
    within: Pointer | None = None


# Management


class CreateEntity(Write):
    entity_type: EntityType
    name: Pointer
    content: JsonDict | None = None
    located_in: Pointer | None = None
    part_of: Pointer | None = None


class UpdateEntity(Guarded):
    entity: Pointer
    changes: JsonDict | None = Field(None, description="Merge patch of its content; null removes")
    name: Pointer | None = Field(None, description="New name")


class DeleteEntity(Guarded):
    entity: Pointer
    cascade: bool = Field(default=False, description="With all that is in it")
    dry_run: bool = False


class CreateRelationship(Write):
    from_entity: Pointer
    to_entity: Pointer
    relationship_type: RelationshipType
    properties: JsonDict | None = None


class UpdateRelationship(Guarded):
    relationship: Pointer = Field(description="Its id")
    properties: JsonDict | None = None
    to_entity: Pointer | None = None


class DeleteRelationship(Guarded):
    relationship: Pointer | None = Field(None, description="Its id")
    from_entity: Pointer | None = None
    to_entity: Pointer | None = None
    relationship_type: Word | None = None


class Undo(Write):
    what: Pointer = Field("last", description="last, or a batch id")


class RestoreEntity(Write):
    entity: Pointer
    version: Version


class ApplyChanges(Write):
    changes: Annotated[list[JsonDict], Field(min_length=1, max_length=500)]


# Content


class AddNote(Write):
    text: Text
    about: Pointer | None = None
    category: Word | None = None


class CreateProcedure(Write):
    title: Pointer
    steps: Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=10_000)]], Field(max_length=MOST)]
    for_entities: Pointers = Field(default_factory=list)
    description: Text | None = None
    category: Word | None = None
    tools_needed: Pointers = Field(default_factory=list)
