"""How alike two names are: enough to order a handful of candidates, without a library."""

from functools import lru_cache
from operator import add

from goodies_mcp.core.text import fold


def likeness(one: str, other: str) -> float:
    """1.0 for names that are equal after folding, 0.0 for names without a pair of letters in common."""
    a, pairs = _taken_apart(one)
    b, others = _taken_apart(other)
    if a == b:
        return 1.0
    total = len(pairs) + len(others)
    return 2 * len(pairs & others) / total if total else 0.0


@lru_cache(maxsize=64)
def _taken_apart(name: str) -> tuple[str, frozenset[str]]:
    """A name folded, and its neighbouring letters, with the edges marked so that beginnings count. One name is mostly
    compared with many."""
    folded = fold(name)
    edged = f" {folded} "
    return folded, frozenset(map(add, edged, edged[1:]))
