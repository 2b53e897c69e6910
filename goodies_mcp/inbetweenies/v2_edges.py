"""What an edge on a v2 hub means here (PROTOCOL.md, V3-12.5). v2 overwrites edges in place and knows no past of them,
so the past that is held here decides."""

from collections.abc import Iterable
from typing import NamedTuple

from goodies_mcp.core.canonical import canonical_json
from goodies_mcp.core.causality.vector_clock import precedes
from goodies_mcp.core.models import RecordId, RelationshipPayload
from goodies_mcp.inbetweenies.rows import Name, Row
from goodies_mcp.inbetweenies.v2_actions import Known, LookedUp, LookUp
from goodies_mcp.inbetweenies.v2_messages import V2Edge
from goodies_mcp.inbetweenies.v2_rows import derived_edge, edge_payload, exact_edge


class Arrival(NamedTuple):
    """``row`` is new here; ``again`` is to be sent once more, as the hub has lost it."""

    row: Row | None = None
    again: tuple[Name, ...] = ()


def about(edges: Iterable[V2Edge]) -> LookUp:
    """What must be known of the store before these can be judged."""
    exact = [row.name for edge in edges if (row := exact_edge(edge)) is not None]
    return LookUp(tuple(dict.fromkeys(RecordId(edge.id) for edge in edges)), tuple(exact))


def arrival(edge: V2Edge, looked: LookedUp) -> Arrival:
    """What to do about one edge that the hub has.

    Raises:
        RemoteProtocolError: it cannot be kept; the message names the field.
    """
    known = looked.known.get(RecordId(edge.id))
    exact = exact_edge(edge)
    if exact is not None:
        return _arrival_exact(exact, known, looked)
    if edge.ended:
        return Arrival()
    if known is None:
        return Arrival(derived_edge(edge, (), edge.updated_at))
    settled = [row for row in known.heads if row.name not in looked.unpushed]
    if not settled and known.settled is not None:
        settled = [known.settled]
    # An edge that a pending edit has moved on from is no news (PROMISES P10): only what the hub was last known to have,
    # and what is shown here, is compared.
    if any(_says(row, edge) for row in (*settled, *known.heads)):
        return Arrival()
    return Arrival(derived_edge(edge, [row.version.version for row in settled], edge.updated_at))


def _arrival_exact(exact: Row, known: Known | None, looked: LookedUp) -> Arrival:
    if exact.name not in looked.held:
        return Arrival(exact)
    # Somebody bound the edge to newer ends, and wrote over what they had not seen.
    ahead = () if known is None else known.heads
    again = tuple(
        row.name
        for row in ahead
        if row.name not in looked.unpushed and row.name != exact.name and precedes(exact.version, row.version)
    )
    return Arrival(again=again)


def _says(row: Row, edge: V2Edge) -> bool:
    ours, theirs = row.version.payload, edge_payload(edge)
    if row.version.deleted or not isinstance(ours, RelationshipPayload):
        return False
    if (ours.from_id, ours.to_id, ours.relationship_type) != (theirs.from_id, theirs.to_id, theirs.relationship_type):
        return False
    return canonical_json(ours.properties) == canonical_json(theirs.properties)
