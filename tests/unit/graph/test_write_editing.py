"""What stands on a version, and when it says it was made."""

from datetime import timedelta

import pytest

from goodies_mcp.graph.editing import moment_after
from tests.support.build import Device
from tests.support.clock import moment
from tests.support.desk import ANN, only


async def test_a_version_says_who_made_it_where_and_when(desk):
    made = await desk.graph.create_entity(ANN, "device", "Lamp")
    [version] = [each.value for each in await desk.versions(only(made).id)]
    assert (version.author, version.device, version.source_type) == ("ann", "tablet", "manual")
    assert version.version == f"{version.edited_at}-{version.dot.n:06d}-ann.{version.dot.incarnation[:8]}"
    batch = await desk.store.read(lambda view: view.batch(made.batch))
    assert (batch.client, batch.tool, batch.author, batch.at) == (ANN.client, "test", "ann", version.edited_at)
    assert (await desk.status()).unpushed == 1


async def test_each_write_is_later_than_the_one_before_when_the_clock_stands_still(desk):
    desk.clock.step = timedelta(0)
    now = desk.clock.now()
    lamp = await desk.make("device", "Lamp")
    for n in range(3):
        await desk.graph.update_entity(ANN, lamp, {"n": n})
    edited = [each.value.edited_at for each in await desk.versions(lamp)]
    assert edited == sorted(set(edited))
    assert edited[0] == now


async def test_a_clock_that_goes_back_hides_no_edit_from_the_past(desk):
    lamp = await desk.make("device", "Lamp")
    desk.clock.advance(days=-1)
    await desk.graph.update_entity(ANN, lamp, {"a": 1})
    first, second = (each.value for each in await desk.versions(lamp))
    assert first.edited_at < second.edited_at < moment(1)
    then = await desk.entity(lamp, at=moment(3600))
    assert dict(then.content) == {"a": 1}


async def test_only_the_thing_that_a_fast_clock_touched_is_lifted(desk):
    lamp, fan = await desk.make("device", "Lamp"), await desk.make("device", "Fan")
    fast = Device(9)
    fast.clock.advance(days=400)
    [head] = [each.value for each in await desk.versions(lamp)]
    ahead = fast.entity(lamp, "Lamp", head, content={"a": 1})
    await desk.pull(ahead)
    done = await desk.graph.apply_changes(
        ANN,
        [
            {"action": "update_entity", "entity": lamp, "changes": {"a": 2}},
            {"action": "update_entity", "entity": fan, "changes": {"a": 2}},
        ],
    )
    lifted, plain = (each.value for each in await desk.store.read(lambda view: view.batch_versions(done.batch)))
    assert lifted.edited_at > ahead.edited_at > moment(86_400) > plain.edited_at


@pytest.mark.parametrize(
    ("now", "parents", "expected"),
    [
        (moment(5), [], moment(5)),
        (moment(5), [moment(4), moment(3)], moment(5)),
        (moment(5), [moment(5)], moment(5.000001)),
        (moment(5), [moment(7), moment(9.999999)], moment(10)),
        (moment(5), ["9999-12-31T23:59:59.999999+00:00"], "9999-12-31T23:59:59.999999+00:00"),
    ],
)
def test_a_moment_after(now, parents, expected):
    assert moment_after(now, parents) == expected


async def test_a_thing_from_the_end_of_time_can_still_be_edited(desk):
    late = Device(9)
    late.clock.set("9999-12-31T23:59:59.999998+00:00")
    late.clock.step = timedelta(microseconds=1)
    await desk.pull(late.entity("lamp", "Lamp"))
    await desk.graph.update_entity(ANN, "lamp", {"a": 1})
    assert dict((await desk.entity("lamp")).content) == {"a": 1}
