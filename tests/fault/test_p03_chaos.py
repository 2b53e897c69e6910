"""Real devices and a real hub over a way on which everything goes wrong, at CI size; ``python -m tools.chaos`` is the
full run. And that its check can fail.
"""

import pytest

from tools.chaos.__main__ import told
from tools.chaos.proxy import COMMON, WEATHER
from tools.chaos.rules import Rule
from tools.chaos.run import run

SEED = 20261222


@pytest.mark.timeout(400)
def test_p03_p05_nothing_is_lost_on_a_bad_way_and_all_agree_in_the_end(tmp_path):
    verdict = run(tmp_path, syncs=200, seed=SEED)
    assert verdict.passed, "\n".join(told(verdict))
    assert verdict.syncs >= 200
    assert verdict.acks == verdict.made > 200
    # A run that did not meet these would prove little.
    assert {fault for fault, share in WEATHER.items() if share == COMMON} <= set(verdict.spoilt)
    for met in ("hub killed", "devices killed", "merged by themselves", "conflicts for a person", "move", "delete"):
        assert verdict.counted[met] > 0, met


@pytest.mark.parametrize("rule", [rule for rule in Rule if rule is not Rule.NONE])
@pytest.mark.timeout(400)
def test_p03_a_broken_rule_is_reported(tmp_path, rule):
    verdict = run(tmp_path, syncs=200, seed=SEED, rule=rule)
    assert not verdict.passed
    assert {fault[:2] for fault in verdict.faults} == {"P2"}
    assert list(told(verdict))[-1].endswith(f"--syncs 200 --seed {SEED} --rule {rule}")
