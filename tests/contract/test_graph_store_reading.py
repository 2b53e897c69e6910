"""What every store answers about now: which things, in which order, how many at most."""

import pytest

from goodies_mcp.core.models import RecordId, Seq
from goodies_mcp.core.text import fold
from tests.support.build import Device, record


@pytest.fixture
def device():
    return Device(1)


async def put(store, *versions, local=True):
    return await store.write(lambda tx: tx.apply(versions, local=local))


async def test_an_empty_store_answers_every_verb(store):
    view = await store.read(
        lambda view: {
            "feed": view.feed(),
            "entities": view.entities([record(1)], deleted=True),
            "named": view.named("Kitchen"),
            "listed": view.listed([], after=None, limit=10),
            "counts": view.counts(),
            "edges": view.edges([record(1)], "out") + view.edges([record(1)], "in"),
            "neighbours": view.neighbours([record(1)], "out") + view.neighbours([record(1)], "in"),
            "joined": view.joined([record(1)], "out", ["controls"]) + view.joined([record(1)], "in", ["controls"]),
            "containers": view.containers([record(1)]),
            "placed": view.placed([record(1)]).containers,
            "things_in": view.things_in([record(1)]),
            "relationship": view.relationship(record(1), deleted=True),
            "versions": view.versions(record(1)),
            "histories": view.histories([record(1)]),
            "version": view.version(record(1), "none"),
            "heads": view.heads(record(1)),
            "edited": view.edited("", "9", after=None, limit=10),
            "batch_versions": view.batch_versions("none"),
            "batches": view.batches(None, 10),
            "batch": view.batch("none"),
            "states": view.states(None),
            "due": view.due("9999-12-31", after=None, limit=10),
            "conflicts": view.conflicts(after=None, limit=10),
            "content": view.content("0" * 64),
            "content_bytes": view.content_bytes("0" * 64),
            "value": view.value("none"),
            "answer": view.answer("none"),
            "near_words": view.near_words("lamp"),
        }
    )
    assert not any(view.values()), {name: answer for name, answer in view.items() if answer}


async def test_an_entity_is_shown_as_it_was_said(store, device):
    said = device.entity(record(1), "Ceiling lamp", content={"watts": 9, "on": None, "tags": ["a", {"b": False}]})
    await put(store, said)
    shown = (await store.read(lambda view: view.entities([record(1), record(2)])))[record(1)]
    assert (shown.id, shown.version, shown.entity_type, shown.name) == (
        record(1),
        said.version,
        "device",
        "Ceiling lamp",
    )
    assert dict(shown.content) == {"watts": 9, "on": None, "tags": ["a", {"b": False}]}
    assert (shown.created_at, shown.edited_at) == (said.edited_at, said.edited_at)
    assert (shown.author, shown.source_type, shown.deleted, shown.conflicted) == ("ann", "manual", False, False)


async def test_an_edit_keeps_the_time_of_creation(store, device):
    first = device.entity(record(1), "Lamp")
    second = device.entity(record(1), "Big lamp", first)
    await put(store, first)
    await put(store, second)
    shown = (await store.read(lambda view: view.entities([record(1)])))[record(1)]
    assert (shown.name, shown.created_at, shown.edited_at) == ("Big lamp", first.edited_at, second.edited_at)


async def test_a_deleted_entity_is_left_out_unless_asked_for(store, device):
    lamp = device.entity(record(1), "Lamp", content={"watts": 9})
    gone = device.tombstone(lamp)
    await put(store, lamp, gone)
    assert await store.read(lambda view: view.entities([record(1)])) == {}
    shown = (await store.read(lambda view: view.entities([record(1)], deleted=True)))[record(1)]
    assert (shown.deleted, shown.name, dict(shown.content)) == (True, "Lamp", {"watts": 9})
    assert await store.read(lambda view: (view.named("Lamp"), view.counts(), view.listed([], after=None, limit=9))) == (
        [],
        {},
        [],
    )


