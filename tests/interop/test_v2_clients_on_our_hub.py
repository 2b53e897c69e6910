"""What fielded clients rely on, on our hub; and what fielded hubs do badly, done well (INBETWEENIES A)."""

from typing import Any

import pytest

from goodies_mcp.core.models import RelationshipPayload
from goodies_mcp.inbetweenies.rows import Name
from tests.interop.v2_clients import BlowingOff, KittenKong
from tests.interop.v2_scene import EDGE, FAN, HALL, KITCHEN, LAMP, edge, entity, v
from tests.support.build import Device, record
from tests.support.hub import SYNC_PATH


def _nested(levels: int) -> Any:
    found: Any = {}
    for _ in range(levels):
        found = {"a": found}
    return found


async def test_what_a_v2_client_pushes_is_acked_and_served_to_all(scene):
    answer = await scene.sync(entity(KITCHEN, v(1), "Kitchen", entity_type="room", content={"floor": 1}))

    assert answer["applied"] == [KITCHEN]
    assert [change["entity"]["content"] for change in answer["changes"]] == [{"floor": 1}]
    (found,) = (await scene.versions()).values()
    assert (found.payload.name, found.payload.entity_type, found.version) == ("Kitchen", "room", v(1))


async def test_the_same_version_again_is_acked_and_no_conflict(scene):
    first = entity(LAMP, v(1), "Lamp")
    await scene.sync(first, entity(LAMP, v(2), "Lamp 2", v(1)))

    answer = await scene.sync(first)

    assert answer["applied"] == [LAMP]
    assert answer["conflicts"] == []
    assert [change["entity"]["name"] for change in answer["changes"]] == ["Lamp 2"]


async def test_parents_may_be_listed_behind_their_children(scene):
    answer = await scene.sync(entity(LAMP, v(2), "child", v(1)), entity(LAMP, v(1), "parent"))

    assert answer["conflicts"] == []
    assert [change["entity"]["name"] for change in answer["changes"]] == ["child"]


async def test_the_later_edit_wins_whoever_arrives_first(scene):
    await scene.sync(entity(LAMP, v(1), "base"))
    await scene.sync(entity(LAMP, v(50, "bob"), "bob, later", v(1)))

    answer = await scene.sync(entity(LAMP, v(20), "alice, earlier", v(1)))

    assert answer["applied"] == [LAMP]
    (conflict,) = answer["conflicts"]
    assert conflict["resolution_strategy"] == "local has newer timestamp"
    assert conflict["remote_version"] == v(20)
    (change,) = answer["changes"]
    assert change["entity"]["name"] == "bob, later"
    assert conflict["resolved_version"] == change["entity"]["version"]


async def test_whoever_edits_what_both_sides_became_has_seen_both(scene):
    await scene.sync(entity(LAMP, v(1), "base", content={"a": 1, "b": 1}))
    await scene.sync(entity(LAMP, v(2), "base", v(1), content={"a": 2, "b": 1}))
    merged = await scene.sync(entity(LAMP, v(3, "bob"), "base", v(1), content={"a": 1, "b": 2}))
    shown = merged["changes"][-1]["entity"]
    assert shown["content"] == {"a": 2, "b": 2}

    answer = await scene.sync(entity(LAMP, v(4), "settled", shown["version"], content={"a": 2, "b": 2}))

    assert answer["conflicts"] == []
    assert answer["changes"][-1]["entity"]["version"] == v(4)


async def test_a_stale_delete_loses_and_says_so(scene):
    await scene.sync(entity(LAMP, v(1), "base"))
    await scene.sync(entity(LAMP, v(30), "alice new", v(1)))

    answer = await scene.sync(entity(LAMP, v(10, "bob"), "base", v(1), change_type="delete"))

    assert answer["applied"] == [LAMP]
    assert answer["conflicts"][0]["resolution_strategy"] == "an edit beats a delete"
    assert [(change["change_type"], change["entity"]["name"]) for change in answer["changes"]] == [
        ("update", "alice new")
    ]


