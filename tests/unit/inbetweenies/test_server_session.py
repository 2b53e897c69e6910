"""The hub's session: what it takes, what it refuses, which page it gives, and to whom."""

from dataclasses import replace

import pytest

from goodies_mcp.core.causality.digest import element
from goodies_mcp.core.models import Dot
from goodies_mcp.errors import Forbidden
from goodies_mcp.inbetweenies.limits import (
    MAX_ID,
    MAX_PAGE_BYTES,
    MAX_PUSH_BYTES,
    MAX_PUSH_ROWS,
    MAX_RESPONSE_BYTES,
)
from goodies_mcp.inbetweenies.messages import CompareRequest, Cursor, Limits, SyncRequest, parse_sync_response, render
from goodies_mcp.inbetweenies.rows import Header, row_of
from goodies_mcp.inbetweenies.server_session import Caller, answer_compare, answer_sync, writes
from tests.support.build import Device, forged, record
from tests.support.clock import moment
from tools.sim.disks import HubDisk
from tools.sim.truth import HUB, Truth

OWNER = Caller("home", "tablet", may_write=True)
GUEST = Caller("home", "tablet", may_write=False, sees_all=False)
LAMP, HALL = record(1), record(2)


class FreeTruth(Truth):
    """No judge: versions here are made up as the case needs them."""

    def interned(self, row):
        return row, element(*row.name, row.content_hash)

    def applied(self, replica, version, heads):
        """Believe it."""


@pytest.fixture
def hub():
    return HubDisk(HUB, FreeTruth(1), "epoch-1")


def request(*push, after=0, epoch="epoch-1", incarnation="file-1", **more):
    return SyncRequest(
        household=more.pop("household", "home"),
        device_id=more.pop("device_id", "tablet"),
        incarnation=incarnation,
        session="s",
        request=7,
        after=None if after is None else Cursor(epoch=epoch, seq=after),
        push=tuple(row_of(version) for version in push),
        **more,
    )


def ask(hub, *push, caller=OWNER, **more):
    answer = answer_sync(request(*push, **more), caller, hub, moment(0))
    # What a hub says must be something that a device can read.
    assert parse_sync_response(render(answer)) == answer
    return answer


def names(*versions):
    return tuple((each.record_id, each.version) for each in versions)


def codes(answer):
    return [(each.record, each.code) for each in answer.refused]


def test_what_is_taken_is_acked_by_name_and_stored_once(hub):
    """V3-5.4"""
    device = Device(1)
    lamp, hall = device.entity(LAMP), device.entity(HALL)
    answer = ask(hub, lamp, hall)
    assert answer.acked == names(lamp, hall)
    assert (answer.request, answer.household, answer.epoch) == (7, "home", "epoch-1")
    before = hub.digest().root
    again = ask(hub, hall, lamp, lamp)
    assert set(again.acked) == set(names(lamp, hall))
    assert (hub.last_seq(), hub.digest().root) == (2, before)


def test_a_change_that_comes_twice_in_one_push_is_answered_once(hub):
    lamp = Device(1).entity(LAMP)
    answer = ask(hub, lamp, lamp)
    assert answer.acked == names(lamp)
    assert hub.last_seq() == 1


def test_each_bad_change_is_refused_by_itself(hub):
    """V3-5.5, V3-3.2, V3-3.5"""
    device = Device(1)
    lamp = device.entity(LAMP)
    ask(hub, lamp)
    other = forged(lamp, author="mallory")
    same_dot = replace(lamp, version=lamp.version + "-x")
    liar = forged(device.entity(LAMP, "Liar", lamp), context={})
    good = device.entity(HALL)
    answer = ask(hub, other, same_dot, liar, good)
    assert codes(answer) == [(LAMP, "version_reused"), (LAMP, "dot_reused"), (LAMP, "false_context")]
    assert answer.acked == names(good)
    assert all(each.message and not each.retryable for each in answer.refused)
    assert hub.last_seq() == 2


def test_bad_changes_are_found_within_one_push_too(hub):
    """V3-3.2, V3-3.5"""
    device = Device(1)
    lamp = device.entity(LAMP)
    other, same_dot = forged(lamp, author="mallory"), replace(lamp, version=lamp.version + "-x")
    liar = forged(device.entity(LAMP, "Liar", lamp), context={})
    answer = ask(hub, lamp, other, same_dot, liar)
    assert answer.acked == names(lamp)
    assert [code for _, code in codes(answer)] == ["dot_reused", "false_context"]
    assert hub.last_seq() == 1


