"""P13: every released schema opens. The files in ``data`` were kept by ``python -m tests.support.lived_in``, one for
each schema. A schema may change in its own file until it is released; from then on a new migration changes it.
"""

import gzip
import json
import re
import sqlite3
from contextlib import closing

import pytest

from goodies_mcp.storage.migrate import MIGRATIONS, read_steps
from goodies_mcp.storage.sqlite import open_inline, open_store
from goodies_mcp.storage.sqlite_engine import SCHEMA
from tests.support.build import Device, record
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds
from tests.support.lived_in import KEPT
from tests.support.observed import everything

DEFINITIONS = "SELECT name, sql FROM sqlite_master ORDER BY name"
FILES = sorted(KEPT.glob("schema-*.db.gz"))


def test_p13_a_file_of_each_released_schema_is_kept():
    assert [file.name for file in FILES] == [f"schema-{number:04d}.db.gz" for number in range(1, SCHEMA + 1)]


@pytest.fixture(params=FILES, ids=lambda file: file.name)
def kept(request, tmp_path):
    path = tmp_path / "home.db"
    path.write_bytes(gzip.decompress(request.param.read_bytes()))
    said = json.loads(request.param.with_name(request.param.name.replace(".db.gz", ".json")).read_text("utf-8"))
    return path, said


def test_p13_released_migrations_are_not_edited(kept):
    """A file made by the migration of then must not differ from one made by the same migration now."""
    path, _ = kept
    with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(":memory:")) as new:
        (schema,) = old.execute("PRAGMA user_version").fetchone()
        for step in read_steps(MIGRATIONS)[:schema]:
            for statement in step.statements:
                new.execute(statement)
        made = [
            [(name, re.sub(r"\s+", " ", sql or "")) for name, sql in each.execute(DEFINITIONS)] for each in (old, new)
        ]
    assert made[0] == made[1], "not released yet: python -m tests.support.lived_in; released: write a new migration"


async def test_p13_an_old_file_opens_and_answers_as_it_did(kept):
    path, said = kept
    store = open_inline(path, clock=FakeClock(), ids=CountingIds(0xB))
    try:
        answers = await store.read(everything)
        status = await store.read(lambda view: view.status())
    finally:
        await store.close()
    assert {name: answers[name] for name in said} == said
    assert status.schema == SCHEMA


async def test_p13_an_old_file_can_be_written_to(kept):
    path, said = kept
    store = await open_store(path, clock=FakeClock(), ids=CountingIds(0xB))
    try:
        await store.write(lambda tx: tx.apply([Device(9).entity(record(90), "New lamp")], local=True))
        found = await store.read(lambda view: (view.named("new lamp"), view.status()))
    finally:
        await store.close()
    assert [each.id for each in found[0]] == [record(90)]
    assert found[1].counts["versions"] == said["counted"]["versions"] + 1
    assert found[1].digest != said["digest"]