async def test_deleted_things_are_found_by_the_name_they_had_last_and_the_latest_comes_first(store, device):
    lamp = device.entity(record(1), "Lamp")
    gone = [lamp, device.tombstone(lamp)]
    other = device.entity(record(2), "LAMP")
    gone += [other, device.tombstone(other)]
    renamed = device.entity(record(3), "Lamp")
    torch = device.entity(record(3), "Torch", renamed)
    await put(store, *gone, renamed, torch, device.tombstone(torch), device.entity(record(4), "Lamp"))
    asked = {
        name: await store.read(lambda view, name=name: view.deleted_named(name)) for name in ("lamp", "Torch", "x")
    }
    assert {name: [each.id for each in found] for name, found in asked.items()} == {
        "lamp": [record(2), record(1)],
        "Torch": [record(3)],
        "x": [],
    }
    back = device.entity(record(1), "Lamp", gone[1])
    await put(store, back)
    assert [each.id for each in await store.read(lambda view: view.deleted_named("Lamp"))] == [record(2)]


async def test_an_edge_is_no_entity_and_an_entity_no_edge(store, device):
    room = device.entity(record(1), "Hall", entity_type="room")
    lamp = device.entity(record(2))
    edge = device.edge(record(3), record(2), record(1))
    await put(store, room, lamp, edge)
    assert await store.read(lambda view: view.entities([record(3)], deleted=True)) == {}
    assert await store.read(lambda view: view.relationship(record(1), deleted=True)) is None


@pytest.mark.parametrize("asked", ["kuchen  lampe", "Küchen Lampe", "KÜCHEN LAMPE", " ku\u0308chen lampe "])
async def test_named_folds_case_accents_and_spaces(store, device, asked):
    await put(store, device.entity(record(1), "Küchen lampe"), device.entity(record(2), "Küchenlampe"))
    assert [each.id for each in await store.read(lambda view: view.named(asked))] == [record(1)]


async def test_named_is_ordered_by_type_and_id_and_stops_at_200(store, device):
    kinds = ["room", "device", "note"]
    await put(store, *(device.entity(record(n), "Same", entity_type=kinds[n % 3]) for n in range(230, 0, -1)))
    found = await store.read(lambda view: view.named("same"))
    keys = [(each.entity_type, each.id) for each in found]
    assert keys == sorted((kinds[n % 3], record(n)) for n in range(1, 231))[:200]


async def test_listed_pages_by_folded_name_and_id_without_gap_or_repeat(store, device):
    names = ["b", "A", "ä", "a", "Z", "z", "ß", "é", "10", "9", "zz", "Ab", "aB"]
    await put(store, *(device.entity(record(n), name) for n, name in enumerate(names)))
    whole = await store.read(lambda view: view.listed([], after=None, limit=100))
    keys = [(fold(each.name), each.id) for each in whole]
    assert len(keys) == len(names)
    assert keys == sorted(keys)
    paged, after = [], None
    while page := await store.read(lambda view, after=after: view.listed([], after=after, limit=2)):
        assert len(page) <= 2
        paged += page
        after = (fold(page[-1].name), page[-1].id)
    assert paged == whole


async def test_listed_and_counts_go_by_type(store, device):
    await put(
        store,
        device.entity(record(1), "Hall", entity_type="room"),
        device.entity(record(2), "Lamp"),
        device.entity(record(3), "Fan"),
        device.entity(record(4), "Note", entity_type="note"),
    )
    listed = await store.read(lambda view: view.listed(["device", "room"], after=None, limit=9))
    assert [each.name for each in listed] == ["Fan", "Hall", "Lamp"]
    assert await store.read(lambda view: view.listed(["scene"], after=None, limit=9)) == []
    assert await store.read(lambda view: view.counts()) == {"room": 1, "device": 2, "note": 1}


async def test_a_change_of_kind_moves_the_count(store, device):
    lamp = device.entity(record(1), "Lamp")
    await put(store, lamp, device.entity(record(1), "Lamp", lamp, entity_type="accessory"))
    assert await store.read(lambda view: view.counts()) == {"accessory": 1}
    assert await store.read(lambda view: view.listed(["device"], after=None, limit=9)) == []