async def test_a_delete_of_what_was_shown_is_a_tombstone_for_ever(scene):
    await scene.sync(entity(HALL, v(1), "Hall", entity_type="room"))

    answer = await scene.sync(entity(HALL, v(2), "Hall", v(1), entity_type="room", change_type="delete"))
    again = await scene.sync(entity(HALL, v(3), "Hall", v(2), entity_type="room", change_type="delete"))
    pulled = await scene.sync(sync_type="full")

    assert answer["changes"][0]["change_type"] == "delete"
    assert answer["changes"][0]["entity"]["content"] == {"deleted": True}
    assert again["applied"] == [HALL]
    assert [change["entity"]["version"] for change in pulled["changes"]] == [v(2)]
    revived = await scene.sync(entity(HALL, v(4), "Hall again", v(2), entity_type="room"))
    assert [change["change_type"] for change in revived["changes"]] == ["update"]


async def test_a_delete_by_a_client_that_keeps_no_past_takes_what_it_was_shown(scene):
    await scene.sync(entity(HALL, v(1), "Hall"))

    answer = await scene.sync(entity(HALL, v(2), "Hall", change_type="delete"))

    assert [change["change_type"] for change in answer["changes"]] == ["delete"]


async def test_a_delete_of_what_was_never_there_is_acked_and_stores_nothing(scene):
    answer = await scene.sync(entity("ghost", v(1), "ghost", change_type="delete"))

    assert (answer["applied"], answer["changes"]) == (["ghost"], [])
    assert await scene.versions() == {}


async def test_edges_come_back_with_the_entity_they_leave(scene):
    made = entity(LAMP, v(2), "Lamp")
    made["relationships"] = [edge(EDGE, (LAMP, v(2), KITCHEN, v(1)), watts=5)]

    answer = await scene.sync(made, entity(KITCHEN, v(1), "Kitchen", entity_type="room"))

    assert answer["applied_relationships"] == [EDGE]
    told = {change["entity"]["id"]: change["relationships"] for change in answer["changes"]}
    assert told == {KITCHEN: [], LAMP: [edge(EDGE, (LAMP, v(2), KITCHEN, v(1)), watts=5)]}
    _, rest = await scene.ask("GET", "/api/v1/graph/relationships", None)
    assert rest["count"] == 1
    assert rest["relationships"][0]["id"] == EDGE


async def test_an_edge_without_its_ends_is_not_acked_until_they_come(scene):
    alone = {"change_type": "update", "entity": None, "relationships": [edge(EDGE, (LAMP, v(1), KITCHEN, v(1)))]}
    assert (await scene.sync(alone))["applied_relationships"] == []

    await scene.sync(entity(LAMP, v(1)), entity(KITCHEN, v(1), "Kitchen", entity_type="room"))

    assert (await scene.sync(alone))["applied_relationships"] == [EDGE]
    stale = {**alone, "relationships": [edge("other", (LAMP, "no-such-version", KITCHEN, v(1)))]}
    assert (await scene.sync(stale))["applied_relationships"] == []


async def test_an_edge_said_again_is_acked_and_undoes_nothing(scene):
    ends = (LAMP, v(1), KITCHEN, v(1))
    said = {"change_type": "update", "entity": None, "relationships": [edge(EDGE, ends)]}
    await scene.sync(entity(LAMP, v(1)), entity(KITCHEN, v(1), "Kitchen", entity_type="room"), said)
    (held,) = [each for each in (await scene.versions()).values() if isinstance(each.payload, RelationshipPayload)]
    await scene.push_v3(Device(5).edge(EDGE, LAMP, KITCHEN, held, properties={"by": "v3"}))

    answer = await scene.sync(said)

    assert answer["applied_relationships"] == [EDGE]
    _, rest = await scene.ask("GET", "/api/v1/graph/relationships", None)
    assert rest["relationships"][0]["properties"] == {"by": "v3"}


async def test_a_deleted_edge_is_told_to_nobody(scene):
    tablet = Device(5)
    lamp, kitchen = tablet.entity(LAMP), tablet.entity(KITCHEN, "Kitchen", entity_type="room")
    made = tablet.edge(EDGE, LAMP, KITCHEN)
    await scene.push_v3(lamp, kitchen, made)
    assert len((await scene.ask("GET", "/api/v1/graph/relationships", None))[1]["relationships"]) == 1

    await scene.push_v3(tablet.tombstone(made))

    assert (await scene.ask("GET", "/api/v1/graph/relationships", None))[1]["relationships"] == []


