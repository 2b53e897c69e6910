"""A home written as lines and read back: what is in the file, and what is said of a file that is not as written."""

import io
import json
import sqlite3
from hashlib import sha256

import pytest

from goodies_mcp.errors import InvalidInput
from goodies_mcp.graph.exporting import export_lines
from goodies_mcp.graph.importing import LONGEST_LINE, import_lines
from tests.support import desk as support
from tests.support.build import Device, a_file, forged, record
from tests.support.desk import ANN


@pytest.fixture
async def other(desk, request, tmp_path):
    """A second, empty home on the same engine."""
    (tmp_path / "other").mkdir()
    async with support.desk(request.node.callspec.params["desk"], tmp_path / "other", family=0xB) as other:
        yield other


async def exported(home) -> bytes:
    return b"".join([piece async for piece in export_lines(home.store)])


async def taken_in(home, file: bytes, **options):
    return await import_lines(home.store, io.BytesIO(file), **options)


async def refused(home, file: bytes, **options) -> dict:
    with pytest.raises(InvalidInput) as caught:
        await taken_in(home, file, **options)
    assert caught.value.argument == "file"
    said = caught.value.as_dict()
    assert (f"line {said['line']}" in said["message"]) == (said["line"] > 0)
    return said


def rows(file: bytes) -> list[dict]:
    return [json.loads(line) for line in file.splitlines()]


def unchecked(file: bytes) -> list[bytes]:
    """The lines as somebody else's program might write them: without checks and without the end."""
    return [line for line in file.splitlines() if json.loads(line)["kind"] not in {"check", "end"}]


def resealed(lines: list[bytes]) -> bytes:
    """Lines with a last one that fits them."""
    return b"".join(line + b"\n" for line in lines) + b'{"kind":"end","lines":%d}\n' % len(lines)


async def test_everything_comes_back(desk, other):
    data = bytes(range(256)) * 3_000
    photo = a_file(data, "image/png", "hall.png")
    loose = a_file(b"nobody names me")
    await desk.store.write(lambda tx: (tx.put_content(photo, data), tx.put_content(loose, b"nobody names me")))
    await desk.store.write(lambda tx: tx.put_value("sync.cursor", "17"))
    hall = await desk.make("room", "Hall", content={"photo": {"sha256": photo.sha256}, "text": "Zürich \u2028 \x00 \n"})
    lamp = await desk.make("device", "Lamp", located_in=hall)
    await desk.graph.update_entity(ANN, lamp, {"a": [1, 1.0, True, None, 10**30]})
    await desk.graph.record_states([(lamp, "on_off", {"on": True})])
    await desk.pull(Device(3).entity(record(3), "From a peer"))
    await desk.graph.delete_entity(ANN, lamp)
    await desk.graph.undo(ANN)
    file = await exported(desk)
    report = await taken_in(other, file)
    assert (report.states, report.contents, report.new_contents) == (1, 1, 1)
    assert await other.shown() == await desk.shown()
    for home_value in ("status", "states"):
        ours, theirs = [await getattr(home, home_value)() for home in (desk, other)]
        if home_value == "status":
            assert (ours.digest, ours.feed, dict(ours.counts)) == (theirs.digest, theirs.feed, dict(theirs.counts))
        else:
            assert ours == theirs
    for each in (hall, lamp, record(3)):
        assert await other.versions(each) == await desk.versions(each)
    assert await other.store.read(lambda view: view.content(photo.sha256)) == photo
    assert await other.store.read(lambda view: view.content_bytes(photo.sha256)) == data
    assert await other.store.read(lambda view: view.content(loose.sha256)) is None
    assert await other.store.read(lambda view: view.value("sync.cursor")) is None
    batches = [await home.store.read(lambda view: view.batches(None, 99)) for home in (desk, other)]
    assert batches[0] == batches[1]
    assert rows(await exported(other)) == rows(file)


async def test_undo_works_on_what_was_imported(desk, other):
    before = await desk.shown()
    await desk.make("device", "Lamp")
    await taken_in(other, await exported(desk))
    await other.graph.undo(ANN)
    assert await other.shown() == before


async def test_the_file_says_what_it_is_and_ends(desk):
    await desk.make("device", "Lamp")
    file = rows(await exported(desk))
    status = await desk.status()
    assert file[0] == {
        "kind": "goodies-mcp", "format": 1, "schema": status.schema, "versions": 1, "digest": status.digest
    }  # fmt: skip
    assert [row["kind"] for row in file] == ["goodies-mcp", "check", "batch", "entity", "check", "end"]
    assert file[-1]["lines"] == len(file) - 1


