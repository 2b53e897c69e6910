"""P4: the verdict of clocks is the verdict of somebody who saw everything."""

from hypothesis import given

from goodies_mcp.core.causality.vector_clock import Order, compare, maximal, precedes
from tests.support.true_pasts import true_pasts


def truth(history, a, b):
    if a.version == b.version:
        return Order.EQUAL
    if a.version in history.past[b.version]:
        return Order.BEFORE
    return Order.AFTER if b.version in history.past[a.version] else Order.CONCURRENT


@given(true_pasts())
def test_p04_no_false_dominance_and_no_false_conflict(history):
    for a in history.versions:
        for b in history.versions:
            assert compare(a, b) is truth(history, a, b)


@given(true_pasts())
def test_p04_heads_are_what_nothing_has_seen(history):
    seen = frozenset().union(*history.past.values())
    assert {head.version for head in maximal(history.versions)} == history.past.keys() - seen


@given(true_pasts())
def test_p04_precedence_is_a_strict_order(history):
    for a in history.versions:
        assert not precedes(a, a)
        for b in history.versions:
            for c in history.versions:
                if precedes(a, b) and precedes(b, c):
                    assert precedes(a, c)
