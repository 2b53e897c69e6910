"""A hub with another history than the one the cursor belongs to (PROMISES P9)."""

import json

import pytest

from goodies_mcp.inbetweenies.actions import Await, Finished, ListHeaders, ResponseReceived
from goodies_mcp.inbetweenies.messages import COMPARE_PATH, Cursor, parse_compare_request, parse_sync_request
from goodies_mcp.inbetweenies.verdicts import Policy
from tests.support.build import record
from tests.support.sync import Home
from tests.unit.inbetweenies.test_client_session import HALL, LAMP, edit, settled
from tools.sim.truth import HUB


@pytest.fixture
def home():
    """Two devices and a hub that agree on six things."""
    home = Home(2)
    for n in range(1, 7):
        edit(home, 1 + n % 2, record(n))
    for device in (1, 2, 1):
        home.sync(device)
    settled(home)
    return home


def restored(home, length, epoch="epoch-2"):
    lost = home.hub.restore(length, epoch)
    home.truth.forgotten(HUB, [row.name for row in lost])
    return lost


def test_what_an_old_backup_lacks_is_pushed_again(home):
    """V3-6.1, V3-6.3, V3-6.5"""
    assert len(restored(home, 2)) == 4
    talk = home.talk(1)
    finished = talk.run()
    assert finished.error is None
    assert finished.report.new_epoch
    assert finished.report.requeued == 4
    assert home.disks[0].cursor.epoch == "epoch-2"
    home.sync(2)
    settled(home)


def test_a_push_that_meets_a_new_epoch_is_pushed_again_once(home):
    """V3-6.2, V3-5.11: it was not carried out, which is no reason to put anything off."""
    edit(home, 1, record(8))
    restored(home, 6)
    finished = home.sync(1)
    assert (finished.report.deferred, finished.report.pushed) == (0, 1)
    home.sync(2)
    settled(home)


def test_the_cursor_moves_to_the_new_epoch_with_the_last_of_what_the_hub_lacks(home):
    """V3-6.5: in one transaction, so that a crash before it compares again."""
    restored(home, 2)
    talk = home.talk(1, policy=Policy(headers=2))
    talk.run()
    compared = [page for page in talk.pages if page.requeue or page.cursor is None]
    assert [page.cursor for page in compared[:-1]] == [None] * (len(compared) - 1)
    assert len(compared) > 1
    assert compared[-1].cursor in {Cursor(epoch="epoch-2", seq=0), None}
    assert next(page.cursor for page in talk.pages if page.cursor) == Cursor(epoch="epoch-2", seq=0)


@pytest.mark.parametrize("crash_at", range(1, 30))
def test_a_crash_anywhere_in_a_comparison_costs_nothing(home, crash_at):
    """V3-6.5, V3-10.7"""
    restored(home, 1)
    edit(home, 1, HALL, name="newer")
    talk = home.talk(1, policy=Policy(headers=2, page_rows=2, push_rows=2))
    action = talk.session.start(home.disks[0].cursor)
    for _ in range(crash_at):
        if isinstance(action, Finished):
            break
        action = talk.step(action)
    for device in (2, 1, 2):
        assert home.sync(device).error is None
    settled(home)


def test_only_buckets_that_differ_are_listed(home):
    """V3-6.3"""
    lost = {row.version.record_id for row in restored(home, 5)}
    talk = home.talk(1)
    talk.run()
    asked = {
        each.record_id
        for sent in talk.sent
        if sent.path == COMPARE_PATH
        for each in parse_compare_request(sent.body).have
    }
    assert lost <= asked
    assert len(asked) < 6


def test_an_equal_copy_with_a_new_epoch_costs_no_pull_from_zero(home):
    """V3-6.5: a failover that lost nothing."""
    restored(home, 6)
    talk = home.talk(1)
    finished = talk.run()
    assert (finished.report.requests, finished.report.pulled, finished.report.requeued) == (2, 0, 0)
    assert home.disks[0].cursor == Cursor(epoch="epoch-2", seq=6)
    assert home.sync(1).report.requests == 1


def test_an_epoch_is_learnt_once_even_from_an_empty_hub():
    """V3-6.5: the cursor is saved though no row came with it."""
    home = Home(1)
    assert home.sync(1).report.requests == 2
    assert home.disks[0].cursor == Cursor(epoch="epoch-1", seq=0)
    assert home.sync(1).report.requests == 1


def test_a_comparison_that_fails_blames_no_change(home):
    """V3-10.5: what was in flight when the new epoch was met is not under suspicion."""
    edit(home, 1, record(8))
    restored(home, 6)

    def spoil(request, said):
        return ResponseReceived(400, b"") if request.path == COMPARE_PATH else said

    talk = home.talk(1, spoil=spoil)
    assert talk.run().error is not None
    assert [each.path for each in talk.sent] == ["/api/v1/sync/", COMPARE_PATH]


def test_a_cursor_that_the_feed_has_not_reached_is_not_trusted(home):
    """V3-6.2: even when somebody forgot the new epoch."""
    restored(home, 3, "epoch-1")
    talk = home.talk(1)
    finished = talk.run()
    assert finished.error is None
    assert finished.report.requeued == 3
    home.sync(2)
    settled(home)


