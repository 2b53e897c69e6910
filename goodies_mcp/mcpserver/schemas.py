"""What each tool takes: flat, strict about types and names. Each class is checked and listed by :mod:`arguments`."""
# ruff: noqa: D101  a tool's arguments are described by the tool of the same name

from typing import Any

from goodies_mcp.core.vocabulary import ENTITY_TYPES, RELATIONSHIP_TYPES
from goodies_mcp.mcpserver.arguments import (
    OBJECT,
    Arguments,
    Kind,
    choice,
    many,
    needed,
    optional,
    switch,
    text,
    usually,
    whole,
)

DEFAULT_LIMIT = 20
MOST = 200
LONGEST_NAME = 1_000
LONGEST_TEXT = 1_000_000
MOST_BASE64 = 12 << 20
"""Characters: 8 MiB of bytes, and room for line breaks."""


def _questions() -> dict[str, Any]:
    # Start-up: only a listing needs the questions.
    from goodies_mcp.capabilities.readings import HOME_STATE_QUESTIONS  # noqa: PLC0415

    return {"enum": list(HOME_STATE_QUESTIONS)}


POINTER = text(LONGEST_NAME)
"""An id or a name."""

WORD = text(100)
MOMENT = text(100, lambda: {"format": "date-time"})
TEXT = text(LONGEST_TEXT)
PATH = text(4_096)
URL = text(2_000)
BASE64 = text(MOST_BASE64)
CURSOR = text(10_000)
PAGE = Kind(whole(1, 99_999).taken, lambda: {"type": "integer"})
ENTITY_TYPE = text(100, lambda: {"enum": sorted(ENTITY_TYPES)})
RELATIONSHIP_TYPE = text(100, lambda: {"enum": sorted(RELATIONSHIP_TYPES)})
POINTERS = many(POINTER, MOST)
WORDS = many(WORD, 50)


class AsOf(Arguments):
    """A question that can be asked of the past."""

    at = optional(MOMENT)


class Listing(Arguments):
    """An answer in pages."""

    limit = usually(DEFAULT_LIMIT, whole(1, MOST))
    cursor = optional(text(10_000))


class AsOfListing(AsOf, Listing):
    """Both."""


class Detailed(Arguments):
    """A list whose items come short or whole."""

    detail = usually("concise", choice("concise", "full"))


class Write(Arguments):
    """A change that can be sent again without harm."""

    idempotency_key = optional(text(200))


class Guarded(Write):
    """A change of something that may have moved on since the caller looked."""

    expected_version = optional(POINTER)


# Query


class GetHomeMap(AsOf):
    home = optional(POINTER)


class GetHomeOverview(AsOfListing):
    home = optional(POINTER)


class SearchEntities(AsOfListing):
    query = needed(POINTER)
    entity_types = usually((), WORDS)
    within = optional(POINTER)


class GetEntityDetails(AsOfListing):
    entity = needed(POINTER)
    include = usually(["relationships", "content"], many(choice("relationships", "history", "content"), 3))


class GetEntityRelationships(Detailed, AsOfListing):
    entity = needed(POINTER)
    direction = optional(choice("out", "in"))
    relationship_types = usually((), WORDS)


class GetDevicesInRoom(AsOfListing):
    room = needed(POINTER, "Room, zone, floor or home")
    device_types = usually((), WORDS, "Such as light, lock, sensor")
    include_nested = switch(on=True)


class FindDeviceControls(AsOf):
    device = needed(POINTER)


class GetRoomConnections(AsOfListing):
    room = needed(POINTER)
    to_room = optional(POINTER)


class FindPath(AsOf):
    start = needed(POINTER, name="from")
    goal = needed(POINTER, name="to")
    avoid = usually((), POINTERS, "Rooms or doors")
    accessible_only = switch()


class FindSimilarEntities(AsOfListing):
    entity = needed(POINTER)


class GetProceduresForDevice(Detailed, AsOfListing):
    device = needed(POINTER)


class GetAutomationsInRoom(AsOfListing):
    room = needed(POINTER)


class GetEntityHistory(Detailed, Listing):
    entity = needed(POINTER)


class GetHomeState(Detailed, AsOfListing):
    within = optional(POINTER)
    device_types = usually((), WORDS)
    capability = optional(WORD)
    only = optional(text(100, _questions))


class WhatIsDue(AsOfListing):
    within = optional(POINTER)
    until = optional(MOMENT)


class WhatChanged(Detailed, Listing):
    since = needed(MOMENT)
    until = optional(MOMENT)
    within = optional(POINTER)


# Management


class CreateEntity(Write):
    entity_type = needed(ENTITY_TYPE)
    name = needed(POINTER)
    content = optional(OBJECT)
    located_in = optional(POINTER)
    part_of = optional(POINTER)


class UpdateEntity(Guarded):
    entity = needed(POINTER)
    changes = optional(OBJECT, "Merge patch of its content; null removes")
    name = optional(POINTER, "New name")


class DeleteEntity(Guarded):
    entity = needed(POINTER)
    cascade = switch("With all that is in it")
    dry_run = switch()


class CreateRelationship(Write):
    from_entity = needed(POINTER)
    to_entity = needed(POINTER)
    relationship_type = needed(RELATIONSHIP_TYPE)
    properties = optional(OBJECT)


class UpdateRelationship(Guarded):
    relationship = needed(POINTER, "Its id")
    properties = optional(OBJECT)
    to_entity = optional(POINTER)


class DeleteRelationship(Guarded):
    relationship = optional(POINTER, "Its id")
    from_entity = optional(POINTER)
    to_entity = optional(POINTER)
    relationship_type = optional(WORD)


class Undo(Write):
    what = usually("last", POINTER, "last, or a batch id")


class RestoreEntity(Write):
    entity = needed(POINTER)
    version = needed(POINTER)


class ApplyChanges(Write):
    changes = needed(many(OBJECT, 500, least=1))


# Sync


class GetSyncStatus(Arguments):
    pass


class SyncNow(Arguments):
    pass


class ListConflicts(Listing):
    pass


class ResolveConflict(Write):
    conflict = needed(POINTER, "Id or name of what is in conflict")
    resolution = needed(choice("keep_local", "keep_remote", "merge", "custom"))
    version = optional(POINTER, "Of several sides, the one to keep")
    name = optional(POINTER, "With custom: its name")
    changes = optional(OBJECT, "With custom: merge patch of what is shown")


# Content


class AddNote(Write):
    text = needed(TEXT)
    about = optional(POINTER)
    category = optional(WORD)


class AddDeviceManual(Write):
    device = needed(POINTER)
    title = needed(POINTER)
    text = optional(TEXT)
    file = optional(PATH, "Its name in the inbox folder, or a path below an allowed one")
    url = optional(URL, "An https address")


class AddDeviceImage(Write):
    entity = needed(POINTER)
    file = optional(PATH, "Its name in the inbox folder, or a path below an allowed one")
    data_base64 = optional(BASE64)
    content_type = optional(WORD, "Checked against the bytes")
    caption = optional(TEXT)


class AttachFile(AddDeviceImage):
    pass


class ReadContent(AsOf):
    content = needed(POINTER)
    page = optional(PAGE)
    section = optional(POINTER)
    find = optional(POINTER)
    cursor = optional(CURSOR)


class CreateProcedure(Write):
    title = needed(POINTER)
    steps = needed(many(text(10_000), MOST))
    for_entities = usually((), POINTERS)
    description = optional(TEXT)
    category = optional(WORD)
    tools_needed = usually((), POINTERS)
