"""Three-way merge of JSON, key by key, over any number of sides at once, so that no order of arrival can matter.

A side has **changed** a field against another side when it differs there from what both had in common. Who changed a
field beats who did not; what nobody beats is disputed when it differs, and the side that stands first is taken.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import combinations
from typing import TypeAlias

from goodies_mcp.core.canonical import canonical_json
from goodies_mcp.core.models import JsonValue


class Absent(Enum):
    """The value of a field that is not there, which is something else than null."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT

Field: TypeAlias = "JsonValue | Absent"
Path: TypeAlias = tuple[str, ...]
Pair: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Dispute:
    """Sides that changed one field differently: their numbers, the taken one first."""

    path: Path
    sides: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged value, and where it needed a choice, ordered by path."""

    value: Field
    disputes: tuple[Dispute, ...] = ()

    @property
    def disputed(self) -> tuple[Path, ...]:
        """Only the paths."""
        return tuple(dispute.path for dispute in self.disputes)


def merge_json(base: Field, *sides: Field, sets: Collection[Path] = ()) -> Merged:
    """Merge sides that all grew from one base; see :func:`merge_sides`."""
    return merge_sides(sides, dict.fromkeys(combinations(range(len(sides)), 2), base), sets)


def merge_sides(sides: Sequence[Field], bases: Mapping[Pair, Field], sets: Collection[Path] = ()) -> Merged:
    """Merge sides given in order of preference, best first (INBETWEENIES B.4).

    ``bases[i, j]`` (i < j) is what sides i and j had in common, ``ABSENT`` when nothing. Objects merge per key,
    arrays are atomic unless their path is in ``sets``: those merge per element. Values are equal when their
    canonical JSON is. A field that one side dropped and another changed is disputed, and kept.
    The result depends on nothing but values and preference; raises what :func:`canonical_json` raises.
    """
    return _merge((), dict(enumerate(sides)), bases, frozenset(sets))


def value_at(value: Field, path: Path) -> Field:
    """The field that the path leads to, or ``ABSENT``."""
    for key in path:
        value = value.get(key, ABSENT) if isinstance(value, Mapping) else ABSENT
    return value


def same(left: Field, right: Field) -> bool:
    """Whether two fields are equal: by canonical JSON, as ``[False] == [0]`` in Python."""
    return _text(left) == _text(right)


def _merge(path: Path, sides: Mapping[int, Field], bases: Mapping[Pair, Field], sets: Collection[Path]) -> Merged:
    left = _unbeaten(sides, bases)
    first = next(iter(left.values()))
    if len({_text(value) for value in left.values()}) == 1:
        return Merged(first)
    if all(isinstance(value, Mapping) for value in left.values()):
        return _merge_keys(path, left, bases, sets)
    if path in sets and all(_is_array(value) for value in left.values()):
        by_text = {number: _elements(value) for number, value in left.items()}
        united = _merge_keys(path, by_text, {pair: _elements(base) for pair, base in bases.items()}, ())
        return Merged(tuple(united.value.values()) if isinstance(united.value, Mapping) else united.value)
    # Stable: what is there comes before what was dropped, and otherwise preference stands.
    chosen = sorted(left, key=lambda number: left[number] is ABSENT)
    return Merged(left[chosen[0]], (Dispute(path, tuple(chosen)),))


def _merge_keys(path: Path, sides: Mapping[int, Field], bases: Mapping[Pair, Field], sets: Collection[Path]) -> Merged:
    value: dict[str, JsonValue] = {}
    disputes: list[Dispute] = []
    keys = dict.fromkeys(key for side in sides.values() if isinstance(side, Mapping) for key in side)
    for key in keys:
        merged = _merge(
            (*path, key),
            {number: value_at(side, (key,)) for number, side in sides.items()},
            {pair: value_at(base, (key,)) for pair, base in bases.items()},
            sets,
        )
        if merged.value is not ABSENT:
            value[key] = merged.value
        disputes.extend(merged.disputes)
    return Merged(value, tuple(sorted(disputes, key=lambda dispute: dispute.path)))


def _unbeaten(sides: Mapping[int, Field], bases: Mapping[Pair, Field]) -> Mapping[int, Field]:
    """The sides that no other side has moved on from; all of them where histories cross so that none is left."""
    texts = {number: _text(value) for number, value in sides.items()}
    if len(set(texts.values())) == 1:
        return sides
    beaten: set[int] = set()
    for pair in combinations(sorted(sides), 2):
        here, there = pair
        if texts[here] != texts[there]:
            common = _text(bases[pair])
            beaten.update(number for number in pair if texts[number] == common)
    return {number: value for number, value in sides.items() if number not in beaten} or sides


def _text(value: Field) -> str | None:
    return None if isinstance(value, Absent) else canonical_json(value)


def _is_array(value: Field) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _elements(value: Field) -> Field:
    """An array as an object of its elements by their canonical text, so that elements merge as keys do."""
    if isinstance(value, Absent | str) or not isinstance(value, Sequence):
        return ABSENT
    return {canonical_json(element): element for element in value}
