"""Writes that are sent again."""

import pytest

from goodies_mcp.errors import InvalidInput, NotFound
from goodies_mcp.graph.answers import read_answer, written_answer
from goodies_mcp.graph.results import Done, WriteResult
from tests.support.desk import ANN, BOB, only, retry


async def test_p02_the_same_call_with_the_same_key_is_done_once(desk):
    first = await desk.graph.add_note(retry("k"), "Descaled")
    feed = (await desk.status()).feed
    assert await desk.graph.add_note(retry("k"), "Descaled") == first
    # The client that comes back after a crash may have another name.
    assert await desk.graph.add_note(retry("k", BOB), "Descaled") == first
    assert (await desk.status()).feed == feed
    assert await desk.graph.add_note(retry("l"), "Descaled") != first


async def test_p02_the_first_answer_stays_true_to_the_first_time(desk):
    lamp = await desk.make("device", "Lamp")
    first = await desk.graph.update_entity(retry("k"), lamp, {"a": 1})
    await desk.graph.update_entity(ANN, lamp, {"a": 2})
    assert await desk.graph.update_entity(retry("k"), lamp, {"a": 1}) == first
    assert dict((await desk.entity(lamp)).content) == {"a": 2}
    unchanged = await desk.graph.update_entity(retry("u"), lamp, {"a": 2})
    await desk.graph.update_entity(ANN, lamp, {"a": 3})
    assert await desk.graph.update_entity(retry("u"), lamp, {"a": 2}) == unchanged


@pytest.mark.parametrize("other", ["Descaled ", "descaled"])
async def test_p02_a_key_belongs_to_its_arguments(desk, other):
    await desk.graph.add_note(retry("k"), "Descaled")
    with pytest.raises(InvalidInput) as caught:
        await desk.graph.add_note(retry("k"), other)
    assert caught.value.argument == "idempotency_key"
    with pytest.raises(InvalidInput):
        await desk.graph.create_procedure(retry("k"), "Descaled", ["x"])
    assert (await desk.status()).feed == 1


async def test_p02_an_error_is_not_remembered(desk):
    with pytest.raises(NotFound):
        await desk.graph.create_entity(retry("k"), "device", "Lamp", located_in="Kitchen")
    await desk.make("room", "Kitchen")
    assert only(await desk.graph.create_entity(retry("k"), "device", "Lamp", located_in="Kitchen")).action == "created"


async def test_p02_a_rehearsal_takes_no_key(desk):
    lamp = await desk.make("device", "Lamp")
    assert only(await desk.graph.delete_entity(retry("k"), lamp, dry_run=True)).action == "would_delete"
    assert only(await desk.graph.delete_entity(retry("k"), lamp)).action == "deleted"
    assert only(await desk.graph.delete_entity(retry("k"), lamp)).action == "deleted"


async def test_p02_a_key_lasts_seven_days(desk):
    first = await desk.graph.add_note(retry("k"), "Descaled")
    desk.clock.advance(days=7, seconds=-1)
    assert await desk.graph.add_note(retry("k"), "Descaled") == first
    desk.clock.advance(seconds=2)
    second = await desk.graph.add_note(retry("k"), "Descaled")
    assert second != first
    assert await desk.graph.add_note(retry("k"), "Descaled") == second


async def test_p02_a_clock_that_was_set_back_forgets_nothing(desk):
    first = await desk.graph.add_note(retry("k"), "Descaled")
    desk.clock.advance(days=-30)
    assert await desk.graph.add_note(retry("k"), "Descaled") == first


async def test_p02_undo_sent_again_does_not_walk_further_back(desk):
    await desk.make("device", "Lamp")
    await desk.make("device", "Fan")
    first = await desk.graph.undo(retry("k"))
    assert await desk.graph.undo(retry("k")) == first
    assert [shown[1] for shown in (await desk.shown()).values()] == ["Lamp"]


@pytest.mark.parametrize("key", ["", "  ", "x" * 201])
async def test_a_key_that_is_none_is_refused(desk, key):
    with pytest.raises(InvalidInput) as caught:
        await desk.graph.add_note(retry(key), "Descaled")
    assert caught.value.argument == "idempotency_key"


def test_an_answer_comes_back_from_its_text_as_it_was():
    done = Done("updated", "entity", "1", "device", "Lämp\ud800 \x00", version="v", where="a › b", changed=("a", "b"))
    for result in (WriteResult((done, done), "batch", "note"), WriteResult(()), WriteResult((done,), None, None)):
        assert read_answer(written_answer(result)) == result
