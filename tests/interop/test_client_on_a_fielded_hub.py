"""Our client against a hub that people run today, its defects included (INBETWEENIES A, "Our client must")."""

import base64
import json

import pytest

from goodies_mcp.errors import Unavailable
from goodies_mcp.inbetweenies.messages import V2
from goodies_mcp.sync import kept
from tests.interop.v2_home import a_fielded_hub, edges, entity, sync
from tests.interop.v2_hub.rows import Broken
from tests.support.build import a_file
from tests.support.desk import ANN


async def test_the_edition_is_found_out_once_and_remembered(fielded, one):
    await one.make("Lamp")

    first = await sync(one)
    asked = [request["protocol_version"] for request in fielded.hub.seen]
    await sync(one)

    assert first.pushed == 1
    assert set(asked) == {V2}
    url = one.file.required().url
    assert await one.store.read(lambda view: kept.protocol_of(view, url, one.clock.now())) == V2
    status = await one.service.status()
    assert status.protocol == V2
    assert "files and pictures stay on this device" in status.note


async def test_two_devices_of_ours_hold_the_same_versions(fielded, one, two):
    room = await one.make("Kitchen", "room")
    lamp = await one.make("Lamp", "service", watts=5.0, odd={"1": 1, "true": True, "text": "a\u0000b\U0001f4a1"})
    await one.graph.create_relationship(ANN, lamp, room, "located_in")
    await sync(one)
    await sync(two)
    await two.rename(lamp, "Lamp 2")
    await two.graph.update_entity(ANN, lamp, {"watts": 7})
    await sync(two)
    await sync(one)

    assert await one.digest() == await two.digest()
    assert (await entity(one, lamp)).entity_type == "service"
    assert (await entity(one, lamp)).name == "Lamp 2"
    assert [edge.to_id for edge in await edges(two, lamp)] == [room]


async def test_content_comes_to_the_hub_as_it_was_written(fielded, one):
    content = {"z": 1, "a": 1.0, "list": [1, 2.5, None, True], "text": "Küche \u0000 \U0001f4a1", "big": 2**70}
    lamp = await one.make("Lamp", **content)

    await sync(one)

    assert json.dumps(fielded.current(lamp)["content"]) == json.dumps(content)


@pytest.mark.parametrize(
    ("kind", "nearest"),
    [
        ("service", "device"),
        ("accessory", "device"),
        ("passage", "door"),
        ("scene", "automation"),
        ("contact", "note"),
    ],
)
async def test_kinds_that_the_hub_does_not_know_survive_somebody_elses_edit(fielded, one, kind, nearest):
    thing = await one.make("Thing", kind, detail=1)
    await sync(one)
    row = fielded.current(thing)
    assert (row["entity_type"], row["content"]["detail"]) == (nearest, 1)

    content = {**row["content"], "detail": 2}
    fielded.edit(thing, "Edited", row["version"], entity_type=nearest, content=content)
    await sync(one)

    found = await entity(one, thing)
    assert (found.entity_type, found.name, dict(found.content)) == (kind, "Edited", {"detail": 2})


async def test_what_others_wrote_comes_here_and_only_by_delta(fielded, one):
    fielded.push(*(fielded.change(f"thing-{n:04d}", f"Thing {n}") for n in range(1_230)))

    report = await sync(one)

    assert report.pulled == 1_230
    assert len(await one.names()) == 1_000
    assert {request["sync_type"] for request in fielded.hub.seen} == {"delta"}
    assert [request["cursor"] for request in fielded.hub.seen] == [None, "500", "1000"]


async def test_a_broken_pull_goes_on_where_it_stopped(fielded, one):
    fielded.push(*(fielded.change(f"thing-{n:04d}", f"Thing {n}") for n in range(1_230)))
    answer, calls = fielded.hub.sync, []

    def failing(body):
        calls.append(body.cursor)
        if len(calls) > 2:
            raise Broken
        return answer(body)

    fielded.hub.sync = failing
    finished = await one.service.session()
    assert isinstance(finished.error, Unavailable)
    fielded.hub.sync = answer
    fielded.hub.seen.clear()

    report = await sync(one)

    assert (report.pulled, report.pushed) == (230, 0)
    assert fielded.hub.seen[0]["cursor"] == "1000"


async def test_rows_that_were_committed_late_are_not_missed(fielded, one):
    await sync(one)
    late = fielded.change("late", "Late lamp")
    with fielded.hub.rows.in_flight([late]):
        fielded.edit("other", "Other lamp")
        assert (await sync(one)).pulled == 1
        fielded.clock.advance(seconds=1)

    await sync(one)

    assert await one.names() == ["Late lamp", "Other lamp"]


