"""Edges between devices of ours over a hub that never sends any, and keeps no versions of them
(PROTOCOL.md, V3-12.7)."""

from goodies_mcp.storage.replication import Reason
from tests.interop.v2_home import edges, sync
from tests.support.desk import ANN


async def test_edges_are_read_over_rest_and_changed_ones_with_them(fielded, one, two):
    lamp, room, hall = await one.make("Lamp"), await one.make("Kitchen", "room"), await one.make("Hall", "room")
    await one.graph.create_relationship(ANN, lamp, room, "located_in", properties={"wall": "north"})
    await sync(one)
    await sync(two)
    (edge,) = await edges(two, lamp)
    assert (edge.to_id, dict(edge.properties)) == (room, {"wall": "north"})

    row = fielded.hub.rows.edges[edge.id]
    moved = {**row, "to_entity_id": hall, "to_entity_version": fielded.current(hall)["version"], "properties": {}}
    fielded.push({"change_type": "update", "entity": None, "relationships": [moved]})
    await sync(one)
    await sync(two)

    for device in (one, two):
        (edge,) = await edges(device, lamp)
        assert (edge.to_id, dict(edge.properties)) == (hall, {})
    assert await one.digest() == await two.digest()


async def test_edges_follow_an_entity_that_moves_on(fielded, one):
    lamp, room = await one.make("Lamp"), await one.make("Kitchen", "room")
    await one.graph.create_relationship(ANN, lamp, room, "located_in")
    await sync(one)
    await one.rename(lamp, "Lamp 2")

    await sync(one)

    (row,) = fielded.hub.rows.edges.values()
    assert row["from_entity_version"] == fielded.current(lamp)["version"]
    assert (await sync(one)).pulled == 0


async def test_a_deleted_edge_is_gone_on_all_devices_of_ours(fielded, one, two):
    lamp, room = await one.make("Lamp"), await one.make("Kitchen", "room")
    await one.graph.create_relationship(ANN, lamp, room, "located_in")
    await sync(one)
    await sync(two)
    await one.graph.delete_relationship(ANN, from_entity=lamp, to_entity=room, relationship_type="located_in")

    await sync(one)
    await sync(two)

    assert await edges(two, lamp) == []
    assert await one.pending() == 0
    # v2 has no way to say so to anybody else.
    assert len(fielded.hub.rows.edges) == 1


async def test_an_edge_that_somebody_wrote_over_unseen_is_written_again(fielded, one, two):
    lamp, room, hall = await one.make("Lamp"), await one.make("Kitchen", "room"), await one.make("Hall", "room")
    await one.graph.create_relationship(ANN, lamp, room, "located_in")
    await sync(one)
    await sync(two)
    before = dict(fielded.hub.rows.edges)
    await two.graph.create_relationship(ANN, lamp, hall, "located_in")
    await sync(two)
    # Somebody who had not seen that binds the old edge to newer ends.
    fielded.hub.rows.edges.update(before)

    await sync(two)
    await sync(one)

    assert {edge.to_id for edge in await edges(one, lamp)} == {edge.to_id for edge in await edges(two, lamp)}


async def test_an_edge_whose_end_the_hub_lacks_stays_pending_until_it_has_it(fielded, one):
    lamp, room = await one.make("Lamp"), await one.make("Kitchen", "room")
    await one.graph.create_relationship(ANN, lamp, room, "located_in")
    (kitchen,) = await one.store.read(
        lambda view: [each.value for each in view.outbox(0, 10) if each.value.record_id == room]
    )
    await one.store.write(lambda tx: tx.park((room, kitchen.version), Reason("test", "held back")))

    report = await sync(one)

    assert (report.pushed, report.deferred, await one.pending()) == (1, 1, 1)
    assert fielded.hub.rows.edges == {}
    await one.service.retry_parked()
    assert (await sync(one)).pushed == 2
    assert len(fielded.hub.rows.edges) == 1
    assert await one.pending() == 0
