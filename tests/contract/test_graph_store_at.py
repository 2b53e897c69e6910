"""What every store answers about moments in the past, verb by verb: before, between and after what happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from goodies_mcp.core.models import EntityPayload, Version
from goodies_mcp.core.versions import next_version
from goodies_mcp.storage.interface import TextQuery
from tests.support.build import Device, a_batch, record
from tests.support.clock import moment

HALL, ATTIC, LAMP, PLACE, OWNER = (record(n) for n in (1, 2, 3, 10, 11))
BEFORE, AFTER = moment(-1), moment(86_400)


async def put(store, *versions, local=True):
    return await store.write(lambda tx: tx.apply(versions, local=local))


@dataclass(frozen=True)
class Story:
    """The versions of a house's life, each a millisecond after the one before."""

    hall: Version
    attic: Version
    lamp: Version
    placed: Version
    renamed: Version
    moved: Version
    dropped: Version
    deleted: Version
    revived: Version


def told(device: Device) -> Story:
    hall = device.entity(HALL, "Hall", entity_type="room")
    attic = device.entity(ATTIC, "Attic", entity_type="room")
    lamp = device.entity(LAMP, "Lamp", content={"notes": "brass", "warranty_until": "2026-06-01"})
    placed = device.edge(PLACE, LAMP, HALL)
    renamed = device.entity(LAMP, "Chandelier", lamp, content={"notes": "crystal"})
    moved = device.edge(PLACE, LAMP, ATTIC, placed)
    dropped = device.tombstone(hall)
    deleted = device.tombstone(renamed)
    revived = device.revival(deleted)
    return Story(hall, attic, lamp, placed, renamed, moved, dropped, deleted, revived)


@pytest.fixture(params=["in order", "all at once, backwards"])
async def story(request, store):
    device = Device(1)
    told_story = told(device)
    happened = [getattr(told_story, name) for name in Story.__dataclass_fields__]
    if request.param == "in order":
        for version in happened:
            await put(store, version)
    else:
        await put(store, *reversed(happened), local=False)
    return told_story


async def seen(store, at, work):
    return await store.read(work, at=at)


def just_before(at):
    """The last microsecond before a moment of the story (its moments lie on whole milliseconds)."""
    return (datetime.fromisoformat(at) - timedelta(microseconds=1)).isoformat(timespec="microseconds")


def by_edit(held):
    return sorted((each.value for each in held), key=lambda version: version.edited_at)


async def test_the_view_knows_its_moment(store):
    assert await store.read(lambda view: view.at) is None
    assert await store.read(lambda view: view.at, at=BEFORE) == BEFORE


async def test_entities_are_what_they_were(store, story):
    async def lamp(at, deleted=False):
        shown = (await seen(store, at, lambda view: view.entities([LAMP], deleted=deleted))).get(LAMP)
        return shown and (shown.name, dict(shown.content).get("notes"), shown.version, shown.deleted)

    assert await lamp(BEFORE) is None
    assert await lamp(just_before(story.lamp.edited_at), deleted=True) is None
    assert await lamp(story.lamp.edited_at) == ("Lamp", "brass", story.lamp.version, False)
    assert await lamp(just_before(story.renamed.edited_at)) == ("Lamp", "brass", story.lamp.version, False)
    assert await lamp(story.renamed.edited_at) == ("Chandelier", "crystal", story.renamed.version, False)
    assert await lamp(just_before(story.deleted.edited_at)) == await lamp(story.renamed.edited_at)
    assert await lamp(story.deleted.edited_at) is None
    assert await lamp(story.deleted.edited_at, deleted=True) == ("Chandelier", "crystal", story.deleted.version, True)
    assert await lamp(story.revived.edited_at) == ("Chandelier", "crystal", story.revived.version, False)
    assert await lamp(AFTER) == await lamp(None)


async def test_creation_is_the_same_at_every_moment(store, story):
    for at in (story.lamp.edited_at, story.renamed.edited_at, AFTER, None):
        shown = await seen(store, at, lambda view: view.entities([LAMP]))
        assert shown[LAMP].created_at == story.lamp.edited_at