async def test_what_the_watermark_does_not_tell_the_digest_does(fielded, one):
    await sync(one)
    await sync(one)
    fielded.clock.advance(hours=2)
    fielded.edit("early", "Early lamp")
    await sync(one)
    late = fielded.change("late", "Late lamp")
    fielded.push(late)
    # Its row is stamped hours before its commit: no overlap is that long.
    row = fielded.current("late")
    row["updated_at"] = row["updated_at"].replace(year=2025)

    report = await sync(one)

    assert report.repaired
    assert await one.names() == ["Early lamp", "Late lamp"]
    assert not (await sync(one)).repaired


async def test_a_home_that_synced_elsewhere_is_offered_whole(tmp_path, fielded, one, two):
    lamp, room = await one.make("Lamp"), await one.make("Kitchen", "room")
    await one.graph.create_relationship(ANN, lamp, room, "located_in")
    await sync(one)
    async with a_fielded_hub() as other:
        await one.log_in(other, "admin")
        await one.store.write(kept.forget)
        await sync(one)

        assert other.names() == ["Kitchen", "Lamp"]
        assert len(other.hub.rows.edges) == 1
        assert (await sync(one)).pushed == 0


async def test_a_home_is_not_doubled_when_its_login_is_made_again(fielded, one):
    await one.make("Lamp")
    await sync(one)
    rows = fielded.hub.rows.last_seq
    await one.store.write(kept.forget)

    report = await sync(one)

    assert (report.pushed, fielded.hub.rows.last_seq) == (0, rows)


async def test_what_no_version_of_ours_can_say_stays_there_and_is_counted(fielded, one):
    fielded.push(fielded.change("", "no id", version=""), fielded.change("fan", "Fan"))

    report = await sync(one)

    assert (report.unusable, await one.names()) == (1, ["Fan"])


async def test_versions_in_no_known_form_come_here_all_the_same(fielded, one, two):
    fielded.push(fielded.change("fan", "Fan", version="v1"))
    fielded.push(fielded.change("lamp", "Lamp", version="2026-01-01T00:00:00+00:00Z-bob"))

    await sync(one)
    await sync(two)

    assert await one.names() == await two.names() == ["Fan", "Lamp"]
    assert await one.digest() == await two.digest()


async def test_rows_that_no_cursor_reaches_are_found_all_the_same(fielded, one):
    for n in range(730):
        fielded.hub.rows.populate(fielded.change(f"thing-{n:03d}", f"Thing {n}")["entity"])
    fielded.edit("lamp", "Lamp")

    report = await sync(one)

    assert (report.pulled, report.pushed) == (731, 0)
    fielded.clock.advance(hours=1)
    # So is what the hub's own tools change later: by its time.
    fielded.hub.rows.populate(fielded.change("lamp", "Lamp 2", fielded.current("lamp")["version"])["entity"])
    assert (await sync(one)).pulled == 1
    assert (await entity(one, "lamp")).name == "Lamp 2"


async def test_files_stay_here_and_what_is_written_about_them_goes(fielded, one, two):
    """V3-12.11."""
    data = b"\x89PNG photo"
    about = a_file(data, "image/png", "plate.png")
    await one.store.write(lambda tx: tx.put_content(about, data))
    note = await one.make("Type plate", "note", sha256=about.sha256, size=about.size, content_type="image/png")

    await sync(one)
    await sync(two)

    assert fielded.current(note)["content"]["sha256"] == about.sha256
    for device, here, away in ((one, (1, len(data)), 0), (two, (0, 0), 1)):
        status = await device.service.status()
        assert (status.content.waiting, status.content.waiting_bytes) == here
        assert status.content.away == away
        assert (status.pending, status.failure, status.content.held_back_count) == (0, None, 0)
    with pytest.raises(Unavailable, match="this hub keeps none"):
        await two.service.fetch(about.sha256)


async def test_blobs_of_a_newer_branch_are_tolerated_and_not_kept(fielded, one):
    """V3-12.11."""
    data = b"JPEG"
    sha256 = a_file(data).sha256
    fielded.push(fielded.change("photo-1", "Photo", entity_type="note", content={"blob_id": sha256}))
    true_answer = fielded.hub.sync

    def with_blobs(body):
        answer = true_answer(body)
        blob = {"id": sha256, "name": "p.jpg", "blob_type": "jpeg", "data": base64.b64encode(data).decode()}
        return {**answer, "changes": [{**each, "blobs": [blob]} for each in answer["changes"]]}

    fielded.hub.sync = with_blobs
    await sync(one)

    assert await one.names() == ["Photo"]
    assert await one.store.read(lambda view: view.contents()) == []