def test_one_dot_in_two_records_is_two_versions(hub):
    """V3-3.2: derived dots of v2 versions are unique within a record only."""
    lamp = Device(1).entity(LAMP)
    hall = replace(lamp, record_id=HALL)
    assert ask(hub, lamp, hall).acked == names(lamp, hall)


def test_a_child_may_come_before_its_parent(hub):
    """V3-4.1"""
    device = Device(1)
    lamp = device.entity(LAMP)
    child = device.entity(LAMP, "Better", lamp)
    assert ask(hub, child, lamp).acked == names(child, lamp)
    assert hub.heads[LAMP] == (child,)


def test_a_guest_may_read_and_is_told_so_for_each_change(hub):
    """V3-5.5, V3-7.3"""
    lamp = Device(1).entity(LAMP)
    ask(hub, lamp)
    answer = ask(hub, Device(2).entity(HALL), caller=GUEST, incarnation="file-2")
    assert codes(answer) == [(HALL, "forbidden")]
    assert [row.version for row in answer.changes] == [lamp]
    assert answer.digest is None
    assert hub.last_seq() == 1
    assert writes(request(lamp), OWNER)
    assert not writes(request(lamp), GUEST)
    assert not writes(request(), OWNER)


@pytest.mark.parametrize("wrong", [{"household": "neighbours"}, {"device_id": "phone"}])
def test_nobody_syncs_for_somebody_else(hub, wrong):
    """V3-1.3"""
    with pytest.raises(Forbidden):
        ask(hub, Device(1).entity(LAMP), **wrong)
    with pytest.raises(Forbidden):
        answer_compare(
            CompareRequest(
                **{"household": "home", "device_id": "tablet"} | wrong, incarnation="i", session="s", epoch="e"
            ),
            OWNER,
            hub,
            moment(0),
        )
    assert hub.last_seq() == 0


def test_a_household_that_is_not_known_yet_is_told(hub):
    """V3-5.2"""
    assert ask(hub, household=None).household == "home"


@pytest.mark.parametrize("where", [{"after": None}, {"epoch": "epoch-0"}, {"after": 3}])
def test_a_request_for_another_history_is_not_carried_out(hub, where):
    """V3-6.2"""
    device = Device(1)
    ask(hub, device.entity(LAMP), device.entity(HALL))
    answer = ask(hub, device.entity(record(3)), **where)
    assert answer.cursor is None
    assert (answer.acked, answer.changes, answer.more, answer.digest) == ((), (), False, None)
    assert (answer.epoch, answer.seq) == ("epoch-1", 2)
    assert [bytes.fromhex(each) for each in answer.buckets] == list(hub.buckets())
    assert hub.last_seq() == 2


def fill(hub, count, maker=1):
    device = Device(maker)
    made = [device.entity(record(n), f"Lamp {n}") for n in range(1, count + 1)]
    hub.apply([row_of(each) for each in made])
    return made


def test_pages_follow_each_other_without_a_gap(hub):
    """V3-5.6"""
    made = fill(hub, 10)
    got, seq, more = [], 0, True
    while more:
        answer = ask(hub, after=seq, limits=Limits(rows=3))
        got += [row.version for row in answer.changes]
        seq, more = answer.cursor.seq, answer.more
        assert (answer.digest is None) is more
    assert got == made
    assert seq == 10


def test_a_page_passes_over_what_the_asker_made(hub):
    """V3-5.8"""
    mine, theirs = fill(hub, 4, 1), fill(hub, 8, 2)[4:]
    incarnation = mine[0].dot.incarnation
    answer = ask(hub, incarnation=incarnation, limits=Limits(rows=4))
    assert {row.version.dot.incarnation for row in answer.changes} == {theirs[0].dot.incarnation}
    assert ask(hub, incarnation=incarnation, own=True, limits=Limits(rows=100)).changes[0].version == mine[0]
    only_mine = HubDisk(HUB, FreeTruth(1), "epoch-1")
    fill(only_mine, 5, 1)
    empty = ask(only_mine, incarnation=incarnation)
    assert (empty.changes, empty.cursor.seq, empty.more) == ((), 5, False)


