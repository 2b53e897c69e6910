"""A measured line: what, how much, against which floor and target. And how samples become one."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

Verdict = Literal["met", "missed", ""]


@dataclass(frozen=True, slots=True)
class Spread:
    """What many samples come to."""

    median: float
    p95: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, samples: Sequence[float]) -> "Spread":
        """Of at least one sample."""
        ordered = sorted(samples)
        last = len(ordered) - 1
        return cls(median(ordered), ordered[round(last * 0.95)], ordered[0], ordered[-1], len(ordered))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bench. Seconds are told in milliseconds; ``limit`` bounds ``judged``, which is the ratio to the
    floor where there is one, unless the target speaks of the figure itself or of the figure less the floor.
    """

    what: str
    size: str
    figure: float
    unit: str
    target: str = ""
    limit: float | None = None
    judged: float | None = None
    at_least: bool = False
    floor: float | None = None
    floor_name: str = ""
    spread: Spread | None = field(default=None)
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The figure in floors."""
        return self.figure / self.floor if self.floor else None

    @property
    def verdict(self) -> Verdict:
        """Whether the target was met; nothing where there is none."""
        value = self.judged if self.judged is not None else self.ratio if self.floor else self.figure
        if self.limit is None or value is None:
            return ""
        return "met" if (value >= self.limit if self.at_least else value <= self.limit) else "missed"


def milliseconds(samples: Sequence[float]) -> Spread:
    """The spread of samples in seconds, in milliseconds."""
    return Spread.of([sample * 1000 for sample in samples])


def interleaved(kinds: Mapping[str, Callable[[], float]], rounds: int, warm: int = 1) -> dict[str, list[float]]:
    """Samples of each kind, one of each a round, so that a busy moment of the machine meets all alike; in another order
    each round (the same in every run), so that nobody always follows the same neighbour.

    The first ``warm`` rounds are thrown away.
    """
    samples: dict[str, list[float]] = {name: [] for name in kinds}
    order = list(kinds.items())
    chance = random.Random(len(order))
    for number in range(rounds + warm):
        chance.shuffle(order)
        for name, take in order:
            sample = take()
            if number >= warm:
                samples[name].append(sample)
    return samples


def against(
    what: str,
    size: str,
    samples: Sequence[float],
    floor: Sequence[float],
    floor_name: str,
    *,
    times: float | None = None,
    note: str = "",
) -> Line:
    """A line that is judged by how many times its floor it takes."""
    spread = milliseconds(samples)
    target = f"{times:g} x" if times is not None else ""
    return Line(
        what,
        size,
        spread.median,
        "ms",
        target=target,
        limit=times,
        floor=milliseconds(floor).median,
        floor_name=floor_name,
        spread=spread,
        note=note,
    )


def above(
    what: str, size: str, samples: Sequence[float], floor: Sequence[float], floor_name: str, *, limit: float
) -> Line:
    """A line that is judged by how many milliseconds it takes above its floor."""
    spread, base = milliseconds(samples), milliseconds(floor).median
    return Line(
        what,
        size,
        spread.median,
        "ms",
        target=f"{limit:g} ms above",
        limit=limit,
        judged=spread.median - base,
        floor=base,
        floor_name=floor_name,
        spread=spread,
        note=f"{spread.median - base:.2f} ms above",
    )