@pytest.fixture
async def house(store, device):
    """Two rooms, three devices, edges in both directions; the fan is deleted, one edge is deleted."""
    hall, attic = (device.entity(record(n), name, entity_type="room") for n, name in ((1, "Hall"), (2, "Attic")))
    lamp, fan, switch = (device.entity(record(n), name) for n, name in ((3, "Lamp"), (4, "Fan"), (5, "Switch")))
    edges = [
        device.edge(record(20), record(3), record(1)),
        device.edge(record(21), record(4), record(1)),
        device.edge(record(22), record(5), record(1)),
        device.edge(record(23), record(5), record(3), relationship_type="controls", properties={"role": "main"}),
        device.edge(record(24), record(5), record(4), relationship_type="controls"),
        device.edge(record(19), record(1), record(2), relationship_type="connects_to"),
        device.edge(record(25), record(3), record(2)),
    ]
    await put(store, hall, attic, lamp, fan, switch, *edges, device.tombstone(edges[-1]), device.tombstone(fan))


@pytest.mark.usefixtures("house")
async def test_edges_leave_and_reach_in_order_and_skip_the_deleted(store):
    out = await store.read(lambda view: view.edges([record(5), record(3)], "out"))
    assert [(each.relationship_type, each.id) for each in out] == [
        ("controls", record(23)),
        ("located_in", record(20)),
        ("located_in", record(22)),
    ]
    into = await store.read(lambda view: view.edges([record(1), record(2)], "in"))
    assert [each.id for each in into] == [record(19), record(20), record(22)]
    assert (out[0].from_id, out[0].to_id, dict(out[0].properties)) == (record(5), record(3), {"role": "main"})


@pytest.mark.usefixtures("house")
async def test_edges_are_filtered_by_type(store):
    found = await store.read(
        lambda view: (
            view.edges([record(5)], "out", ["controls"]),
            view.edges([record(5)], "out", ["controls", "located_in"]),
            view.edges([record(5)], "out", ["automates"]),
        )
    )
    assert [[each.id for each in part] for part in found] == [[record(23)], [record(23), record(22)], []]


@pytest.mark.usefixtures("house")
async def test_neighbours_are_edges_with_what_is_at_their_other_end_and_what_that_is_in(store):
    def told(view, *question):
        found = view.neighbours(*question)
        assert all(each.settled for each in found)
        return [(each.edge.id, dict(each.edge.properties), each.other.name, each.container) for each in found]

    found = await store.read(
        lambda view: (
            told(view, [record(5), record(3)], "out"),
            told(view, [record(1), record(2)], "in"),
            told(view, [record(5)], "out", ["controls"]),
            told(view, [record(5)], "out", (), ["room"]),
            told(view, [record(1)], "in", ["located_in"], ["device", "room"]),
            told(view, [record(5)], "out", ["automates"]),
            told(view, [], "in"),
        )
    )
    main = {"role": "main"}
    assert found[0] == [
        (record(23), main, "Lamp", record(1)),
        (record(20), {}, "Hall", None),
        (record(22), {}, "Hall", None),
    ]
    assert found[1] == [
        (record(19), {}, "Hall", None),
        (record(20), {}, "Lamp", record(1)),
        (record(22), {}, "Switch", record(1)),
    ]
    assert [[each[0] for each in part] for part in found[2:]] == [
        [record(23)],
        [record(22)],
        [record(20), record(22)],
        [],
        [],
    ]