def test_a_page_is_bounded_by_bytes_and_holds_at_least_one(hub):
    """V3-11.2"""
    made = fill(hub, 6)
    size = len(row_of(made[0]).text)
    answer = ask(hub, limits=Limits(bytes=2 * size + 5))
    assert len(answer.changes) == 2
    assert (answer.cursor.seq, answer.more) == (2, True)
    assert len(ask(hub, limits=Limits(bytes=1)).changes) == 1


def test_a_device_cannot_ask_for_more_than_the_hub_gives(hub):
    """V3-11.2"""
    device = Device(1)
    big = [device.entity(record(n), content={"text": "x" * 900_000}) for n in range(6)]
    hub.apply([row_of(each) for each in big])
    answer = ask(hub, limits=Limits(rows=2**40, bytes=2**40))
    assert len(answer.changes) == 4
    assert sum(len(row.text) for row in answer.changes) <= MAX_PAGE_BYTES


def test_an_answer_full_of_refusals_is_no_larger_than_a_device_reads(hub):
    """V3-11.1, V3-11.2"""
    device, long = Device(2), "x" * MAX_ID
    hub.apply([row_of(device.entity(record(n), content={"text": "x" * 900_000})) for n in range(6)])
    ids = [f"{n:06d}".rjust(MAX_ID, "x") for n in range(2_000)]
    parents = [replace(device.entity(LAMP), record_id=record_id, version=long) for record_id in ids]
    hub.apply([row_of(each) for each in parents])
    # They name their parents, and do not cover them.
    forgetful = [replace(each, version=f"y{long[1:]}", dot=Dot("other", 1), parents=(long,)) for each in parents]
    assert len(render(request(*forgetful))) <= MAX_PUSH_BYTES
    answer = ask(hub, *forgetful)
    assert (answer.takes, len(answer.refused), answer.more) == (MAX_PUSH_ROWS, len(ids), True)
    assert len(render(answer)) <= MAX_RESPONSE_BYTES


def test_acks_page_and_digest_belong_together(hub):
    """V3-5.4, V3-6.6: one snapshot."""
    fill(hub, 3, 2)
    lamp = Device(1).entity(record(9))
    answer = ask(hub, lamp, incarnation=lamp.dot.incarnation)
    assert len(answer.changes) == 3
    assert answer.cursor.seq == 4
    assert answer.digest == hub.digest().root


def compare(hub, *have, epoch="epoch-1", caller=OWNER):
    asked = CompareRequest(device_id="tablet", incarnation="i", session="s", request=2, epoch=epoch, have=tuple(have))
    return answer_compare(asked, caller, hub, moment(0))


def header(version):
    row = row_of(version)
    return Header(*row.name, row.content_hash)


def test_a_comparison_names_what_is_missing_and_what_is_another(hub):
    """V3-6.4"""
    device = Device(1)
    lamp, hall, loft = device.entity(LAMP), device.entity(HALL), device.entity(record(3))
    ask(hub, lamp, hall)
    answer = compare(hub, header(lamp), header(forged(hall, author="mallory")), header(loft))
    assert answer.lacks == names(loft)
    assert codes(answer) == [(HALL, "version_reused")]
    assert answer.buckets is None
    assert hub.last_seq() == 2


def test_a_comparison_of_nothing_or_of_another_epoch_tells_the_buckets(hub):
    """V3-6.4"""
    lamp = Device(1).entity(LAMP)
    ask(hub, lamp)
    for answer in (compare(hub), compare(hub, header(lamp), epoch="epoch-0")):
        assert [bytes.fromhex(each) for each in answer.buckets] == list(hub.buckets())
        assert (answer.seq, answer.epoch, answer.lacks) == (1, "epoch-1", ())


def test_a_device_may_bring_back_what_others_made(hub):
    """V3-6.5: after a restore, whoever holds a version pushes it."""
    lamp = Device(2).entity(LAMP)
    assert ask(hub, lamp, incarnation=Device(1).incarnation).acked == names(lamp)


def test_versions_made_in_forged_ignorance_of_each_other_both_stay(hub):
    """V3-3.4"""
    one, two = Device(1), Device(2)
    base = one.entity(LAMP)
    left, right = one.entity(LAMP, "Left", base), two.entity(LAMP, "Right", base)
    left = forged(left, context={**left.context, right.dot.incarnation: 1})
    right = forged(right, context={**right.context, left.dot.incarnation: left.dot.n})
    ask(hub, base, left, right)
    assert list(hub.heads[LAMP]) == [left, right]
    assert left.dot != Dot(right.dot.incarnation, right.dot.n)
