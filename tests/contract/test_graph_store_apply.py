"""Adding versions: any order, any number of times, from here and from elsewhere (P5, P6), and what is refused."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodies_mcp.core.canonical import content_hash
from goodies_mcp.core.models import Dot, VersionId
from goodies_mcp.core.versions import derived_dot
from goodies_mcp.errors import RemoteProtocolError
from goodies_mcp.storage.interface import TextQuery
from tests.support.build import Device, a_batch, entity_version, forged, record
from tests.support.clock import moment
from tests.support.histories import histories
from tests.support.observed import everything
from tests.support.stores import opened

HALL, LAMP, PLACE = record(1), record(2), record(10)

# Each example opens stores of its own in a folder of its own.
EACH_ITS_OWN = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


async def put(store, *versions, local=False):
    return await store.write(lambda tx: tx.apply(versions, local=local))


async def test_what_comes_twice_is_kept_once(store):
    lamp = Device(1).entity(LAMP)
    [first] = await put(store, lamp)
    before = await store.read(everything)
    [second] = await put(store, lamp)
    [third, fourth] = await put(store, lamp, lamp, local=True)
    assert [each.new for each in (first, second, third, fourth)] == [True, False, False, False]
    assert {each.seq for each in (first, second, third, fourth)} == {first.seq}
    assert await store.read(everything) == before


async def test_what_comes_twice_in_one_call_is_kept_once(store):
    lamp = Device(1).entity(LAMP)
    applied = await put(store, lamp, lamp)
    assert [each.new for each in applied] == [True, False]
    assert len(await store.read(lambda view: view.versions(LAMP))) == 1


async def test_applied_answers_in_the_order_asked_with_what_is_shown_in_the_end(store):
    device = Device(1)
    lamp = device.entity(LAMP, "Lamp")
    better = device.entity(LAMP, "Better", lamp)
    hall = device.entity(HALL, "Hall", entity_type="room")
    edge = device.edge(PLACE, LAMP, HALL)
    applied = await put(store, better, hall, lamp, edge)
    assert [(each.shown.id, each.shown.version) for each in applied] == [
        (LAMP, better.version),
        (HALL, hall.version),
        (LAMP, better.version),
        (PLACE, edge.version),
    ]
    assert [each.seq for each in applied] == sorted(each.seq for each in applied)
    assert applied[3].shown.to_id == HALL


async def test_a_child_that_comes_before_its_parent_stays_shown(store):
    device = Device(1)
    parent = device.entity(LAMP, "Old")
    child = device.entity(LAMP, "New", parent)
    await put(store, child)
    await put(store, parent)
    shown = (await store.read(lambda view: view.entities([LAMP])))[LAMP]
    assert (shown.name, shown.conflicted, shown.created_at) == ("New", False, parent.edited_at)
    assert [each.value for each in await store.read(lambda view: view.heads(LAMP))] == [child]


async def test_an_edge_that_comes_before_its_ends_waits_for_them(store):
    device = Device(1)
    hall, lamp = device.entity(HALL, "Hall", entity_type="room"), device.entity(LAMP)
    edge = device.edge(PLACE, LAMP, HALL)

    def around(view):
        return (
            [each.id for each in view.edges([LAMP], "out")],
            [each.id for each in view.edges([HALL], "in")],
            sorted(view.entities([HALL, LAMP], deleted=True)),
            view.counts(),
        )

    await put(store, edge)
    assert (await store.read(lambda view: view.relationship(PLACE))).to_id == HALL
    assert await store.read(around) == ([], [], [], {})
    assert await store.read(lambda view: (view.named(""), view.listed([], after=None, limit=9))) == ([], [])
    assert await store.read(lambda view: view.heads(HALL) + view.versions(HALL)) == []
    await put(store, hall)
    assert await store.read(around) == ([PLACE], [], [HALL], {"room": 1})
    await put(store, lamp)
    assert await store.read(around) == ([PLACE], [PLACE], [HALL, LAMP], {"room": 1, "device": 1})


async def test_concurrent_edits_are_both_heads_until_somebody_merges_them(store):
    one, two = Device(1), Device(2)
    base = one.entity(LAMP, "Lamp", content={"watts": 5})
    two.clock.set(base.edited_at)
    left = one.entity(LAMP, "Left", base, content={"watts": 5})
    right = two.entity(LAMP, "Right", base, content={"watts": 5})
    await put(store, base, left)
    await put(store, right)
    shown = (await store.read(lambda view: view.entities([LAMP])))[LAMP]
    assert shown.conflicted
    assert [each.value for each in await store.read(lambda view: view.heads(LAMP))] == [left, right]
    assert await store.read(lambda view: view.conflicts(after=None, limit=9)) == [LAMP]
    assert (await store.read(lambda view: view.status())).open_conflicts == 1
    merged = two.entity(LAMP, "Both", left, right, content={"watts": 5})
    await put(store, merged)
    shown = (await store.read(lambda view: view.entities([LAMP])))[LAMP]
    assert (shown.name, shown.conflicted) == ("Both", False)
    assert [each.value for each in await store.read(lambda view: view.heads(LAMP))] == [merged]
    assert await store.read(lambda view: view.conflicts(after=None, limit=9)) == []
    assert (await store.read(lambda view: view.status())).open_conflicts == 0


async def test_conflicts_page_by_id(store):
    one, two = Device(1), Device(2)
    for n in range(5, 0, -1):
        await put(store, one.entity(record(n), "Left"), two.entity(record(n), "Right"))
    first = await store.read(lambda view: view.conflicts(after=None, limit=2))
    rest = await store.read(lambda view: view.conflicts(after=first[-1], limit=9))
    assert first + rest == [record(n) for n in range(1, 6)]


async def test_the_winner_of_a_conflict_is_what_names_search_and_counts_see(store):
    one, two = Device(1), Device(2)
    base = one.entity(LAMP, "Base")
    two.clock.set(base.edited_at)
    two.clock.advance(seconds=1)
    early, late = one.entity(LAMP, "Early", base), two.entity(LAMP, "Late", base)
    await put(store, late, base, early)
    for name, found in (("Base", 0), ("Early", 0), ("Late", 1)):
        assert len(await store.read(lambda view, name=name: view.named(name))) == found
        assert len(await store.read(lambda view, name=name: view.search(TextQuery(((name,),)), 9))) == found
    assert await store.read(lambda view: view.counts()) == {"device": 1}


async def test_an_edit_beats_a_concurrent_delete(store):
    one, two = Device(1), Device(2)
    base = one.entity(LAMP, "Lamp")
    edited = two.entity(LAMP, "Still here", base)
    two.clock.advance(hours=-1)
    deleted = one.tombstone(base)
    await put(store, base, deleted)
    assert await store.read(lambda view: view.entities([LAMP])) == {}
    await put(store, edited)
    assert (await store.read(lambda view: view.entities([LAMP])))[LAMP].name == "Still here"


@pytest.mark.parametrize(
    "change", [{"edited_at": moment(9)}, {"author": "eve"}, {"deleted": True}, {"source_type": "generated"}]
)
async def test_a_known_version_id_with_other_content_is_refused(store, change):
    lamp = Device(1).entity(LAMP)
    await put(store, lamp)
    before = await store.read(everything)
    with pytest.raises(RemoteProtocolError):
        await put(store, forged(lamp, **change))
    assert await store.read(everything) == before


async def test_a_known_dot_with_another_version_is_refused(store):
    dot = Dot("d", 1)
    await put(store, entity_version(LAMP, "Mine", dot=dot, edited_at=moment(1)))
    before = await store.read(everything)
    with pytest.raises(RemoteProtocolError):
        await put(store, entity_version(LAMP, "Theirs", dot=dot, edited_at=moment(2)))
    assert await store.read(everything) == before


async def test_a_known_version_id_from_another_dot_is_refused(store):
    lamp = Device(1).entity(LAMP)
    await put(store, lamp)
    with pytest.raises(RemoteProtocolError):
        await put(store, forged(lamp, dot=Dot("elsewhere", 7)))


async def test_a_line_of_versions_in_one_call_hides_no_forged_one(store):
    """P4: also where each names the one before as its only parent."""
    device = Device(1)
    base = device.entity(LAMP, "Base")
    child = device.entity(LAMP, "Child", base)
    same_id = replace(device.entity(LAMP, "Forged", child), version=base.version)
    id_from_v2 = VersionId("2026-01-01T00:00:00.000000+00:00-000001-ann")
    from_v2 = replace(child, version=id_from_v2, dot=derived_dot(id_from_v2), context={})
    seen = {from_v2.dot.incarnation: from_v2.dot.n}
    same_dot = replace(same_id, version=child.version, dot=base.dot, context=seen, parents=(id_from_v2,))
    for line in ([base, child, same_id], [base, from_v2, same_dot]):
        with pytest.raises(RemoteProtocolError):
            await put(store, *line)
    assert await store.read(lambda view: view.versions(LAMP)) == []
    await put(store, base, from_v2)
    assert (await store.read(lambda view: view.entities([LAMP])))[LAMP].version == id_from_v2


async def test_a_line_in_one_call_whose_ends_claim_to_precede_each_other_has_two_heads(store):
    """P4: forged; neither may make the other disappear."""
    later = derived_dot("2026-01-01T00:00:00.000000+00:00-000001-ann")
    seer = entity_version(LAMP, "Seer", dot=Dot("d", 1))
    seer = replace(seer, context={later.incarnation: later.n})
    seen = VersionId("2026-01-01T00:00:00.000000+00:00-000001-ann")
    from_v2 = replace(seer, version=seen, dot=later, context={}, parents=(seer.version,))
    await put(store, seer, from_v2)
    heads = await store.read(lambda view: view.heads(LAMP))
    assert {each.value.version for each in heads} == {seer.version, seen}


async def test_a_derived_dot_may_stand_in_two_records(store):
    """v2 hubs gave one version id to several records, and derived dots follow the version id (INBETWEENIES B.1)."""
    dot = derived_dot("2026-01-01T00:00:00.000000+00:00-000001-ann")
    await put(store, entity_version(LAMP, "Lamp", dot=dot), entity_version(HALL, "Hall", dot=dot))
    assert set(await store.read(lambda view: view.entities([LAMP, HALL]))) == {LAMP, HALL}


async def test_what_two_sides_share_may_come_last_and_still_tells_that_they_agree(store):
    """P6: with the base that it brings, what looked like a conflict is two changes to two fields."""
    ann, ben = Device(1), Device(2)
    base = ann.entity(LAMP, "Lamp", content={"watt": 9, "room": "hall"})
    left = ann.entity(LAMP, "Lamp", base, content={"watt": 11, "room": "hall"})
    right = ben.entity(LAMP, "Lamp", base, content={"watt": 9, "room": "attic"})
    await put(store, left, right)
    assert (await store.read(lambda view: view.entities([LAMP])))[LAMP].conflicted
    await put(store, base)
    shown = (await store.read(lambda view: view.entities([LAMP])))[LAMP]
    assert (dict(shown.content), shown.conflicted) == ({"watt": 11, "room": "attic"}, False)
    assert await store.read(lambda view: view.conflicts(after=None, limit=9)) == []


async def test_a_context_that_does_not_cover_known_parents_is_refused(store):
    device = Device(1)
    base = device.entity(LAMP, "Base")
    child = device.entity(LAMP, "Child", base)
    await put(store, base)
    before = await store.read(everything)
    with pytest.raises(RemoteProtocolError):
        await put(store, forged(child, context={}))
    with pytest.raises(RemoteProtocolError):
        await put(store, forged(child, context={**child.context, child.dot.incarnation: child.dot.n}))
    assert await store.read(everything) == before
    await put(store, child)


async def test_one_refused_version_refuses_the_whole_call(store):
    device = Device(1)
    lamp, hall = device.entity(LAMP), device.entity(HALL, "Hall", entity_type="room")
    await put(store, lamp)
    before = await store.read(everything)
    with pytest.raises(RemoteProtocolError):
        await put(store, hall, forged(lamp, author="eve"))
    assert await store.read(everything) == before


async def test_what_others_made_does_not_wait_to_be_pushed(store):
    device = Device(1)
    lamp, hall = device.entity(LAMP), device.entity(HALL, "Hall", entity_type="room")
    await put(store, lamp, local=False)
    assert (await store.read(lambda view: view.status())).unpushed == 0
    await put(store, hall, local=True)
    await put(store, hall, local=True)
    assert (await store.read(lambda view: view.status())).unpushed == 1


async def test_kinds_that_a_peer_made_up_are_kept(store):
    device = Device(1)
    await put(
        store,
        device.entity(LAMP, "Pot", entity_type="flowerpot"),
        device.entity(HALL, "Sill", entity_type="sill"),
        device.edge(PLACE, LAMP, HALL, relationship_type="stands_on"),
    )
    assert await store.read(lambda view: view.counts()) == {"flowerpot": 1, "sill": 1}
    assert [each.id for each in await store.read(lambda view: view.edges([LAMP], "out", ["stands_on"]))] == [PLACE]


async def test_versions_of_one_batch_are_found_together(store):
    device = Device(1)
    lamp, hall, other = device.entity(LAMP), device.entity(HALL, "Hall"), device.entity(record(3))

    def work(tx):
        tx.begin_batch(a_batch("b1"))
        tx.apply([lamp], local=True)
        tx.apply([hall, lamp], local=True)

    await store.write(work)
    await put(store, other)
    held = await store.read(lambda view: view.batch_versions("b1"))
    assert [(each.value, each.batch) for each in held] == [(lamp, "b1"), (hall, "b1")]
    assert [each.batch for each in await store.read(lambda view: view.versions(record(3)))] == [None]


async def test_hashes_that_somebody_computed_are_kept_as_they_are(store):
    device = Device(1)
    lamp, hall = device.entity(LAMP), device.entity(HALL, "Hall")
    hashes = [content_hash(lamp), content_hash(hall)]
    await store.write(lambda tx: tx.apply([lamp, hall], local=False, hashes=hashes))
    again = await store.write(lambda tx: tx.apply([lamp, hall], local=False))
    assert [each.new for each in again] == [False, False]
    held = await store.read(lambda view: [view.versions(each)[0].content_hash for each in (LAMP, HALL)])
    assert held == hashes


async def test_one_hash_too_few_is_no_page(store):
    with pytest.raises(ValueError, match="zip"):
        await store.write(lambda tx: tx.apply([Device(1).entity(LAMP)], local=False, hashes=["0" * 64] * 2))
    assert await store.read(lambda view: view.feed()) == 0


@EACH_ITS_OWN
@given(history=histories())
def test_p06_a_history_in_one_call_ends_as_it_does_version_by_version(engine, tmp_path_factory, history):
    """P6, with lines of edits that nobody disputes, which are many."""
    device = Device(77)
    line = [device.entity(record(70), "First", content={"due_on": "2026-05-01"})]
    line.append(device.entity(record(70), "Second", line[-1], content={"due_on": "2026-06-01"}))
    line.append(device.tombstone(line[-1]))
    line.append(device.entity(record(70), "Third", line[-1], entity_type="room"))
    ends = [device.entity(record(71), "Here"), device.entity(record(72), "There")]
    edges = [device.edge(record(73), record(71), record(72))]
    edges.append(device.edge(record(73), record(72), record(71), edges[-1]))
    edges.append(device.tombstone(edges[-1]))
    whole = [*history, *line, *ends, *edges]

    async def compare():
        folder = tmp_path_factory.mktemp("p06")
        async with opened("memory", folder) as model, opened(engine, folder) as store:
            for version in whole:
                await put(model, version)
            await put(store, *whole)
            for at in [None, *(version.edited_at for version in whole)]:
                assert await store.read(everything, at=at) == await model.read(everything, at=at), at

    asyncio.run(compare())


@st.composite
def deliveries(draw):
    """A history, the pieces in which it reaches a replica (in any order, some of it twice), and moments to ask of."""
    history = draw(histories())
    again = draw(st.lists(st.sampled_from(history), max_size=6))
    arrival = draw(st.permutations([*history, *again]))
    cuts = sorted(draw(st.sets(st.integers(0, len(arrival)), max_size=4)))
    pieces = [arrival[start:end] for start, end in pairwise([0, *cuts, len(arrival)])]
    moments = draw(st.lists(st.sampled_from([version.edited_at for version in history]), max_size=4))
    return history, pieces, [None, *moments]


@EACH_ITS_OWN
@given(delivery=deliveries())
def test_p06_any_order_any_grouping_and_any_duplicates_end_alike(engine, tmp_path_factory, delivery):
    """P5, P6: replicas that hold the same versions have the same digest and answer every query alike."""
    history, pieces, moments = delivery

    async def compare():
        folder = tmp_path_factory.mktemp("p06")
        async with opened("memory", folder) as model, opened(engine, folder) as store:
            await put(model, *history)
            for piece in pieces:
                await put(store, *piece)
            for at in moments:
                assert await store.read(everything, at=at) == await model.read(everything, at=at), at

    asyncio.run(compare())