def test_what_the_old_history_knew_is_read_again_from_zero(home):
    """V3-6.5"""
    restored(home, 4)
    home.disks[1].edit(home.people[1].entity(record(9), "Only here"))
    home.sync(2)
    talk = home.talk(1)
    talk.run()
    pulls = [parse_sync_request(each.body).after for each in talk.sent if each.path != COMPARE_PATH]
    assert pulls[1] == Cursor(epoch="epoch-2", seq=0)
    settled(home)


def test_a_wiped_device_gets_everything_back_as_a_new_incarnation(home):
    """V3-1.2, V3-5.8"""
    home.truth.forgotten(1, list(home.disks[0].names()))
    old = home.disks[0]
    home.disks[0] = type(old)(1, home.truth, "another-file")
    finished = home.sync(1)
    assert finished.report.pulled == 6
    settled(home)


def test_an_ack_that_was_lost_comes_with_the_comparison(home):
    """V3-6.4"""
    edit(home, 1, record(8))
    taken = []

    def lose(_request, said):
        taken.append(said)
        return ResponseReceived(503, b"")

    home.sync(1, spoil=lose)
    assert home.disks[0].outbox
    assert home.hub.history.get(record(8))
    restored(home, 7)
    edit(home, 1, record(8), name="again")
    talk = home.talk(1)
    talk.run()
    [compared] = [page for page in talk.pages if page.requeue]
    assert [name.record_id for name in compared.requeue] == [record(8)]
    assert [name.record_id for name in compared.acked] == [record(8)]
    home.sync(2)
    settled(home)


def test_sets_that_disagree_at_the_end_are_compared_and_mended_once(home):
    """V3-6.6: whatever made the cursor lie."""
    edit(home, 2, LAMP, name="newer")
    home.sync(2)
    home.disks[0].cursor = Cursor(epoch="epoch-1", seq=home.hub.last_seq())
    finished = home.sync(1)
    assert finished.report.repaired
    assert not finished.report.diverged
    settled(home)


def test_what_this_very_incarnation_lost_is_mended_too(home):
    """V3-6.6, V3-5.8: only `own` brings back what this incarnation made."""
    [made] = [name for name in home.disks[0].names() if name.record_id == record(2)]
    home.disks[0].drop([home.disks[0].history[record(2)][made.version]])
    home.truth.forgotten(1, [made])
    talk = home.talk(1)
    finished = talk.run()
    assert finished.report.repaired
    assert [parse_sync_request(each.body).own for each in talk.sent if each.path != COMPARE_PATH][-1]
    settled(home)


def test_sets_that_stay_apart_are_told_and_not_compared_for_ever(home):
    """V3-6.6, V3-10.4"""

    def spoil(_request, said):
        return ResponseReceived(200, said.body.replace(home.hub.digest().root.encode(), b"0" * 64))

    talk = home.talk(1, spoil=spoil)
    finished = talk.run()
    assert finished.error is None
    assert finished.report.diverged
    assert len(talk.sent) < 6
    told_not_to = home.sync(1, spoil=spoil, repair=False)
    assert told_not_to.report.diverged
    assert told_not_to.report.requests == 1


def test_no_digest_no_conclusion(home):
    """V3-7.3"""

    def spoil(_request, said):
        return ResponseReceived(200, said.body.replace(b'"digest":', b'"digested":'))

    home.disks[0].cursor = Cursor(epoch="epoch-1", seq=6)
    finished = home.sync(1, spoil=spoil)
    assert not finished.report.repaired


def test_a_household_that_is_another_is_not_synced_with(home):
    """V3-1.3, V3-5.10"""
    talk = home.talk(1, household="the neighbours")
    with pytest.raises(Exception, match="another household"):
        talk.run()


def test_what_the_hub_holds_with_other_content_is_parked(home):
    """V3-6.4, V3-3.2"""
    restored(home, 5)

    def spoil(request, said):
        if request.path != COMPARE_PATH:
            return said
        body = json.loads(said.body)
        if not body["lacks"]:
            return said
        record_id, version = body["lacks"].pop()
        refusal = {"record": record_id, "version": version, "code": "version_reused", "message": "other content"}
        return ResponseReceived(200, json.dumps(body | {"refused": [refusal]}).encode())

    finished = home.sync(1, spoil=spoil)
    assert finished.report.parked == 1
    assert [each.code for each in home.disks[0].parked.values()] == ["version_reused"]


def test_a_headers_page_is_ordered_and_goes_on(home):
    """V3-11.3"""
    restored(home, 0)
    talk = home.talk(1, policy=Policy(headers=4))
    talk.run()
    asked = [parse_compare_request(each.body).have for each in talk.sent if each.path == COMPARE_PATH]
    assert [len(each) for each in asked] == [4, 2]
    flat = [each[:2] for page in asked for each in page]
    assert flat == sorted(flat)
    assert any(isinstance(each, ListHeaders) and each.after == flat[3] for each in talk.actions)
    assert any(isinstance(each, Await) for each in talk.actions)
