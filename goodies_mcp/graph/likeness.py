"""How alike two names are: enough to order a handful of candidates, without a library."""

from goodies_mcp.core.text import fold


def likeness(one: str, other: str) -> float:
    """1.0 for names that are equal after folding, 0.0 for names without a pair of letters in common."""
    a, b = fold(one), fold(other)
    if a == b:
        return 1.0
    pairs, others = _pairs(a), _pairs(b)
    total = len(pairs) + len(others)
    return 2 * len(pairs & others) / total if total else 0.0


def _pairs(text: str) -> set[str]:
    """Neighbouring letters, with the edges marked so that beginnings count."""
    edged = f" {text} "
    return {edged[i : i + 2] for i in range(len(edged) - 1)}
