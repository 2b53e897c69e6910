"""Undo after any writes of one client leads back through every state that was, and undoing the undos forth again."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodies_mcp.errors import GoodiesError
from tests.support.desk import ANN, desk

NAMES = ("A", "B", "C", "D")
THING = st.sampled_from(NAMES)
PATCH = st.dictionaries(st.sampled_from("xy"), st.sampled_from((None, 1, 2, {"z": 1})), max_size=2)


def _kind(name: str) -> str:
    return "device" if name == "D" else "zone"


CREATE = st.builds(
    lambda name, content, place: {
        "action": "create_entity",
        "entity_type": _kind(name),
        "name": name,
        "content": content,
        **({"part_of": place} if place else {}),
    },
    THING | st.just("E"),
    PATCH,
    st.none() | THING,
)
EDGE = st.fixed_dictionaries(
    {"from_entity": THING, "to_entity": THING, "relationship_type": st.sampled_from(("located_in", "part_of"))}
)
CHANGE = st.one_of(
    CREATE,
    st.builds(lambda name, patch: {"action": "update_entity", "entity": name, "changes": patch}, THING, PATCH),
    st.builds(lambda name: {"action": "delete_entity", "entity": name, "cascade": True}, THING),
    EDGE.map(lambda edge: {"action": "create_relationship", **edge}),
    EDGE.map(lambda edge: {"action": "delete_relationship", **edge}),
)


@pytest.mark.parametrize(("engine", "examples"), [("memory", 80), ("sqlite", 6)])
def test_undo_walks_back_through_every_state_and_forth_again(engine, examples, tmp_path_factory):
    @settings(max_examples=examples)
    @given(writes=st.lists(st.lists(CHANGE, min_size=1, max_size=2), min_size=2, max_size=10))
    def law(writes):
        asyncio.run(_law(engine, tmp_path_factory.mktemp("undo"), writes))

    law()


async def _law(engine, folder, writes):
    async with desk(engine, folder) as home:
        for name in NAMES:
            await home.make(_kind(name), name)
        states = [await home.shown()]
        for changes in writes:
            try:
                done = await home.graph.apply_changes(ANN, changes)
            except GoodiesError:
                assert await home.shown() == states[-1]
                continue
            if done.batch is not None:
                states.append(await home.shown())
        undos = []
        for before in reversed(states[:-1]):
            undos.append((await home.graph.undo(ANN)).batch)
            assert await home.shown() == before
        for undo, after in zip(reversed(undos), states[1:], strict=True):
            await home.graph.undo(ANN, undo)
            assert await home.shown() == after
