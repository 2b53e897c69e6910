"""PROMISES P2: whatever is sent again, in whatever order, is done once and answered as the first time."""

import asyncio

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from goodies_mcp.errors import GoodiesError
from tests.support.desk import ANN, BOB, desk, retry

NAMES = ("Lamp", "Fan")
CALLS = st.one_of(
    st.tuples(st.just("create_entity"), st.just("device"), st.sampled_from(NAMES)),
    st.tuples(st.just("add_note"), st.sampled_from(NAMES)),
    st.tuples(st.just("update_entity"), st.sampled_from(NAMES), st.sampled_from(({"a": 1}, {"a": 2}, {"a": None}))),
    st.tuples(st.just("delete_entity"), st.sampled_from(NAMES)),
    st.tuples(st.just("undo")),
    st.tuples(
        st.just("apply_changes"),
        st.sampled_from(NAMES).map(
            lambda name: [
                {"action": "create_entity", "entity_type": "room", "name": "Room"},
                {
                    "action": "create_relationship",
                    "from_entity": name,
                    "to_entity": "$1",
                    "relationship_type": "located_in",
                },
            ]
        ),
    ),
)


RETRIED_BEFORE_ANOTHER = ([("create_entity", "device", "Lamp"), ("create_entity", "device", "Fan")], [0, 0, 1, 1])
"""A retry that writes nothing leaves no trace in what comes after it: not even in the moment that this was written."""


@st.composite
def schedules(draw):
    """Calls, and the order in which they and their retries arrive."""
    calls = draw(st.lists(CALLS, min_size=1, max_size=6))
    order = draw(st.lists(st.integers(0, len(calls) - 1), min_size=1, max_size=16))
    return calls, order


@pytest.mark.parametrize(("engine", "examples"), [("memory", 80), ("sqlite", 6)])
def test_p02_any_interleaving_of_retries_applies_once(engine, examples, tmp_path_factory):
    @settings(max_examples=examples)
    @given(schedule=schedules())
    @example(schedule=RETRIED_BEFORE_ANOTHER)
    def law(schedule):
        asyncio.run(_law(engine, tmp_path_factory.mktemp("p02"), *schedule))

    law()


async def _law(engine, folder, calls, order):
    (folder / "retried").mkdir()
    (folder / "once").mkdir()
    async with desk(engine, folder / "retried") as retried, desk(engine, folder / "once") as once:
        answers: dict[int, object] = {}
        for step, key in enumerate(order):
            by = retry(str(key), (ANN, BOB)[step % 2] if calls[key][0] != "undo" else ANN)
            answer = await _answer(retried, by, calls[key])
            # The oracle has no memory: here the test itself leaves out what was answered before.
            if key not in answers:
                expected = await _answer(once, by, calls[key], key=None)
                if not isinstance(expected, str):
                    answers[key] = expected
                assert _plain(answer) == _plain(expected)
            else:
                once.clock.now()  # both clocks read alike, so that versions can be compared
                assert answer == answers[key]
        assert await retried.shown() == await once.shown()
        assert (await retried.status()).feed == (await once.status()).feed


async def _answer(home, by, call, key="as it is"):
    writer = by if key else retry(None, by)
    method, *arguments = call
    try:
        return await getattr(home.graph, method)(writer, *arguments)
    except GoodiesError as refused:
        return f"{refused.code}: {refused.argument}"


def _plain(answer):
    return answer if isinstance(answer, str) else [(each.action, each.id, each.name) for each in answer.items]