@pytest.mark.usefixtures("house")
async def test_what_is_joined_is_told_with_the_near_end_and_the_type_of_the_edge(store):
    def told(view, *question):
        found = view.joined(*question)
        known = view.entities({each.entity.id for each in found})
        assert all(each.entity == known[each.entity.id] for each in found)
        return sorted((each.entity.name, each.near, each.relationship_type) for each in found)

    found = await store.read(
        lambda view: (
            told(view, [record(5), record(3)], "out", ["controls", "located_in"]),
            told(view, [record(1), record(3)], "in", ["controls", "located_in"], ["device"]),
            told(view, [record(5)], "out", ["controls", "located_in"], ["room"]),
            told(view, [record(1)], "in", ["located_in"], ["device", "room"]),
            told(view, [record(5)], "out", ["automates", "nobody_ever_said_this"]),
            told(view, [], "in", ["located_in"]),
        )
    )
    assert found[0] == [
        ("Hall", record(3), "located_in"),
        ("Hall", record(5), "located_in"),
        ("Lamp", record(5), "controls"),
    ]
    assert found[1] == [
        ("Lamp", record(1), "located_in"),
        ("Switch", record(1), "located_in"),
        ("Switch", record(3), "controls"),
    ]
    assert found[2] == [("Hall", record(5), "located_in")]
    assert [len(part) for part in found[3:]] == [2, 0, 0]


async def test_what_two_edges_put_into_places_is_in_none_for_certain(store, device):
    rooms = [device.entity(record(n), f"r{n}", entity_type="room") for n in (1, 2)]
    lamp, fan = device.entity(record(3), "Lamp"), device.entity(record(4), "Fan")
    plug = device.entity(record(5), "Plug", entity_type="accessory")
    edges = [
        device.edge(record(20), record(3), record(1)),
        device.edge(record(21), record(3), record(2), relationship_type="part_of"),
        device.edge(record(22), record(4), record(1)),
        device.edge(record(23), record(5), record(4), relationship_type="contained_in"),
        device.edge(record(24), record(5), record(3), relationship_type="controls"),
    ]
    await put(store, *rooms, lamp, fan, plug, *edges)

    def inside(view, *question):
        return sorted((each.entity.name, *each[1:]) for each in view.things_in(*question))

    assert await store.read(lambda view: inside(view, [record(1), record(2), record(4)])) == [
        ("Fan", record(1), True, True),
        ("Lamp", record(1), False, False),
        ("Lamp", record(2), False, False),
        ("Plug", record(4), True, False),
    ]
    assert await store.read(lambda view: inside(view, [record(1), record(4)], ["accessory"])) == [
        ("Plug", record(4), True, False)
    ]
    assert await store.read(lambda view: inside(view, [])) == []
    assert sorted(await store.read(lambda view: view.containers([record(3), record(1), record(5)]))) == [
        (record(3), record(1), "room", "r1"),
        (record(3), record(2), "room", "r2"),
        (record(5), record(4), "device", "Fan"),
    ]
    assert await store.read(lambda view: view.placed([record(1), record(3), record(5)])) == (
        {record(5): record(4)},
        {record(3)},
        {record(3): 2, record(5): 2},
    )
    around = await store.read(lambda view: view.neighbours([record(1), record(4), record(3)], "in"))
    assert {each.other.name: each[2:] for each in around} == {
        "Lamp": (None, False),
        "Fan": (record(1), True),
        "Plug": (record(4), True),
    }
    await put(store, device.tombstone(rooms[1]))
    assert await store.read(lambda view: inside(view, [record(1)])) == [
        ("Fan", record(1), True, True),
        ("Lamp", record(1), True, False),
    ]
    assert await store.read(lambda view: view.containers([record(3)])) == [(record(3), record(1), "room", "r1")]


@pytest.mark.usefixtures("house")
async def test_an_edge_is_found_by_its_id_even_when_its_end_is_deleted(store):
    assert (await store.read(lambda view: view.relationship(record(21)))).to_id == record(1)
    assert await store.read(lambda view: view.relationship(record(25))) is None
    assert (await store.read(lambda view: view.relationship(record(25), deleted=True))).deleted


async def test_an_edge_that_moves_leaves_its_old_ends(store, device):
    ends = [device.entity(record(n), f"r{n}", entity_type="room") for n in (1, 2, 3)]
    edge = device.edge(record(9), record(1), record(2))
    await put(store, *ends, edge, device.edge(record(9), record(1), record(3), edge))
    into = await store.read(lambda view: [view.edges([record(n)], "in") for n in (2, 3)])
    assert [[each.id for each in part] for part in into] == [[], [record(9)]]