async def test_an_empty_home_is_exported_too(desk, other):
    report = await taken_in(other, await exported(desk))
    assert (report.versions, report.lines) == (0, 3)


async def test_what_is_known_changes_nothing_and_a_full_home_takes_in_what_it_lacks(desk, other):
    await desk.make("device", "Lamp")
    await other.make("device", "Fan")
    first = await taken_in(other, await exported(desk))
    feed = (await other.status()).feed
    again = await taken_in(other, await exported(desk))
    assert (first.new_versions, again.new_versions, again.versions) == (1, 0, 1)
    assert (await other.status()).feed == feed
    await taken_in(desk, await exported(other))
    assert (await desk.status()).digest == (await other.status()).digest
    assert sorted(shown[1] for shown in (await desk.shown()).values()) == ["Fan", "Lamp"]


async def test_what_was_imported_waits_to_be_pushed(desk, other):
    await desk.make("device", "Lamp")
    await taken_in(other, await exported(desk))
    assert (await other.status()).unpushed == 1


async def test_a_newer_reading_is_not_replaced_by_an_older_one(desk, other):
    lamp = await desk.make("device", "Lamp")
    await desk.graph.record_states([(lamp, "on_off", {"on": True})])
    old = await exported(desk)
    await taken_in(other, old)
    desk.clock.advance(hours=1)
    await desk.graph.record_states([(lamp, "on_off", {"on": False})])
    await taken_in(other, await exported(desk))
    await taken_in(other, old)
    assert [dict(state.value) for state in await other.states()] == [{"on": False}]


async def test_a_rehearsal_counts_and_writes_nothing(desk, other):
    data = b"manual"
    await desk.store.write(lambda tx: tx.put_content(a_file(data), data))
    await desk.make("device", "Lamp", content={"file": a_file(data).sha256})
    feed = (await other.status()).feed
    report = await taken_in(other, await exported(desk), dry_run=True)
    assert (report.dry_run, report.versions, report.new_versions, report.new_contents) == (True, 1, 1, 1)
    assert (await other.status()).feed == feed
    assert await other.store.read(lambda view: view.content(a_file(data).sha256)) is None
    await taken_in(other, await exported(desk))
    assert (await taken_in(other, await exported(desk), dry_run=True)).new_versions == 0


async def test_a_large_home_is_written_page_by_page_with_the_lock_free_in_between(desk, other):
    peer = Device(4)
    await desk.pull(*(peer.entity(record(n), f"Thing {n}") for n in range(2_500)))
    writes, real = [], other.store.write

    async def counted(work):
        writes.append(work)
        return await real(work)

    other.store.write = counted
    told = []

    async def progress(done, total, message):
        told.append((done, total, message))

    await taken_in(other, await exported(desk), progress=progress)
    assert 2 <= len(writes) <= 4
    assert told[-1] == (2_500, 2_500, "versions")
    assert [done for done, _, _ in told] == sorted({done for done, _, _ in told})
    assert (await other.status()).digest == (await desk.status()).digest


async def test_versions_written_while_the_export_runs_are_left_for_the_next(desk):
    await desk.make("device", "Lamp")
    file = b""
    async for piece in export_lines(desk.store):
        if not file:
            await desk.make("device", "Fan")
        file += piece
    assert [row["name"] for row in rows(file) if row["kind"] == "entity"] == ["Lamp"]


async def test_versions_that_were_compacted_away_are_left_out_and_the_rest_follows(tmp_path):
    async with support.desk("sqlite", tmp_path) as home:
        lamp = await home.make("device", "Lamp")
        for start in range(0, 400, 200):
            changes = [
                {"action": "update_entity", "entity": lamp, "changes": {"n": n}} for n in range(start, start + 200)
            ]
            await home.graph.apply_changes(ANN, changes)
        with sqlite3.connect(tmp_path / "sqlite.db") as file:
            file.execute("UPDATE entity_versions SET content = NULL WHERE seq BETWEEN 2 AND 390")
        file.close()
        kept = [row["content"] for row in rows(await exported(home)) if row["kind"] == "entity"]
    assert kept == [{}, *({"n": n} for n in range(389, 400))]


