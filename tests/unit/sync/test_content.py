"""Files between devices and a hub: over real HTTP, on every store, with hubs and lines that fail."""

import asyncio
import json
from hashlib import sha256

import pytest

from goodies_mcp.errors import NotFound, RemoteProtocolError, Unavailable
from goodies_mcp.inbetweenies import content_exchange
from goodies_mcp.inbetweenies.messages import V2, V3
from goodies_mcp.inbetweenies.verdicts import Policy
from goodies_mcp.sync import content_marks, kept
from tests.support.build import a_file
from tests.support.stores import ENGINES
from tests.support.syncing import a_device
from tests.support.tiny_hub import CONTENT, Says, TinyHub, says, serving

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
PART = 4_096


@pytest.fixture
async def hub():
    async with serving(TinyHub()) as hub:
        yield hub


@pytest.fixture(params=[each for each in ENGINES if each != "inline"])
def engine(request):
    return request.param


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(content_exchange, "PART", PART)
    monkeypatch.setattr(content_exchange, "_MOVES_ON", 1_024)


async def photo(device, data=PNG, name="Photo", **said):
    """A note that names these bytes, and the bytes."""
    about = a_file(data, "image/png", f"{name}.png")
    await device.store.write(lambda tx: tx.put_content(about, data))
    said = {"sha256": about.sha256, "size": about.size, "content_type": "image/png", **said}
    await device.make(name, "note", **said)
    return about.sha256


def sent(hub, method="PUT"):
    return [each for each in hub.requests if each.path.startswith(CONTENT) and each.method == method]


def puts(hub):
    return [each.headers.get("content-range", "whole") for each in sent(hub)]


async def content_of(device):
    return (await device.service.status()).content


async def test_a_file_goes_up_before_the_version_that_names_it(hub, tmp_path, engine):
    """V3-9.2, V3-9.3."""
    async with a_device(tmp_path, engine=engine) as device:
        await device.log_in(hub)
        sha = await photo(device)
        told = await content_of(device)
        assert (told.waiting, told.waiting_bytes) == (1, len(PNG))
        await device.service.sync_now()
        assert hub.contents == {sha: PNG}
        assert puts(hub) == [f"bytes 0-4095/{len(PNG)}", f"bytes 4096-8191/{len(PNG)}", f"bytes 8192-10247/{len(PNG)}"]
        last_put = hub.requests.index(sent(hub)[-1])
        (pushed,) = (n for n, each in enumerate(hub.requests) if each.path.endswith("/sync/") and each.said["push"])
        assert last_put < pushed
        assert await content_of(device) == type(told)()


async def test_the_same_bytes_go_up_once_whoever_names_them(hub, tmp_path):
    """V3-9.3."""
    async with a_device(tmp_path, 1) as one, a_device(tmp_path, 2) as two:
        for device in (one, two):
            await device.log_in(hub)
        await photo(one)
        await photo(one, name="The same again")
        await one.service.sync_now()
        assert len(sent(hub, "HEAD")) == 1
        hub.requests.clear()
        await photo(two, name="Of another device")
        await two.service.sync_now()
        assert len(sent(hub, "HEAD")) == 1
        assert sent(hub) == []
        hub.requests.clear()
        await one.service.sync_now()
        await two.service.sync_now()
        assert sent(hub, "HEAD") == []


async def test_a_broken_line_is_gone_on_with_where_it_stopped(hub, tmp_path, engine):
    """V3-9.3."""
    async with a_device(tmp_path, engine=engine) as device:
        await device.log_in(hub)
        sha = await photo(device)
        await device.service.session()
        hub.contents.clear()
        broken = []

        async def breaks(asked):
            if asked.method == "PUT" and len(puts(hub)) == 5:
                broken.append(asked)
                return Says(raw=b"")
            return None

        hub.always = breaks
        await device.store.write(lambda tx: content_marks.note_at_hub(tx, sha, "another epoch"))
        await device.service.sync_now()
        assert len(broken) == 1
        assert hub.contents == {sha: PNG}
        assert puts(hub)[3:] == [
            f"bytes 0-4095/{len(PNG)}",
            f"bytes 4096-8191/{len(PNG)}",
            f"bytes 4096-8191/{len(PNG)}",
            f"bytes 8192-10247/{len(PNG)}",
        ]


