"""What devices report."""

import pytest

from goodies_mcp.errors import InvalidInput, NotFound
from tests.support.clock import moment


async def test_readings_are_kept_as_seen_now_and_make_no_version(desk):
    lamp = await desk.make("device", "Lamp", content={"capabilities": {"brightness": {"min": 10}}})
    feed = (await desk.status()).feed
    desk.clock.set(moment(100))
    await desk.graph.record_states([("lamp", "on_off", {"on": True}), (lamp, "brightness", {"percent": 0.0})])
    kept = {state.capability: state for state in await desk.states()}
    assert dict(kept["on_off"].value) == {"on": True}
    assert repr(dict(kept["brightness"].value)) == "{'percent': 0}"
    since = kept["on_off"].since
    assert (kept["on_off"].entity_id, since) == (lamp, kept["brightness"].since)
    desk.clock.advance(seconds=50)
    await desk.graph.record_states([(lamp, "on_off", {"on": True}), (lamp, "brightness", {"percent": 5})])
    kept = {state.capability: state for state in await desk.states()}
    assert (kept["on_off"].since, kept["on_off"].seen_at > since) == (since, True)
    assert kept["brightness"].since > since
    assert (await desk.status()).feed == feed


async def test_a_capability_that_the_model_does_not_know_is_kept_as_it_came(desk):
    lamp = await desk.make("device", "Lamp")
    await desk.graph.record_states([(lamp, "hk.custom", {"raw": [1, None]})])
    [state] = await desk.states()
    assert dict(state.value) == {"raw": [1, None]}


@pytest.mark.parametrize(
    ("reading", "argument", "error"),
    [
        (("Nobody", "on_off", {"on": True}), "states[1].entity", NotFound),
        (("Kitchen", "on_off", {"on": True}), "states[1].entity", InvalidInput),
        (("Lamp", "", {"on": True}), "states[1].capability", InvalidInput),
        (("Lamp", "on_off", {"on": 1}), "states[1].value", InvalidInput),
        (("Lamp", "on_off", {}), "states[1].value", InvalidInput),
        (("Lamp", "thermostat", {"setpoint": 900}), "states[1].value", InvalidInput),
        (("Lamp", "custom", {"x": float("inf")}), "states[1].value", InvalidInput),
    ],
)
async def test_one_wrong_reading_and_none_is_kept(desk, reading, argument, error):
    await desk.make("device", "Lamp")
    await desk.make("room", "Kitchen")
    with pytest.raises(error) as caught:
        await desk.graph.record_states([("Lamp", "battery", {"percent": 5}), reading])
    assert caught.value.argument == argument
    assert await desk.states() == []