async def test_every_way_to_cut_a_file_short_is_noticed_and_what_was_checked_is_kept(desk, other):
    peer = Device(4)
    await desk.pull(*(peer.entity(record(n), f"Thing {n}") for n in range(130)))
    file = await exported(desk)
    lines = file.splitlines(keepends=True)
    for kept in (1, 2, 50, len(lines) - 2, len(lines) - 1):
        said = await refused(other, b"".join(lines[:kept]))
        assert said["line"] == kept
        assert "last line" in said["message"]
    assert (await other.status()).feed == 130
    said = await refused(other, file[:-20])
    assert said["line"] == len(lines)


async def test_a_file_cut_in_the_middle_of_a_line_keeps_the_pages_before_it(desk, other):
    peer = Device(4)
    await desk.pull(*(peer.entity(record(n), f"Thing {n}") for n in range(1_300)))
    file = await exported(desk)
    said = await refused(other, file[: len(file) - 2_000])
    assert "is no JSON" in said["message"]
    assert said["imported"]["versions"] == (await other.status()).feed == 1_100
    report = await taken_in(other, file)
    assert report.new_versions == 200


@pytest.mark.parametrize("ending", [b"\r\n", b"\n\n"])
async def test_other_line_ends_are_read(desk, other, ending):
    await desk.make("device", "Lamp")
    await taken_in(other, (await exported(desk)).replace(b"\n", ending))
    assert (await other.status()).digest == (await desk.status()).digest


async def test_one_altered_letter_is_noticed_and_its_page_is_not_written(desk, other):
    await desk.make("device", "Lamp")
    said = await refused(other, (await exported(desk)).replace(b'"Lamp"', b'"Lump"'))
    assert "not those that were written" in said["message"]
    assert said["imported"]["versions"] == (await other.status()).feed == 0


async def test_doubled_and_reordered_lines_change_nothing_where_no_check_forbids_them(desk, other):
    lamp = await desk.make("device", "Lamp")
    await desk.graph.update_entity(ANN, lamp, {"a": 1})
    header, *lines = unchecked(await exported(desk))
    report = await taken_in(other, resealed([header, *lines, *lines, *lines[:2]]))
    assert (report.versions, report.new_versions) == (5, 2)
    assert (await other.status()).digest == (await desk.status()).digest


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"\n\n",
        b"\x1f\x8b\x08\x00compressed",
        b"\xff\xfe",
        b"[1, 2]\n",
        b"7\n",
        b"<html>\n",
        b'{"kind":"entity"}\n',
        b'{"kind":"goodies-mcp","format":2,"schema":1,"versions":0,"digest":""}\n',
        b'{"entities":[{"id":"1"}],"relationships":[]}\n',
        b'{"kind":"check","sha256":"%s"}\n' % (b"0" * 64),
    ],
)
async def test_a_file_of_another_kind_is_refused(other, file):
    said = await refused(other, file)
    assert "no export of goodies-mcp" in said["message"] or "empty" in said["message"]
    assert "goodies-mcp export" in said["hint"]
    assert (await other.status()).feed == 0