async def test_what_does_not_go_up_holds_back_what_names_it_and_nothing_else(hub, tmp_path, engine):
    """V3-9.2: with what grew from it and its edges; all of it goes with the next session."""
    async with a_device(tmp_path, engine=engine, policy=Policy(attempts=2, push_rows=2)) as device:
        await device.log_in(hub)
        await photo(device)
        (note,) = await device.store.read(lambda view: view.named("Photo"))
        await device.rename(note.id, "Picture")
        await device.make("Lamp")
        lamp = await device.make("Light")
        await device.desk.tie(lamp, note.id, "has_blob")
        await device.make("Fan")

        async def fails(asked):
            return Says(503, b"") if asked.method == "PUT" else None

        hub.always = fails
        finished = await device.service.session()
        assert finished.error.code == "unavailable"
        names = await hub.store.read(lambda view: sorted(each.name for each in view.listed([], after=None, limit=9)))
        assert names == ["Fan", "Lamp", "Light"]
        status = await device.service.status()
        assert (status.pending, status.content.waiting) == (3, 1)
        assert status.failure.code == "unavailable"
        assert status.last_success is None
        hub.always = None
        await device.service.sync_now()
        names = await hub.store.read(lambda view: sorted(each.name for each in view.listed([], after=None, limit=9)))
        assert names == ["Fan", "Lamp", "Light", "Picture"]
        assert await device.pending() == 0
        assert await device.digest() == await hub.store.read(lambda view: view.status().digest)


async def test_what_is_too_large_for_the_hub_stays_and_is_told(hub, tmp_path, engine):
    """V3-9.6: its version goes; it is offered again a day later, or when somebody asks."""
    async with a_device(tmp_path, engine=engine) as device:
        await device.log_in(hub)
        hub.most_content = 5_000
        await photo(device)
        await device.service.sync_now()
        assert await device.pending() == 0
        status = await device.service.status()
        told = status.content
        assert (told.waiting, told.held_back_count, told.held_back_bytes) == (0, 1, len(PNG))
        assert (told.held_back[0].code, told.held_back[0].file_name) == ("too_large", "Photo.png")
        assert "--retry-parked" in status.note
        hub.requests.clear()
        await device.service.sync_now()
        assert sent(hub, "HEAD") == []
        hub.most_content = 1 << 20
        assert await device.service.retry_parked() == 1
        await device.service.sync_now()
        assert list(hub.contents.values()) == [PNG]
        assert (await content_of(device)).held_back_count == 0


async def test_a_refusal_is_believed_for_a_day(hub, tmp_path):
    """V3-9.6."""
    async with a_device(tmp_path) as device:
        await device.log_in(hub)
        hub.most_content = 5_000
        await photo(device)
        await device.service.sync_now()
        hub.most_content = 1 << 20
        device.clock.advance(seconds=23 * 3_600)
        await device.service.sync_now()
        assert hub.contents == {}
        device.clock.advance(seconds=2 * 3_600)
        await device.service.sync_now()
        assert list(hub.contents.values()) == [PNG]


async def test_another_epoch_is_asked_for_everything_anew(hub, tmp_path, engine):
    """V3-9.6: a hub that came back from a backup may have lost files."""
    async with a_device(tmp_path, engine=engine) as device:
        await device.log_in(hub)
        sha = await photo(device)
        await device.service.sync_now()
        hub.contents.clear()
        hub.epoch = "epoch-2"
        await device.service.sync_now()
        assert hub.contents == {sha: PNG}


async def test_it_comes_down_when_it_is_read(hub, tmp_path, engine):
    """V3-9.5."""
    async with a_device(tmp_path, 1, engine=engine) as one, a_device(tmp_path, 2, engine=engine) as two:
        for device in (one, two):
            await device.log_in(hub)
        sha = await photo(one)
        await one.service.sync_now()
        await two.service.sync_now()
        told = await content_of(two)
        assert (told.away, told.away_bytes, told.waiting) == (1, len(PNG), 0)
        assert "when they are first read" in (await two.service.status()).note
        assert sent(hub, "GET") == []
        two.graph._fetch = two.service.fetch
        assert (await two.graph.read_content("Photo")).picture.data == PNG
        assert [each.headers["range"] for each in sent(hub, "GET")] == [
            "bytes=0-4095",
            "bytes=4096-8191",
            "bytes=8192-10247",
        ]
        assert await two.store.read(lambda view: view.content(sha)) == a_file(PNG, "image/png")
        hub.requests.clear()
        await two.graph.read_content("Photo")
        await two.service.sync_now()
        assert sent(hub, "GET") + sent(hub, "HEAD") == []
        assert (await content_of(two)).away == 0
        assert list((tmp_path / "device-2" / "incoming").iterdir()) == []


