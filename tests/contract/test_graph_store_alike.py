"""Any sequence of operations, side by side on the reference and on an engine: every answer is the same (P5)."""

import asyncio
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from goodies_mcp.core.causality.vector_clock import maximal
from goodies_mcp.core.models import DeviceState, Version
from goodies_mcp.errors import GoodiesError
from goodies_mcp.storage.interface import Answer
from tests.support.build import Device, a_batch, a_file, forged
from tests.support.clock import FakeClock, moment
from tests.support.histories import CONTENTS, EDGES, JOINS, NAMES, THINGS, clock_of
from tests.support.observed import everything, plain
from tests.support.stores import ENGINES, opened

ON_DISK = [engine for engine in ENGINES if engine != "memory"]
things, edges = st.sampled_from(THINGS), st.sampled_from(EDGES)
seconds = st.integers(0, 20).map(float)


class Undo(Exception):
    pass


class SideBySide(RuleBasedStateMachine):
    """Three devices edit and meet; what they made reaches both stores in the same, arbitrary order."""

    engine = "inline"

    @initialize()
    def open(self):
        self.folder = Path(tempfile.mkdtemp())
        self.runner = asyncio.Runner()
        self.exits = [opened(engine, self.folder, clock=FakeClock()) for engine in ("memory", self.engine)]
        self.model, self.store = (self.runner.run(each.__aenter__()) for each in self.exits)
        self.crew = [Device(n + 1, clock=clock_of(n)) for n in range(3)]
        self.held = [[] for _ in self.crew]
        self.made: list[Version] = []
        self.batches = 0

    def teardown(self):
        if not hasattr(self, "runner"):
            return
        for each in self.exits:
            self.runner.run(each.__aexit__(None, None, None))
        self.runner.close()
        shutil.rmtree(self.folder)

    def both(self, work, *, at=None):
        """The same reading on both; they must agree, and the answer is returned."""
        ours = self.runner.run(self.store.read(work, at=at))
        assert ours == self.runner.run(self.model.read(work, at=at))
        return ours

    def write(self, work):
        """The same writing on both: the same answer or the same error."""
        outcomes = []
        for store in (self.model, self.store):
            try:
                outcomes.append(self.runner.run(store.write(work)))
            except (GoodiesError, Undo) as error:
                outcomes.append(type(error))
        assert outcomes[0] == outcomes[1]

    def edited(self, who, version):
        self.held[who].append(version)
        self.made.append(version)

    def heads(self, who, record_id):
        return maximal(each for each in self.held[who] if each.record_id == record_id)

    @rule(
        who=st.integers(0, 2), thing=things, name=st.sampled_from(NAMES), content=st.sampled_from(CONTENTS),
        kind=st.sampled_from(("device", "room")),
    )  # fmt: skip
    def edit(self, who, thing, name, content, kind):
        heads = self.heads(who, thing)
        self.edited(who, self.crew[who].entity(thing, name, *heads, entity_type=kind, content=content))

    @rule(who=st.integers(0, 2), edge=edges, source=things, end=things, kind=st.sampled_from(JOINS))
    def join(self, who, edge, source, end, kind):
        heads = self.heads(who, edge)
        self.edited(who, self.crew[who].edge(edge, source, end, *heads, relationship_type=kind))

    @rule(who=st.integers(0, 2), record_id=st.one_of(things, edges))
    def delete(self, who, record_id):
        if heads := self.heads(who, record_id):
            self.edited(who, self.crew[who].tombstone(*heads))

    @rule(who=st.integers(0, 2), whom=st.integers(0, 2))
    def meet(self, who, whom):
        self.held[who] += [each for each in self.held[whom] if each not in self.held[who]]

    @precondition(lambda self: self.made)
    @rule(data=st.data(), local=st.booleans(), in_batch=st.booleans(), fails=st.integers(0, 5))
    def arrive(self, data, local, in_batch, fails):
        """Some of what was made reaches the stores: in any order, repeatedly, in a batch or not, undone or not."""
        some = data.draw(st.lists(st.integers(0, len(self.made) - 1), min_size=1, max_size=8))
        versions = [self.made[-1 - n] for n in some]
        self.batches += in_batch

        def work(tx):
            if in_batch:
                tx.begin_batch(a_batch(f"b{self.batches}", client="ab"[self.batches % 2]))
            applied = tx.apply(versions, local=local)
            if fails == 0:
                raise Undo
            return [(each.seq, each.new, plain(each.shown)) for each in applied]

        self.write(work)

    @precondition(lambda self: self.made)
    @rule(n=st.integers(0, 30), author=st.sampled_from(("eve", "ann")))
    def forge(self, n, author):
        victim = self.made[n % len(self.made)]
        self.write(lambda tx: len(tx.apply([victim, forged(victim, author=author)], local=False)))

    @rule(thing=things, value=st.sampled_from(({"on": True}, {"on": 1}, {"on": False})), at=seconds)
    def sense(self, thing, value, at):
        self.write(lambda tx: tx.put_states([DeviceState(thing, "on_off", value, moment(at), moment(at))]))

    @rule(key=st.sampled_from("xyz"), value=st.one_of(st.none(), st.text("a\x00'%é", max_size=3)))
    def name_a_value(self, key, value):
        self.write(lambda tx: tx.put_value(key, value))
        self.both(lambda view: view.value(key))

    @rule(key=st.sampled_from("xyz"), days=st.integers(0, 20))
    def remember(self, key, days):
        self.write(lambda tx: tx.remember(key, Answer("a" * 64, str(days), moment(days * 86_400.0))))
        self.both(lambda view: [view.answer(each) for each in "xyz"])

    @rule(data=st.binary(max_size=20), offset=st.integers(0, 25), size=st.one_of(st.none(), st.integers(0, 25)))
    def attach(self, data, offset, size):
        about = a_file(data)
        self.write(lambda tx: tx.put_content(about, data))
        self.both(lambda view: (view.content(about.sha256), view.content_bytes(about.sha256, offset, size)))

    @precondition(lambda self: self.made)
    @rule(data=st.data())
    def look_back(self, data):
        at = data.draw(st.sampled_from([each.edited_at for each in self.made]))
        self.both(everything, at=at)
        self.both(in_order_of_arrival, at=at)

    @rule(thing=things, limit=st.integers(0, 3), before=st.integers(0, 12))
    def page(self, thing, limit, before):
        self.both(lambda view: view.versions(thing, before=before, limit=limit))
        self.both(lambda view: view.edited("", "9", after=before, limit=limit))
        self.both(lambda view: view.conflicts(after=thing, limit=limit))
        self.both(lambda view: [each.id for each in view.listed([], after=("lamp", thing), limit=limit)])

    @invariant()
    def answers_are_the_same(self):
        if hasattr(self, "store"):
            self.both(everything)
            self.both(in_order_of_arrival)


def in_order_of_arrival(view):
    """What stores answer alike when the same things reached them in the same order."""
    return (
        view.feed(),
        view.status().unpushed,
        view.edited("", "9", after=None, limit=1_000),
        [view.versions(each) for each in (*THINGS, *EDGES)],
        view.histories((*THINGS, *EDGES)),
        [view.heads(each) for each in (*THINGS, *EDGES)],
        [view.batch_versions(each.id) for each in view.batches(None, 100)],
        [view.batches(client, 3) for client in ("a", "b")],
    )


@pytest.mark.parametrize("name", ON_DISK)
def test_p05_a_store_answers_as_the_reference_does(name):
    class Machine(SideBySide):
        engine = name

    # What fails on threads is shrunk by the engine without them: shrinking on both would take minutes.
    phases = [phase for phase in Phase if phase is not Phase.shrink or name == "inline"]
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=20,
            phases=phases,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