LAMP = {
    "kind": "entity", "id": "1", "version": "v", "type": "device", "name": "Lamp", "content": {},
    "edited_at": "2026-01-01T00:00:00.000000+00:00", "author": "ann", "device": "d", "source_type": "manual",
    "deleted": False, "dot": ["i", 1], "context": {}, "parents": [], "batch": None,
}  # fmt: skip
DEEP = json.loads('{"a":' * 70 + "1" + "}" * 70)
MISSING = object()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": 5}, "id"),
        ({"id": MISSING}, "id"),
        ({"version": None}, "version"),
        ({"name": None}, "name"),
        ({"author": "\ud800"}, "author"),
        ({"content": []}, "content"),
        ({"content": DEEP}, "content"),
        ({"content": {"x": "y" * 1_100_000}}, "content"),
        ({"edited_at": "2026-01-01"}, "edited_at"),
        ({"deleted": 0}, "deleted"),
        ({"dot": ["i", 0]}, "dot"),
        ({"dot": ["i", True]}, "dot"),
        ({"dot": ["i", 1 << 63]}, "dot"),
        ({"dot": ["i"]}, "dot"),
        ({"context": {"j": -1}}, "context"),
        ({"context": []}, "context"),
        ({"parents": "v"}, "parents"),
        ({"parents": [1]}, "parents"),
        ({"batch": 5}, "batch"),
        ({"batch": "unheard of"}, "batch"),
        ({"colour": "red"}, "colour"),
        ({"kind": "spaceship"}, "kind"),
        ({"kind": ["entity"]}, "kind"),
        ({"kind": "relationship"}, "content"),
        ({"content": {"x": "\udfff"}}, None),
        ({"dot": ["i", 1], "context": {"i": 1}}, None),
    ],
)
async def test_a_bad_line_is_named_with_its_field_and_what_came_before_is_kept(other, change, field):
    header = {"kind": "goodies-mcp", "format": 1, "schema": 1, "versions": 2, "digest": ""}
    good = {**LAMP, "id": "0", "dot": ["i", 7], "version": "w"}
    bad = {key: value for key, value in {**LAMP, **change}.items() if value is not MISSING}
    file = resealed([json.dumps(row).encode() for row in (header, good, bad)])
    said = await refused(other, file)
    assert (said["line"], said.get("field")) == (3, field)
    assert said["imported"]["versions"] == 1
    assert [shown[1] for shown in (await other.shown()).values()] == ["Lamp"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"x" * (LONGEST_LINE + 1), "longer than"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"kind":' * 100_000, "nested too deeply"),
        (b'{"kind":"entity","content":{"x":NaN}}', "NaN is no JSON"),
        (b'{"kind":"end","lines":' + b"9" * 5_000 + b"}", "is no JSON"),
        (b"\xc3\x28", "UTF-8"),
        (b'{"kind":"end","lines":7}', "7 lines were written"),
        (b'{"kind":"goodies-mcp","format":1,"schema":1,"versions":0,"digest":""}', "second file"),
        (b'{"kind":"chunk","sha256":"%s","data":""}' % (b"0" * 64), "belongs to no content"),
        (b'{"kind":"chunk","sha256":"%s","data":"*"}' % (b"0" * 64), "base64"),
        (b'{"kind":"check","sha256":"short"}', "64 hexadecimal"),
        (b'{"kind":"content","sha256":"%s","size":0,"content_type":"x"}' % (b"0" * 64), "what its hash says"),
        (b'{"kind":"content","sha256":"%s","size":1e9,"content_type":"x"}' % (b"0" * 64), "whole number"),
        (b'{"kind":"content","sha256":"%s","size":9999999999,"content_type":"x"}' % (b"0" * 64), "at most"),
        (b'{"kind":"state","entity":"1","capability":"on_off","value":{"x":1},"since":"","seen_at":""}', "time"),
        (b'{"kind":"state","entity":"1","capability":"on_off","value":{"x":1e999},"since":"","seen_at":""}', "inf"),
    ],
)
async def test_lines_that_would_hurt_are_refused(other, line, said):
    header = b'{"kind":"goodies-mcp","format":1,"schema":1,"versions":0,"digest":""}'
    answer = await refused(other, b"\n".join([header, line, b""]))
    assert (answer["line"], said in answer["message"]) == (2, True), answer["message"]


async def test_content_that_is_incomplete_or_wrong_is_refused(other):
    header = b'{"kind":"goodies-mcp","format":1,"schema":1,"versions":0,"digest":""}'
    begun = b'{"kind":"content","sha256":"%s","size":3,"content_type":"x"}' % sha256(b"abc").hexdigest().encode()
    part = b'{"kind":"chunk","sha256":"%s","data":"YWI="}' % sha256(b"abc").hexdigest().encode()
    assert "incomplete" in (await refused(other, resealed([header, begun, part])))["message"]
    assert "what its hash says" in (await refused(other, resealed([header, begun, part, part])))["message"]


async def test_something_after_the_end_is_refused(desk, other):
    file = await exported(desk)
    assert "follows" in (await refused(other, file + file))["message"]


async def test_a_version_that_contradicts_a_known_one_is_named_by_its_line(desk, other):
    peer = Device(5)
    versions = [peer.entity(record(n), f"Thing {n}") for n in range(4)]
    await desk.pull(*versions)
    await other.pull(forged(versions[2], author="mallory"))
    file = await exported(desk)
    for options in ({"dry_run": True}, {}):
        said = await refused(other, file, **options)
        assert rows(file)[said["line"] - 1]["id"] == record(2)
        assert said["imported"]["versions"] == 2
    assert (await other.status()).feed == 3