async def test_a_delta_holds_what_came_since_and_what_comes_meanwhile_is_never_missed(scene):
    first = await scene.sync(entity(LAMP, v(1)))
    nothing = await scene.sync(filters={"since": first["server_time"]})
    # The hub's clock stands still, and an old edit arrives: its time is long before the watermark.
    await scene.push_v3(Device(5).entity(FAN, "Fan"))
    found = await scene.sync(filters={"since": nothing["server_time"]})
    again = await scene.sync(filters={"since": found["server_time"]})

    assert nothing["changes"] == again["changes"] == []
    assert [change["entity"]["id"] for change in found["changes"]] == [FAN]


async def test_watermarks_older_than_those_remembered_bring_more_rather_than_less(scene):
    chain = [entity(LAMP, v(1, n=0), "Lamp 0")]
    chain += [entity(LAMP, v(1, n=n), f"Lamp {n}", v(1, n=n - 1)) for n in range(1, 600)]
    times = [(await scene.sync(change))["server_time"] for change in chain]
    for at in (times[0], times[50], times[-2]):
        found = await scene.sync(filters={"since": at})
        assert [change["entity"]["name"] for change in found["changes"]] == ["Lamp 599"]
    assert (await scene.sync(filters={"since": times[-1]}))["changes"] == []


@pytest.mark.parametrize(
    "form", ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00", 1_767_225_600, "2026-01-01T01:00:00+01:00"]
)
async def test_since_is_taken_in_every_form(scene, form):
    assert (await scene.sync(filters={"since": form}))["changes"] == []


async def test_kinds_that_v2_does_not_know_go_and_come_back(scene):
    tablet = Device(5)
    lamp = tablet.entity(LAMP, "Light", entity_type="service", content={"on": True})
    await scene.push_v3(lamp)
    (told,) = (await scene.sync())["changes"]
    assert told["entity"]["entity_type"] == "device"
    assert told["entity"]["content"] == {"on": True, "_goodies": {"kind": "service"}}

    edited = {**told["entity"], "version": v(40, "bob"), "name": "Lamp", "parent_versions": [told["entity"]["version"]]}
    await scene.sync({"change_type": "update", "entity": edited, "relationships": []})

    found = (await scene.versions())[Name(LAMP, v(40, "bob"))]
    assert (found.payload.entity_type, dict(found.payload.content)) == ("service", {"on": True})
    assert found.parents == (lamp.version,)


async def test_words_are_taken_in_any_case_and_a_newer_branch_is_understood(scene):
    """V3-12.11 too: its blobs are tolerated."""
    answer = await scene.sync(
        entity(LAMP, v(1), "loud", entity_type="DEVICE", source_type="ZIGBEE"),
        {**entity(FAN, v(1), "picture", entity_type="photo"), "blobs": [{"id": "ab", "data": "AA=="}], "colour": "red"},
        {
            "change_type": "UPDATE",
            "entity": None,
            "relationships": [edge(EDGE, (LAMP, v(1), FAN, v(1)), kind="HAS_PHOTO")],
        },
    )

    assert (answer["applied"], answer["applied_relationships"]) == ([LAMP, FAN], [EDGE])
    versions = await scene.versions()
    assert versions[Name(LAMP, v(1))].source_type == "zigbee"
    assert versions[Name(FAN, v(1))].payload.entity_type == "photo"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (entity(FAN, v(1), entity_type="spaceship"), "changes[1].entity.entity_type"),
        (entity(FAN, "", "no version"), "changes[1].entity.version"),
        (entity("", v(1), "no id"), "changes[1].entity.id"),
        (entity(FAN, v(1), "deep", content=_nested(70)), "changes[1].entity.content"),
        (entity(FAN, v(1), "half", content={"a": "\ud800"}), "changes[1].entity.content"),
        (entity(FAN, v(1), "\ud800"), "changes[1].entity.name"),
        ({**entity(FAN, v(1)), "change_type": "upsert"}, "changes[1].change_type"),
        ({**entity(FAN, v(1)), "entity": {"id": FAN}}, "changes[1].entity.version"),
    ],
)
async def test_what_cannot_be_taken_is_named_and_nothing_is_taken(scene, change, field):
    body = {"device_id": "a", "user_id": "a", "sync_type": "delta", "changes": [entity(LAMP, v(1)), change]}

    status, answer = await scene.ask("POST", SYNC_PATH, body)

    assert status == 400
    assert field in answer["detail"]
    assert await scene.versions() == {}