async def test_it_comes_down_with_each_session_where_that_is_wanted(hub, tmp_path, engine):
    """V3-9.5."""
    async with a_device(tmp_path, 1) as one, a_device(tmp_path, 2, engine=engine, fetch_all=True) as two:
        for device in (one, two):
            await device.log_in(hub)
        small = b"a preview"
        about = a_file(small, "image/jpeg")
        await one.store.write(lambda tx: tx.put_content(about, small))
        await photo(one, preview={"sha256": about.sha256, "content_type": "image/jpeg"})
        await one.service.sync_now()
        await two.service.sync_now()
        assert await two.store.read(lambda view: len(view.contents())) == 2
        assert (await content_of(two)).away == 0


async def test_a_fetch_that_was_cut_off_goes_on_where_it_stopped(hub, tmp_path, engine):
    """V3-9.3."""
    async with a_device(tmp_path, 1) as one, a_device(tmp_path, 2, engine=engine) as two:
        for device in (one, two):
            await device.log_in(hub)
        sha = await photo(one)
        await one.service.sync_now()
        await two.service.sync_now()

        async def breaks(asked):
            return Says(raw=b"HTTP/1.1 206 P\r\ncontent-length: 9\r\n\r\nhal") if len(sent(hub, "GET")) > 2 else None

        hub.always = breaks
        with pytest.raises(Unavailable, match="not on this device yet") as away:
            await two.service.fetch(sha)
        assert "sync_now" in away.value.hint
        hub.always = None
        hub.requests.clear()
        await two.service.fetch(sha)
        assert [each.headers["range"] for each in sent(hub, "GET")] == ["bytes=8192-10247"]


async def test_bytes_of_another_hash_are_never_kept(hub, tmp_path, engine):
    """V3-9.4: a hub that lies is told, and believed when it no longer does."""
    async with a_device(tmp_path, 1) as one, a_device(tmp_path, 2, engine=engine) as two:
        for device in (one, two):
            await device.log_in(hub)
        sha = await photo(one)
        await one.service.sync_now()
        await two.service.sync_now()
        hub.contents[sha] = PNG[:-1] + b"!"
        with pytest.raises(RemoteProtocolError, match="not those of this content's hash"):
            await two.service.fetch(sha)
        assert len(sent(hub, "GET")) == 6
        assert await two.store.read(lambda view: view.content(sha)) is None
        assert (await content_of(two)).away == 1
        hub.contents[sha] = PNG
        await two.service.fetch(sha)
        assert await two.store.read(lambda view: view.content_bytes(sha)) == PNG


async def test_one_lie_keeps_no_other_file_away(hub, tmp_path):
    """V3-9.4: in a session that fetches everything, which says so at its end."""
    async with a_device(tmp_path, 1) as one, a_device(tmp_path, 2, fetch_all=True) as two:
        for device in (one, two):
            await device.log_in(hub)
        photos = [await photo(one, PNG + bytes([n]), f"Photo {n}") for n in range(3)]
        await one.service.sync_now()
        wrong, missing, true = sorted(photos)
        hub.contents[wrong] = PNG + b"?"
        del hub.contents[missing]
        with pytest.raises(RemoteProtocolError, match="thrown away"):
            await two.service.sync_now()
        assert await two.store.read(lambda view: view.contents()) == [true]
        status = await two.service.status()
        assert (status.content.away, status.pulled, status.failure.code) == (2, 3, "remote_protocol_error")


async def test_bytes_that_keep_being_spoiled_are_declined_and_hold_nothing_back(hub, tmp_path):
    """V3-9.4: on their way, twice; the hub throws them away, and says so."""
    async with a_device(tmp_path) as device:
        await device.log_in(hub)
        sha = await photo(device)

        async def spoils(asked):
            if asked.method == "PUT":
                hub.parts[sha] = b"?" * len(hub.parts.get(sha, b""))

        hub.always = spoils
        await device.service.sync_now()
        assert hub.contents == {}
        told = await content_of(device)
        assert told.held_back[0].code == "remote_protocol_error"
        assert await device.pending() == 0


