"""What is around things and in them, put together from a view's other verbs: for stores and moments without a statement
for it. Each function is a method of such a view."""

from collections import Counter
from collections.abc import Iterable, Sequence

from goodies_mcp.core.models import RecordId
from goodies_mcp.core.vocabulary import CONTAINMENT
from goodies_mcp.storage.interface import Contained, Container, Direction, Joined, Neighbour, Placed, ReadView


def neighbours(
    view: ReadView,
    ids: Iterable[RecordId],
    direction: Direction,
    types: Sequence[str] = (),
    kinds: Sequence[str] = (),
) -> list[Neighbour]:
    """As ``ReadView.neighbours``."""
    edges = view.edges(ids, direction, types)
    others = [edge.to_id if direction == "out" else edge.from_id for edge in edges]
    known = view.entities(others)
    outer = view.edges(known, "out", CONTAINMENT)
    number = Counter(edge.from_id for edge in outer)
    containers = {edge.from_id: edge.to_id for edge in outer if number[edge.from_id] == 1}
    return [
        Neighbour(edge, known[other], containers.get(other), number[other] < 2)
        for edge, other in zip(edges, others, strict=True)
        if not kinds or known[other].entity_type in kinds
    ]


def joined(
    view: ReadView, ids: Iterable[RecordId], direction: Direction, types: Sequence[str], kinds: Sequence[str] = ()
) -> list[Joined]:
    """As ``ReadView.joined``."""
    edges = view.edges(ids, direction, types)
    ends = [(e.from_id, e.to_id) if direction == "out" else (e.to_id, e.from_id) for e in edges]
    known = view.entities(far for _, far in ends)
    found = (Joined(known[far], near, e.relationship_type) for e, (near, far) in zip(edges, ends, strict=True))
    return [each for each in found if not kinds or each.entity.entity_type in kinds]


def containers(view: ReadView, ids: Iterable[RecordId]) -> list[Container]:
    """As ``ReadView.containers``."""
    found = joined(view, ids, "out", CONTAINMENT)
    return [Container(thing, place.id, place.entity_type, place.name) for place, thing, _ in found]


def placed(view: ReadView, ids: Iterable[RecordId]) -> Placed:
    """As ``ReadView.placed``."""
    edges = view.edges(ids, "out")
    return placed_by((edge.from_id, edge.to_id if edge.relationship_type in CONTAINMENT else None) for edge in edges)


def placed_by(leaving: Iterable[tuple[RecordId, RecordId | None]]) -> Placed:
    """As ``ReadView.placed``, from each edge that leaves things: what it leaves, and what that is in, if it says so."""
    containers: dict[RecordId, RecordId] = {}
    doubtful: set[RecordId] = set()
    count: dict[RecordId, int] = {}
    for thing, container in leaving:
        count[thing] = count.get(thing, 0) + 1
        if container is not None:
            if thing in containers:
                doubtful.add(thing)
            containers[thing] = container
    for thing in doubtful:
        del containers[thing]
    return Placed(containers, doubtful, count)


def things_in(view: ReadView, ids: Iterable[RecordId], kinds: Sequence[str] = ()) -> list[Contained]:
    """As ``ReadView.things_in``."""
    found = neighbours(view, view.entities(ids), "in", CONTAINMENT, kinds)
    holding = {edge.to_id for edge in view.edges((each.other.id for each in found), "in", CONTAINMENT)}
    return [Contained(each.other, each.edge.to_id, each.settled, each.other.id in holding) for each in found]
