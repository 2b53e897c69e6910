"""What is in what."""

from goodies_mcp.graph.containment import chain_between, removal_of
from tests.support.build import Device, record


async def test_the_shortest_chain_outwards(desk):
    outer = await desk.make("zone", "Outer")
    inner = await desk.make("zone", "Inner", part_of=outer)
    room = await desk.make("room", "Room", part_of=inner)
    lamp = await desk.make("device", "Lamp", located_in=room, part_of=outer)
    chains = await desk.store.read(
        lambda view: [
            chain_between(view, *ends) for ends in ((lamp, outer), (room, outer), (outer, room), (room, room))
        ]
    )
    assert chains == [[lamp, outer], [room, inner, outer], None, [room]]


async def test_a_circle_that_a_sync_has_left_is_walked_once(desk):
    zones = [await desk.make("zone", name) for name in "ABC"]
    peer = Device(2)
    await desk.pull(
        *(peer.edge(record(n), zone, zones[(n + 1) % 3], relationship_type="part_of") for n, zone in enumerate(zones))
    )
    other = await desk.make("zone", "D")
    assert await desk.store.read(lambda view: chain_between(view, zones[0], other)) is None
    root = await desk.entity(zones[0])
    removal = await desk.store.read(lambda view: removal_of(view, root, cascade=True))
    assert {each.id for each in removal.entities} == set(zones)
    assert {each.id for each in removal.edges} == {record(n) for n in range(3)}


async def test_what_stays_takes_along_what_is_placed_in_it(desk):
    party, kitchen = await desk.make("zone", "Party"), await desk.make("room", "Kitchen")
    shelf = await desk.make("room", "Shelf", part_of=party, located_in=kitchen)
    lamp = await desk.make("device", "Lamp", located_in=shelf, part_of=party)
    ball = await desk.make("device", "Ball", part_of=party)
    root = await desk.entity(party)
    removal = await desk.store.read(lambda view: removal_of(view, root, cascade=True))
    assert [each.id for each in removal.entities] == [party, ball]
    assert {each.id for each in removal.staying} == {shelf, lamp}