async def test_an_unknown_kind_of_edge_is_refused_in_the_fielded_hubs_words(scene):
    made = entity(LAMP, v(1))
    made["relationships"] = [edge(EDGE, (LAMP, v(1), LAMP, v(1)), kind="teleports_to")]
    body = {"device_id": "a", "user_id": "a", "sync_type": "delta", "changes": [made]}

    status, answer = await scene.ask("POST", SYNC_PATH, body)

    assert (status, answer["detail"]) == (400, "Unknown relationship_type: teleports_to")
    assert await scene.versions() == {}


async def test_a_guest_reads_and_does_not_write(scene):
    await scene.sync(entity(LAMP, v(1)))
    pull = {"device_id": "g", "user_id": "g", "sync_type": "full"}

    assert (await scene.ask("POST", SYNC_PATH, pull, scene.guest))[0] == 200
    status, _ = await scene.ask("POST", SYNC_PATH, {**pull, "changes": [entity(FAN, v(1))]}, scene.guest)

    assert status == 403
    assert len(await scene.versions()) == 1


async def test_nothing_is_paged_that_carries_no_cursor_and_all_else_is(scene):
    await scene.sync(*(entity(record(n), v(1, n=n), f"Thing {n}") for n in range(10, 1_240)))

    assert len((await scene.sync(sync_type="full"))["changes"]) == 1_230
    found, cursor = [], "-1"
    while cursor is not None:
        page = await scene.sync(cursor=cursor)
        found += [change["entity"]["id"] for change in page["changes"]]
        assert len(page["changes"]) <= 500
        cursor = page["cursor"]
    assert sorted(found) == sorted(record(n) for n in range(10, 1_240))


async def test_filters_hold_and_the_digest_is_over_everything(scene):
    await scene.sync(
        entity(KITCHEN, v(1), "r", entity_type="room"),
        entity(LAMP, v(1), "d", user_id="bob"),
        entity(FAN, v(2), "z", entity_type="zone", user_id="bob"),
    )

    rooms = await scene.sync(filters={"entity_types": ["ROOM"]})
    bobs = await scene.sync(filters={"modified_by": ["bob"]})
    both = await scene.sync(filters={"entity_types": ["room"], "modified_by": ["bob"]})
    everything = await scene.sync(filters={"entity_types": []})

    names = [[change["entity"]["name"] for change in each["changes"]] for each in (rooms, bobs, both, everything)]
    assert names == [["r"], ["d", "z"], [], ["r", "d", "z"]]
    assert len({each["state_digest"] for each in (rooms, bobs, both, everything)}) == 1


async def test_blowing_off_and_a_v3_device_agree(scene):
    client = BlowingOff(scene.ask, scene.clock)
    client.write(KITCHEN, "Kitchen", "room")
    client.write(LAMP, "Lamp", watts=5)
    client.join(EDGE, LAMP, KITCHEN)
    await client.sync()
    assert (client.pending, client.pending_edges) == ({}, set())

    held = (await scene.versions())[Name(LAMP, client.entities[LAMP]["version"])]
    tablet = Device(5, clock=scene.clock)
    await scene.push_v3(tablet.entity(LAMP, "Lamp by v3", held, content={"watts": 7}))
    await client.sync()

    assert client.names() == ["Kitchen", "Lamp by v3"]
    client.write(LAMP, "Lamp by v2")
    answer = await client.sync()
    assert answer["conflicts"] == []
    assert (await scene.versions())[Name(LAMP, client.entities[LAMP]["version"])].payload.name == "Lamp by v2"


async def test_kittenkong_is_understood(scene):
    client = KittenKong(scene.ask, scene.clock)
    client.write(FAN, "a note")

    await client.sync()

    assert client.pending == set()
    (found,) = (await scene.versions()).values()
    assert (found.payload.entity_type, found.source_type, found.edited_at) == (
        "note",
        "api",
        client.entities[FAN]["version"][:32],
    )
    client.write(FAN, "the note, edited")
    assert (await client.sync())["conflicts"] == []
    assert client.pending == set()
