"""How alike two names are: enough to order a handful of candidates, without a library."""

from functools import lru_cache
from itertools import pairwise

from goodies_mcp.core.text import fold


def likeness(one: str, other: str) -> float:
    """1.0 for names that are equal after folding, 0.0 for names without a pair of letters in common."""
    a, b = fold(one), fold(other)
    if a == b:
        return 1.0
    pairs, others = _pairs(a), _pairs(b)
    total = len(pairs) + len(others)
    return 2 * len(pairs & others) / total if total else 0.0


@lru_cache(maxsize=64)
def _pairs(text: str) -> frozenset[str]:
    """Neighbouring letters, with the edges marked so that beginnings count. One name is mostly compared with many."""
    edged = f" {text} "
    return frozenset(map("".join, pairwise(edged)))
