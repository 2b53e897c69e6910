import pytest

from goodies_mcp.errors import InvalidInput


def _seen(page):
    return [(edge.relationship_type, edge.direction, edge.other.name) for edge in page.items]


async def test_edges_are_seen_from_both_ends(house):
    assert _seen(await house.graph.get_entity_relationships("Ceiling lamp")) == [
        ("automates", "in", "Evening light"),
        ("controlled_by_app", "out", "Nordlicht app"),
        ("controls", "in", "Wall switch"),
        ("located_in", "out", "Kitchen"),
    ]
    page = await house.graph.get_entity_relationships("Ceiling lamp", relationship_types=["located_in"])
    assert page.items[0].other.where == "Our house › Ground floor"
    assert page.entity.where == "Our house › Ground floor › Kitchen"


async def test_direction_and_types_narrow_it(house):
    ask = house.graph.get_entity_relationships
    assert _seen(await ask("Ceiling lamp", direction="out")) == [
        ("controlled_by_app", "out", "Nordlicht app"),
        ("located_in", "out", "Kitchen"),
    ]
    page = await ask("Ceiling lamp", direction="in", relationship_types=["CONTROLS", "located_in"])
    assert _seen(page) == [("controls", "in", "Wall switch")]
    assert page.entity.where == "Our house › Ground floor › Kitchen"


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [({"direction": "up"}, "direction"), ({"relationship_types": ["likes"]}, "relationship_types")],
)
async def test_unknown_directions_and_types_are_refused(house, arguments, argument):
    with pytest.raises(InvalidInput) as refused:
        await house.graph.get_entity_relationships("Kitchen", **arguments)
    assert refused.value.argument == argument


async def test_properties_and_versions_come_along(house):
    edge = next(e for e in (await house.graph.get_entity_relationships("Dining room")).items if e.direction == "in")
    assert (edge.relationship_type, dict(edge.properties)) == ("connects_to", {"accessible": True})
    assert edge.version == (await house.desk.edge(edge.id)).version


async def test_pages_cover_all_edges_once(house):
    seen, cursor = [], None
    while True:
        page = await house.graph.get_entity_relationships("Kitchen", limit=3, cursor=cursor)
        seen += [(edge.id, edge.direction) for edge in page.items]
        if (cursor := page.next_cursor) is None:
            break
    whole = await house.graph.get_entity_relationships("Kitchen", limit=200)
    assert seen == [(edge.id, edge.direction) for edge in whole.items]
    assert len(set(seen)) == len(seen) == 8