async def test_names_lists_and_counts_are_those_of_then(store, story):
    async def names(at):
        found = await seen(store, at, lambda view: (view.listed([], after=None, limit=9), view.counts()))
        return [each.name for each in found[0]], found[1]

    async def ids(at, name):
        return [each.id for each in await seen(store, at, lambda view: view.named(name))]

    assert await names(BEFORE) == ([], {})
    assert await names(story.attic.edited_at) == (["Attic", "Hall"], {"room": 2})
    assert await names(story.placed.edited_at) == (["Attic", "Hall", "Lamp"], {"room": 2, "device": 1})
    assert await names(story.dropped.edited_at) == (["Attic", "Chandelier"], {"room": 1, "device": 1})
    assert await names(story.deleted.edited_at) == (["Attic"], {"room": 1})
    assert await names(AFTER) == (["Attic", "Chandelier"], {"room": 1, "device": 1})
    assert await ids(story.lamp.edited_at, "LAMP") == [LAMP]
    assert await ids(story.renamed.edited_at, "lamp") == []
    assert await ids(story.renamed.edited_at, "chandelier") == [LAMP]
    assert await ids(story.lamp.edited_at, "chandelier") == []


async def test_listed_pages_at_a_moment(store, story):
    at = story.placed.edited_at
    first = await seen(store, at, lambda view: view.listed(["room", "device"], after=None, limit=2))
    rest = await seen(store, at, lambda view: view.listed(["room", "device"], after=("hall", HALL), limit=2))
    assert [each.name for each in first + rest] == ["Attic", "Hall", "Lamp"]


async def test_edges_lead_where_they_led(store, story):
    async def around(at):
        out, hall, attic, one = await seen(
            store,
            at,
            lambda view: (
                view.edges([LAMP], "out", ["located_in"]),
                view.edges([HALL], "in"),
                view.edges([ATTIC], "in"),
                view.relationship(PLACE),
            ),
        )
        return [each.to_id for each in out], len(hall), len(attic), one and one.to_id

    assert await around(story.lamp.edited_at) == ([], 0, 0, None)
    assert await around(story.placed.edited_at) == ([HALL], 1, 0, HALL)
    assert await around(just_before(story.moved.edited_at)) == ([HALL], 1, 0, HALL)
    assert await around(story.moved.edited_at) == ([ATTIC], 0, 1, ATTIC)
    assert (await around(story.deleted.edited_at))[2] == 0, "the lamp at the other end is deleted"
    assert await around(AFTER) == ([ATTIC], 0, 1, ATTIC)


async def test_an_edge_is_hidden_only_while_its_other_end_is_deleted(store):
    device = Device(1)
    hall, lamp = device.entity(HALL, "Hall", entity_type="room"), device.entity(LAMP)
    edge = device.edge(PLACE, LAMP, HALL)
    gone = device.tombstone(hall)
    back = device.revival(gone)
    await put(store, hall, lamp, edge, gone, back)
    for at, there in ((edge.edited_at, 1), (gone.edited_at, 0), (back.edited_at, 1), (None, 1)):
        assert len(await seen(store, at, lambda view: view.edges([LAMP], "out"))) == there, at


async def test_a_deleted_edge_is_there_before_its_deletion(store):
    device = Device(1)
    edge = device.edge(PLACE, LAMP, HALL)
    await put(store, device.entity(HALL, "Hall", entity_type="room"), device.entity(LAMP), edge)
    at = device.clock.now()
    await put(store, device.tombstone(edge))
    assert [each.id for each in await seen(store, at, lambda view: view.edges([LAMP], "out"))] == [PLACE]
    assert await seen(store, None, lambda view: view.edges([LAMP], "out")) == []


async def test_search_finds_what_was_written_then(store, story):
    async def found(at, word, **kwargs):
        query = TextQuery(((word,),), **kwargs)
        return [hit.entity.name for hit in await seen(store, at, lambda view: view.search(query, 9))]

    assert await found(just_before(story.lamp.edited_at), "lamp") == []
    assert await found(story.lamp.edited_at, "lamp") == ["Lamp"]
    assert await found(story.lamp.edited_at, "brass") == ["Lamp"]
    assert await found(story.lamp.edited_at, "crystal") == []
    assert await found(story.renamed.edited_at, "brass") == []
    assert await found(story.renamed.edited_at, "crystal") == ["Chandelier"]
    assert await found(story.renamed.edited_at, "chandelier", names_only=True) == ["Chandelier"]
    assert await found(story.renamed.edited_at, "chandelier", types=("room",)) == []
    assert await found(story.deleted.edited_at, "crystal") == []
    assert await found(story.revived.edited_at, "crystal") == ["Chandelier"]
    assert await found(None, "brass") == []


