"""Databases of any size, each built once in a run, and what one can ask about the things in them."""

import os
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from goodies_mcp.app import finished
from goodies_mcp.config import DATABASE
from goodies_mcp.core.models import Entity, RecordId, Version
from goodies_mcp.storage.interface import ReadView, Transaction
from tools.demo.generate import Generator
from tools.home_file import opened, seen

SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000, "1m": 1_000_000}
SEED = 20260728
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Things:
    """Ids of a home's things, drawn with a seed: a question is asked about another one each time."""

    devices: tuple[str, ...]
    rooms: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]


class Homes:
    """The run's databases. They live in the folder that is given and go with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._copies = 0
        self._things: dict[str, Things] = {}

    @property
    def folder(self) -> Path:
        """Where a bench may put files of its own."""
        return self._folder

    def of(self, size: str) -> Path:
        """The data folder of the home of this size. It is shared: who writes takes a copy."""
        data_dir = self._folder / f"home-{size}"
        if not data_dir.exists():
            building = self._folder / f"building-{size}"
            building.mkdir(mode=0o700)
            build(building / DATABASE, SIZES[size])
            building.rename(data_dir)
        return data_dir

    def copy(self, size: str) -> Path:
        """A data folder to write to. The disk has it: otherwise the first checkpoint would wait for all of the copy."""
        self._copies += 1
        copy = Path(shutil.copytree(self.of(size), self._folder / f"copy-{self._copies}"))
        for path in copy.iterdir():
            with path.open("rb+") as file:
                os.fsync(file)
        return copy

    def things(self, size: str) -> Things:
        """What one can ask about."""
        if size not in self._things:
            self._things[size] = seen(self.of(size) / DATABASE, _drawn)
        return self._things[size]


def build(database: Path, entities: int) -> None:
    """A new database with homes of so many entities in all."""
    with opened(database) as store:
        for chunk in _chunks(Generator(entities, SEED).versions()):
            finished(store.write(partial(_apply, versions=chunk)))


def _apply(transaction: Transaction, versions: Sequence[Version]) -> None:
    transaction.apply(versions, local=False)


def _chunks(versions: Iterator[Version]) -> Iterator[list[Version]]:
    while chunk := list(islice(versions, _CHUNK)):
        yield chunk


def _drawn(view: ReadView) -> Things:
    chance = random.Random(SEED)
    rooms = _sample(view, "room", chance)
    pairs = [(room.id, _some_way_off(view, room.id, chance)) for room in rooms]
    return Things(
        tuple(device.id for device in _sample(view, "device", chance)), tuple(room.id for room in rooms), tuple(pairs)
    )


def _sample(view: ReadView, kind: str, chance: random.Random) -> list[Entity]:
    """Sixty-four things of a kind, spread over the alphabet."""
    found: list[Entity] = []
    after: tuple[str, RecordId] | None = None
    while page := view.listed((kind,), after=after, limit=500):
        found += page
        after = (page[-1].name.casefold(), page[-1].id)
    return chance.sample(found, min(64, len(found)))


def _some_way_off(view: ReadView, room: RecordId, chance: random.Random) -> str:
    """A room that is two to eight doors away."""
    here = room
    for _ in range(chance.randint(2, 8)):
        doors = [edge.from_id for edge in view.edges([here], "in", ("connects_to",))]
        behind = [edge.to_id for edge in view.edges(doors, "out", ("connects_to",)) if edge.to_id != here]
        if behind:
            here = chance.choice(behind)
    return here
