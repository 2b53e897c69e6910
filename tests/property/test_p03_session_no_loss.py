"""No silent loss, exact verdicts and one digest (P2, P3, P4, P5, P9, P10, P11), whatever the link, the disks and the
clocks do to two devices and a hub: a search for the order of events that breaks one of them (V3-5.4, V3-10.7).
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.support.bad_link import RECORDS, BadLink

devices = st.integers(0, 1)
letters = st.integers(0, 7)


class SyncOverABadLink(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.link = BadLink()

    @rule(device=devices, record_id=st.sampled_from(RECORDS), value=st.sampled_from((0, False, "a", None)))
    def edit(self, device, record_id, value):
        self.link.edit(device, record_id, value)

    @rule(device=devices, record_id=st.sampled_from(RECORDS))
    def delete(self, device, record_id):
        self.link.edit(device, record_id, None, deleted=True)

    @rule(device=devices)
    def sync(self, device):
        self.link.sync(device)

    @rule(which=letters)
    @precondition(lambda self: self.link.letters)
    def deliver(self, which):
        self.link.deliver(which)

    @rule(which=letters)
    @precondition(lambda self: self.link.letters)
    def lose(self, which):
        self.link.lose(which)

    @rule(which=letters)
    @precondition(lambda self: self.link.letters)
    def double(self, which):
        self.link.double(which)

    @rule(which=letters, place=st.integers(0, 5_000))
    @precondition(lambda self: self.link.letters)
    def damage(self, which, place):
        self.link.damage(which, place)

    @rule()
    def wait(self):
        self.link.wait()

    @rule(device=devices)
    def crash(self, device):
        self.link.crash(device)

    @rule(share=st.sampled_from((0.0, 0.5, 0.9, 1.0)))
    def restore(self, share):
        self.link.restore(share)

    @rule(device=devices)
    def wipe(self, device):
        self.link.wipe(device)

    @invariant()
    def every_promise_is_kept_now(self):
        self.link.look()

    def teardown(self):
        self.link.settle()


TestSyncOverABadLink = SyncOverABadLink.TestCase
TestSyncOverABadLink.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
