"""What happened before what: dots, contexts and heads. No clock on any wall is asked here (INBETWEENIES B.2)."""

from collections.abc import Iterable, Sequence
from enum import Enum

from goodies_mcp.core.causality.derived_dots import derived_dot
from goodies_mcp.core.models import Context, Dot, Version
from goodies_mcp.errors import RemoteProtocolError


class Order(Enum):
    """How two versions of one record relate."""

    EQUAL = "equal"
    BEFORE = "before"
    AFTER = "after"
    CONCURRENT = "concurrent"


def covers(context: Context, dot: Dot) -> bool:
    """Whether the dot is in the past that the context describes."""
    return dot.n <= context.get(dot.incarnation, 0)


def join(*contexts: Context) -> dict[str, int]:
    """The least context that covers whatever one of these covers: commutative, associative, idempotent."""
    joined: dict[str, int] = {}
    for context in contexts:
        for incarnation, n in context.items():
            if n > joined.get(incarnation, 0):
                joined[incarnation] = n
    return joined


def with_dot(context: Context, dot: Dot) -> dict[str, int]:
    """The context that also covers this dot."""
    return join(context, {dot.incarnation: dot.n})


def context_of(parents: Iterable[Version]) -> dict[str, int]:
    """The past of a version with these parents: the join of their contexts and dots (INBETWEENIES B.1)."""
    return join(*(with_dot(parent.context, parent.dot) for parent in parents))


def precedes(earlier: Version, later: Version) -> bool:
    """Whether ``later`` was made in knowledge of ``earlier`` (INBETWEENIES B.2).

    Being named as a parent counts too: contexts of versions that come from v2 may be cut short (B.1). Two versions
    that claim to have seen each other are forged; neither precedes, so that neither disappears.
    """
    return _claims(later, earlier) and not _claims(earlier, later)


def compare(a: Version, b: Version) -> Order:
    """How ``a`` relates to ``b``; both belong to one record."""
    if a.dot == b.dot:
        return Order.EQUAL
    if precedes(a, b):
        return Order.BEFORE
    return Order.AFTER if precedes(b, a) else Order.CONCURRENT


def maximal(versions: Iterable[Version]) -> tuple[Version, ...]:
    """The heads of a set of versions of one record, each dot once, ordered by dot (INBETWEENIES B.3)."""
    held = {version.dot: version for version in versions}
    heads = (a for a in held.values() if not any(precedes(a, b) for b in held.values()))
    return tuple(sorted(heads, key=_dot_order))


def advance_heads(heads: Sequence[Version], new: Version, *, has_child: bool = False) -> tuple[Version, ...]:
    """The heads once ``new`` is held too, ordered by dot: what it has seen goes, and it stays unless it was seen.

    Idempotent for a known dot, and independent of the order of arrival. ``has_child`` says that a version already
    held names ``new`` as its parent; it only matters where contexts are cut short.
    """
    kept = tuple(head for head in heads if not precedes(head, new))
    if has_child or any(head.dot == new.dot or precedes(new, head) for head in heads):
        return tuple(sorted(kept, key=_dot_order))
    return tuple(sorted((*kept, new), key=_dot_order))


def check_causality(version: Version, known_parents: Iterable[Version]) -> None:
    """Refuse a version that contradicts its own past (INBETWEENIES B.2).

    Raises RemoteProtocolError when its context does not cover a known parent and that parent's past, or when it
    covers the version itself. A version that comes from v2 names its parents and tells nothing of their past (B.1).
    """
    if version.dot.n < 1 or covers(version.context, version.dot):
        raise RemoteProtocolError(f"version {version.version} of {version.record_id} claims to precede itself")
    if version.dot.n == 1 and version.dot == derived_dot(version.version):
        return
    for parent in known_parents:
        for incarnation, n in with_dot(parent.context, parent.dot).items():
            if version.context.get(incarnation, 0) < n:
                raise RemoteProtocolError(
                    f"version {version.version} of {version.record_id} does not cover its parent {parent.version}"
                )


def _claims(later: Version, earlier: Version) -> bool:
    return earlier.dot != later.dot and (covers(later.context, earlier.dot) or earlier.version in later.parents)


def _dot_order(version: Version) -> tuple[str, int]:
    return version.dot.incarnation, version.dot.n