async def test_two_readers_fetch_once(hub, tmp_path):
    async with a_device(tmp_path, 1) as one, a_device(tmp_path, 2) as two:
        for device in (one, two):
            await device.log_in(hub)
        sha = await photo(one)
        await one.service.sync_now()
        await two.service.sync_now()
        await asyncio.gather(*(two.service.fetch(sha) for _ in range(5)))
        assert len(sent(hub, "HEAD")) == 2


async def test_why_a_file_cannot_be_fetched_is_said(hub, tmp_path):
    async with a_device(tmp_path) as device:
        unknown = sha256(b"never").hexdigest()
        with pytest.raises(Unavailable, match="no hub is known") as no_hub:
            await device.service.fetch(unknown)
        assert "hub login" in no_hub.value.hint
        await device.log_in(hub)
        with pytest.raises(NotFound, match="neither on this device nor at the hub") as nowhere:
            await device.service.fetch(unknown)
        assert "next sync" in nowhere.value.hint
        hub.always = says(503, b"", retry_after="7200")
        with pytest.raises(Unavailable, match="could not be fetched"):
            await device.service.fetch(unknown)
        await device.store.write(lambda tx: kept.put_protocol(tx, hub.url, V2, device.clock.now()))
        with pytest.raises(Unavailable, match="speaks inbetweenies-v2"):
            await device.service.fetch(unknown)


async def test_a_token_that_has_run_out_is_renewed_for_a_read(hub, tmp_path):
    async with a_device(tmp_path, 1) as one, a_device(tmp_path, 2) as two:
        for device in (one, two):
            await device.log_in(hub)
        sha = await photo(one)
        await one.service.sync_now()
        await two.service.sync_now()
        hub.tokens.clear()
        before = two.file.load().access_token
        await two.service.fetch(sha)
        assert two.file.load().access_token != before
        assert await two.store.read(lambda view: view.content(sha)) is not None


async def test_a_v2_hub_has_no_files_and_loses_none(hub, tmp_path, engine):
    """V3-12.11: the status says what stays; the first v3 hub gets it."""
    async with a_device(tmp_path, engine=engine) as device:
        await device.log_in(hub)
        sha = await photo(device)
        unsupported = json.dumps({"detail": "Unsupported protocol version"}).encode()

        async def v2(asked):
            if not asked.path.endswith("/sync/"):
                return Says(200, b"[]")
            if asked.said["protocol_version"] == V3:
                return Says(400, unsupported)
            return Says(503, b"", {"retry-after": "7200"})

        hub.always = v2
        assert (await device.service.session()).error.code == "unavailable"
        assert sent(hub, "HEAD") == sent(hub) == []
        status = await device.service.status()
        assert status.protocol == V2
        assert (status.content.waiting, status.content.waiting_bytes) == (1, len(PNG))
        assert "stay on this device until a newer hub" in status.note
        hub.always = None
        await device.store.write(lambda tx: kept.forget_protocol(tx, hub.url))
        await device.service.sync_now()
        assert hub.contents == {sha: PNG}


async def test_progress_tells_of_files_and_never_goes_back(hub, tmp_path):
    async with a_device(tmp_path) as device:
        await device.log_in(hub)
        await photo(device)
        await device.make("Lamp")
        told = []

        async def progress(done, total, message):
            told.append((done, message))

        await device.service.sync_now(progress)
        assert [done for done, _ in told] == sorted(done for done, _ in told)
        assert any("Photo.png: " in message for _, message in told)
        assert ("Photo.png has crossed") in [message for _, message in told]


async def test_logging_in_elsewhere_forgets_no_file(hub, tmp_path):
    async with serving(TinyHub(household="other", epoch="other-1")) as other, a_device(tmp_path) as device:
        await device.log_in(hub)
        sha = await photo(device)
        await device.service.sync_now()
        hub.most_content = 5_000
        large = await photo(device, PNG + b"more", "Large")
        await device.service.sync_now()
        assert (await content_of(device)).held_back_count == 1
        await device.store.write(kept.forget)
        told = await content_of(device)
        assert (told.held_back_count, told.waiting) == (0, 2)
        await device.log_in(other)
        await device.service.sync_now()
        assert other.contents == {sha: PNG, large: PNG + b"more"}
