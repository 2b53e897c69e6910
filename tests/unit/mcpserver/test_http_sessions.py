"""What a session was told last, for a host that was cut off: its own words, in their order, and nobody else's."""

import pytest
from mcp_types import JSONRPCNotification, JSONRPCResponse

from goodies_mcp.mcpserver.http_sessions import KEPT, Sessions, Told


def progress(number):
    return JSONRPCNotification(jsonrpc="2.0", method="notifications/progress", params={"progress": number})


def answer(number):
    return JSONRPCResponse(jsonrpc="2.0", id=number, result={})


async def missed(told, event):
    said = []

    async def say(message):
        said.append(message)

    stream = await told.replay_events_after(event, say)
    return stream, [(each.event_id, each.message) for each in said]


async def test_what_came_after_is_said_in_its_order_and_only_of_that_stream():
    told = Told()
    first = await told.store_event("7", None)
    other = await told.store_event("8", None)
    one = await told.store_event("7", progress(1))
    await told.store_event("8", progress(99))
    two = await told.store_event("7", progress(2))
    assert await missed(told, first) == ("7", [(one, progress(1)), (two, progress(2))])
    assert await missed(told, one) == ("7", [(two, progress(2))])
    assert await missed(told, two) == ("7", [])
    assert (await missed(told, other))[1][0][1] == progress(99)


async def test_a_stream_whose_last_word_was_said_is_over():
    told = Told()
    first = await told.store_event("7", None)
    await told.store_event("7", progress(1))
    last = await told.store_event("7", answer(7))
    assert await missed(told, first) == (None, [("2-7", progress(1)), (last, answer(7))])


async def test_a_long_silence_still_ends_with_the_answer():
    told = Told()
    first = await told.store_event("7", None)
    for number in range(KEPT * 3):
        await told.store_event("7", progress(number))
    last = await told.store_event("7", answer(7))
    stream, said = await missed(told, first)
    assert stream is None
    assert len(said) == KEPT
    assert said[-1] == (last, answer(7))


@pytest.mark.parametrize("event", ["", "7", "-", "0-7", "-1-7", "9-7", "x-7", "٣-7", "1" * 400 + "-7", "1-8"])
async def test_an_event_that_never_was_brings_nothing(event):
    told = Told()
    await told.store_event("7", progress(1))
    assert (await missed(told, event))[1] == []


async def test_each_session_has_a_store_of_its_own():
    sessions = Sessions.__new__(Sessions)
    assert sessions.event_store is not sessions.event_store
    with pytest.raises(ValueError, match="what another was told"):
        sessions.event_store = Told()
