"""The simulation at CI size: every promise kept on three seeds, and a loss reported for every broken rule."""

import pytest

from tools.sim.rules import Rule
from tools.sim.runs import run, told

OPERATIONS = 20_000


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.timeout(300)
def test_every_promise_is_kept(seed):
    verdict = run((seed, OPERATIONS, Rule.NONE))
    assert verdict.passed, "\n".join(told(verdict))
    counted = verdict.counted
    # A run that did not meet these would prove little.
    for met in ("concurrent", "lost", "doubled", "damaged", "device_crashes", "hub_crashes", "restores", "wipes"):
        assert counted[met] > 0, met
    assert counted["verdicts"] > 50_000


# Where each broken rule must be seen, by the promise it breaks.
BROKEN = [
    (Rule.LAST_WRITER_WINS, {"P4"}),
    (Rule.PLAIN_COUNTERS, {"P2", "P4"}),
    (Rule.CURSOR_BY_CLOCK, {"P7"}),
    (Rule.ACK_BEFORE_COMMIT, {"P2"}),
    (Rule.CURSOR_BEFORE_ROWS, {"P7"}),
    (Rule.COUNTERS_REUSED, {"P9"}),
]


@pytest.mark.parametrize(("rule", "promises"), BROKEN)
@pytest.mark.timeout(300)
def test_a_broken_rule_is_reported(rule, promises):
    verdict = run((1, OPERATIONS, rule), most_violations=4)
    assert not verdict.passed
    assert promises & {violation.promise for violation in verdict.violations}
    assert f"--first-seed 1 --seeds 1 --operations {OPERATIONS} --rule {rule}" in list(told(verdict))[-1]


def test_every_rule_that_can_be_broken_is_broken_here():
    assert {rule for rule, _ in BROKEN} == set(Rule) - {Rule.NONE}


def test_a_seed_is_the_whole_story():
    one, two = run((5, 1_500, Rule.NONE)), run((5, 1_500, Rule.NONE))
    assert (one.digest, one.counted) == (two.digest, two.counted)
    assert run((6, 1_500, Rule.NONE)).digest != one.digest


def test_a_failing_seed_replays():
    first, again = (run((1, OPERATIONS, Rule.LAST_WRITER_WINS)) for _ in range(2))
    assert again.operations == first.operations < OPERATIONS
    assert again.violations == first.violations != []