async def test_an_edge_from_a_thing_to_itself_is_seen_once_from_either_side(store, device):
    await put(
        store, device.entity(record(1)), device.edge(record(9), record(1), record(1), relationship_type="controls")
    )
    both = await store.read(lambda view: view.edges([record(1)], "out") + view.edges([record(1)], "in"))
    assert [each.id for each in both] == [record(9), record(9)]


async def test_versions_come_newest_first_in_pages(store, device):
    versions = [device.entity(record(1), "v0")]
    for n in range(1, 6):
        versions.append(device.entity(record(1), f"v{n}", versions[-1]))
    versions.append(device.tombstone(versions[-1]))
    for each in versions:
        await put(store, each)
    first = await store.read(lambda view: view.versions(record(1), limit=3))
    rest = await store.read(lambda view: view.versions(record(1), before=first[-1].seq))
    assert [each.value for each in first + rest] == versions[::-1]
    assert await store.read(lambda view: view.versions(record(1), before=Seq(0))) == []
    assert await store.read(lambda view: view.version(record(1), versions[2].version)) == rest[1]
    assert await store.read(lambda view: view.version(record(1), "unknown")) is None
    assert await store.read(lambda view: view.version(record(2), versions[2].version)) is None
    assert [each.value for each in await store.read(lambda view: view.heads(record(1)))] == versions[-1:]


@pytest.mark.usefixtures("house")
async def test_histories_are_all_versions_of_each_record_in_feed_order(store):
    seen = await store.read(lambda view: view.histories([record(1), record(4), record(24), record(99)]))
    assert seen.keys() == {record(1), record(4), record(24)}
    assert [[each.value.deleted for each in seen[record(n)]] for n in (1, 4, 24)] == [[False], [False, True], [False]]
    for each, versions in seen.items():
        assert await store.read(lambda view, each=each: view.versions(each)) == versions[::-1]
    assert await store.read(lambda view: view.histories([])) == {}


async def test_edited_pages_through_a_span_in_feed_order(store, device):
    versions = [device.entity(record(n), f"e{n}") for n in range(6)]
    arrival = [versions[n] for n in (3, 1, 5, 0, 4, 2)]
    for each in arrival:
        await put(store, each)
    since, until = versions[0].edited_at, versions[4].edited_at
    paged, after = [], None
    while page := await store.read(lambda view, after=after: view.edited(since, until, after=after, limit=2)):
        assert len(page) <= 2
        paged += page
        after = page[-1].seq
    assert [each.value for each in paged] == [versions[n] for n in (3, 1, 4, 2)]


async def test_feed_numbers_grow_with_each_new_version_and_only_then(store, device):
    lamp = device.entity(RecordId("lamp"), "Lamp")
    [first] = await put(store, lamp)
    [again] = await put(store, lamp)
    [second] = await put(store, device.entity(RecordId("lamp"), "Lamp 2", lamp))
    assert (first.new, again.new, second.new) == (True, False, True)
    assert first.seq == again.seq < second.seq
    assert await store.read(lambda view: view.feed()) == second.seq
    assert (first.shown.name, again.shown.name, second.shown.name) == ("Lamp", "Lamp", "Lamp 2")


async def test_ten_thousand_ids_are_one_question(store, device):
    await put(
        store,
        *(device.entity(record(n), f"e{n}") for n in (0, 9_999)),
        device.edge(record(10_001), record(0), record(9_999)),
    )
    ids = [record(n) for n in range(10_000)]
    found = await store.read(lambda view: (view.entities(ids), view.edges(ids, "out"), view.states(ids)))
    assert set(found[0]) == {record(0), record(9_999)}
    assert [each.id for each in found[1]] == [record(10_001)]
    assert await store.read(lambda view: (view.entities([]), view.edges([], "in"), view.states([]))) == ({}, [], [])
