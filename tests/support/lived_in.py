"""A small home that has seen everything a data file can hold; and the way to keep one as a file for later releases.

``python -m tests.support.lived_in`` writes ``tests/interop/data/schema-NNNN.db.gz`` and the answers it gave, where
NNNN is the schema of this checkout. It is run once for each released schema, and the result is committed.
"""

import asyncio
import gzip
import json
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from goodies_mcp.core.models import DeviceState, Version
from goodies_mcp.storage.interface import Answer, GraphStore, Transaction
from goodies_mcp.storage.sqlite import open_inline
from tests.support.build import Device, a_batch, a_file, record
from tests.support.clock import FakeClock, moment
from tests.support.ids import CountingIds
from tests.support.observed import everything

KEPT = Path(__file__).parents[1] / "interop" / "data"


async def live_in(store: GraphStore) -> list[Version]:
    """Edits, moves, renames, deletions, a merge, an open conflict, orphans, and all that is kept beside versions."""
    here, there = Device(1), Device(2)
    house = here.entity(record(1), "Märchenhaus", entity_type="home")
    hall = here.entity(record(2), "Hall", entity_type="room", content={"floor": 0})
    attic = here.entity(record(3), "Attic", entity_type="room", content={"notes": "spider's corner \x00 🕷"})
    lamp = here.entity(record(4), "Lamp", content={"watts": 9, "warranty_until": "2027-03-01"})
    old = here.entity(record(5), "Old radio", content={"notes": "brown, Ω"})
    placed = here.edge(record(10), record(4), record(2))
    orphan = here.edge(record(11), record(4), record(99), relationship_type="documented_by")
    there.clock.set(orphan.edited_at)
    left = here.entity(record(4), "Chandelier", lamp, content={"watts": 40, "warranty_until": "2027-03-01"})
    right = there.entity(record(4), "Reading lamp", lamp, content={"watts": 9, "warranty_until": "2028-03-01"})
    moved = there.edge(record(10), record(4), record(3), placed)
    fork = here.entity(record(3), "Attic", attic, content={"notes": "tidy", "floor": 2})
    knife = there.entity(record(3), "Loft", attic, content={"notes": "tidy"})
    spoon = there.entity(record(3), "Loft", fork, knife, content={"notes": "tidy", "floor": 2})

    def first(tx: Transaction) -> None:
        tx.begin_batch(a_batch("import", tool="import_from_service"))
        tx.apply([house, hall, attic, lamp, old, placed, orphan], local=True)
        tx.put_states([DeviceState(record(4), "on_off", {"on": True}, moment(1), moment(2))])
        tx.put_content(a_file(b"\x89PNG\x00\xff" * 100, "image/png", "lamp.png"), b"\x89PNG\x00\xff" * 100)
        tx.put_value("hub", "https://hub.example")
        tx.remember("key", Answer("a" * 64, '{"id":"x"}', moment(3)))

    def second(tx: Transaction) -> None:
        tx.begin_batch(a_batch("evening", client="phone", tool="update_entity", at=moment(60)))
        tx.apply([left, here.tombstone(old)], local=True)

    await store.write(first)
    await store.write(second)
    made = [spoon, knife, fork, moved, right]
    await store.write(lambda tx: tx.apply(made, local=False))
    return [house, hall, attic, lamp, old, placed, orphan, left, *made]


async def _answers(path: Path) -> tuple[int, dict[str, object]]:
    store = open_inline(path, clock=FakeClock(), ids=CountingIds())
    await live_in(store)
    schema, answers = await store.read(lambda view: (view.status().schema, everything(view)))
    await store.close()
    return schema, answers


def main() -> None:
    """Keep a file of this checkout's schema."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "home.db"
        schema, answers = asyncio.run(_answers(path))
        whole = path.with_name("whole.db")
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("VACUUM INTO ?", (str(whole),))
        # No time inside, so that a kept file tells nothing of when and where it was made.
        packed = gzip.compress(whole.read_bytes(), mtime=0)
    KEPT.mkdir(exist_ok=True)
    (KEPT / f"schema-{schema:04d}.db.gz").write_bytes(packed)
    said = json.dumps({name: answers[name] for name in ("digest", "counted", "counts", "listed", "conflicts", "open")})
    (KEPT / f"schema-{schema:04d}.json").write_text(said + "\n", "utf-8")
    sys.stdout.write(f"kept schema {schema}: {len(packed)} bytes\n")


if __name__ == "__main__":
    main()
