import pytest

from goodies_mcp.core.models import Entity, RecordId, VersionId
from goodies_mcp.graph.spaces import Node, load_spaces, space_node


def _entity(name, entity_type="passage", **content):
    return Entity(RecordId("1"), VersionId("v"), entity_type, name, content, created_at="", edited_at="")


@pytest.mark.parametrize(
    ("entity", "kind", "accessible", "barred"),
    [
        (_entity("Back stairs"), "stairs", None, True),
        (_entity("Back way", "door"), None, None, False),
        (_entity("Lift", accessible=True), None, True, False),
        (_entity("Ramp", accessible=False), None, False, True),
        (_entity("Way up", kind=7), None, None, False),
    ],
)  # fmt: skip
def test_content_and_name_say_what_an_opening_is(entity, kind, accessible, barred):
    node = space_node(entity)
    assert (node.kind, node.accessible, node.barred) == (kind, accessible, barred)


def test_kinds_are_known_in_plural_and_by_other_words():
    stairs = Node("1", "passage", "Back stairs", "staircase")
    assert all(stairs.is_kind(word) for word in ("stairs", "staircase", "staircases", "steps", "passage", "passages"))
    assert not stairs.is_kind("door")


async def test_a_homes_spaces_are_joined_through_openings(house):
    graph = await house.desk.store.read(lambda view: load_spaces(view, house.ids["Our house"]))
    named = {graph.nodes[one].name: {graph.nodes[i].name for i in near} for one, near in graph.beside.items()}
    assert named["Kitchen"] == {"Kitchen door", "Window over the sink", ""}
    assert named["Stairs"] == {"Hall", "Landing"}
    assert named["Shed"] == set()
    assert "Ceiling lamp" not in named
    assert all(near in graph.nodes for beside in graph.beside.values() for near in beside)


async def test_what_hangs_on_nothing_is_there_when_asked_for(house):
    lonely = await house.make("room", "Nowhere")
    home = house.ids["Our house"]
    assert lonely not in (await house.desk.store.read(lambda view: load_spaces(view, home))).nodes
    assert lonely in (await house.desk.store.read(lambda view: load_spaces(view, home, lonely))).nodes