async def test_due_dates_are_those_of_then(store, story):
    async def due(at):
        return [each.on for each in await seen(store, at, lambda view: view.due("2027-01-01", after=None, limit=9))]

    assert await due(BEFORE) == []
    assert await due(story.placed.edited_at) == ["2026-06-01"]
    assert await due(story.renamed.edited_at) == []


async def test_history_ends_at_the_moment(store, story):
    async def history(at):
        versions = await seen(store, at, lambda view: view.versions(LAMP))
        whole = await seen(store, at, lambda view: view.histories([LAMP]))
        assert whole == ({LAMP: versions[::-1]} if versions else {})
        return by_edit(versions)

    assert await history(BEFORE) == []
    assert await history(story.lamp.edited_at) == [story.lamp]
    assert await history(story.moved.edited_at) == [story.lamp, story.renamed]
    assert await history(AFTER) == [story.lamp, story.renamed, story.deleted, story.revived]


async def test_heads_are_those_of_now_whatever_the_moment(store, story):
    for at in (BEFORE, story.lamp.edited_at, None):
        assert [each.value for each in await seen(store, at, lambda view: view.heads(LAMP))] == [story.revived]


async def test_the_feed_is_that_of_the_snapshot_whatever_the_moment(store, story):
    now = await store.read(lambda view: view.feed())
    assert await seen(store, BEFORE, lambda view: view.feed()) == now
    assert (await seen(store, BEFORE, lambda view: view.status())).digest == (
        await store.read(lambda view: view.status())
    ).digest


async def test_a_clock_that_goes_back_makes_no_version_disappear(store):
    """The axis is ``edited_at`` alone: an edit that claims an earlier time than its parent is seen from then on."""
    device = Device(1)
    device.clock.advance(hours=2)
    first = device.entity(LAMP, "First")
    device.clock.advance(hours=-1)
    second = device.entity(LAMP, "Second", first)
    await put(store, first, second)

    async def name(at):
        shown = await seen(store, at, lambda view: view.entities([LAMP]))
        return shown and shown[LAMP].name

    assert await name(just_before(second.edited_at)) == {}
    assert await name(second.edited_at) == "Second"
    assert await name(first.edited_at) == "First"
    assert await name(None) == "Second"


@pytest.mark.parametrize("arrival", [1, -1], ids=["in order", "backwards"])
async def test_p05_of_two_edits_at_one_moment_the_later_one_counts(store, arrival):
    """A batch has one timestamp: what it said last is what was shown, however it arrived here."""
    device = Device(1)
    versions: list[Version] = []
    for n in range(12):
        versions.append(
            next_version(
                versions[-1:],
                record_id=LAMP,
                payload=EntityPayload("device", f"n{n}"),
                edited_at=moment(5),
                dot=device.dot(),
                author="ann",
                device="tablet",
            )
        )
    await put(store, *versions[::arrival])
    assert (await seen(store, moment(5), lambda view: view.entities([LAMP])))[LAMP].name == "n11"
    assert await seen(store, moment(4.999), lambda view: view.entities([LAMP])) == {}


async def test_concurrent_edits_alternate_by_their_times(store):
    """While two devices knew nothing of each other, the past shows whichever had edited last."""
    one, two = Device(1), Device(2)
    base = one.entity(LAMP, "Base")
    await put(store, base)
    two.clock.set(base.edited_at)
    two.clock.advance(microseconds=500)
    left = one.entity(LAMP, "Left", base)
    right = two.entity(LAMP, "Right", base)
    await put(store, right, local=False)
    await put(store, left, local=False)
    names = [
        (await seen(store, at, lambda view: view.entities([LAMP])))[LAMP].name
        for at in (base.edited_at, left.edited_at, right.edited_at)
    ]
    assert names == ["Base", "Left", "Right"]
    assert not (await seen(store, right.edited_at, lambda view: view.entities([LAMP])))[LAMP].conflicted


async def test_batches_of_a_moment_hold_what_was_edited_by_then(store):
    device = Device(1)
    early, late = device.entity(LAMP, "Early"), device.entity(HALL, "Late", entity_type="room")

    def work(tx):
        tx.begin_batch(a_batch("b", at=late.edited_at))
        tx.apply([early, late], local=True)

    await store.write(work)
    held = await seen(store, early.edited_at, lambda view: view.batch_versions("b"))
    assert [each.value for each in held] == [early]


async def test_edited_looks_no_further_than_the_moment(store, story):
    held = await seen(store, story.renamed.edited_at, lambda view: view.edited("", AFTER, after=None, limit=99))
    assert by_edit(held) == [story.hall, story.attic, story.lamp, story.placed, story.renamed]
