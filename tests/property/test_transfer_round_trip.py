"""An export rebuilds any store: the same digest, the same heads, the same answers; and merges into any other."""

import asyncio
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodies_mcp.graph.exporting import export_lines
from goodies_mcp.graph.importing import import_lines
from tests.support.build import a_batch
from tests.support.histories import EDGES, THINGS, histories
from tests.support.stores import opened


@st.composite
def arrivals(draw):
    """A history in pieces, some of them batches, and which of its versions another store holds already."""
    versions = draw(histories())
    cuts = sorted(draw(st.sets(st.integers(1, len(versions)), max_size=4)) | {len(versions)})
    pieces = [versions[start:end] for start, end in zip([0, *cuts], cuts, strict=False)]
    named = draw(st.lists(st.booleans(), min_size=len(pieces), max_size=len(pieces)))
    held = draw(st.lists(st.booleans(), min_size=len(versions), max_size=len(versions)))
    return (
        [(piece, f"batch-{n}" if batch else None) for n, (piece, batch) in enumerate(zip(pieces, named, strict=True))],
        [version for version, here in zip(versions, held, strict=True) if here],
    )


@pytest.mark.parametrize(("source", "target", "examples"), [("memory", "memory", 80), ("sqlite", "sqlite", 5)])
def test_an_export_rebuilds_any_store_and_merges_into_any_other(source, target, examples, tmp_path_factory):
    @settings(max_examples=examples)
    @given(arrival=arrivals())
    def law(arrival):
        asyncio.run(_law(source, target, tmp_path_factory.mktemp("transfer"), *arrival))

    law()


async def _law(source, target, folder, pieces, held):
    for name in ("one", "two", "three"):
        (folder / name).mkdir()
    async with (
        opened(source, folder / "one") as one,
        opened(target, folder / "two") as two,
        opened(target, folder / "three") as three,
    ):
        for versions, batch in pieces:
            await one.write(lambda tx, versions=versions, batch=batch: _arrive(tx, versions, batch))
        file = b"".join([piece async for piece in export_lines(one)])
        report = await import_lines(two, io.BytesIO(file))
        assert report.versions == report.new_versions == sum(len(versions) for versions, _ in pieces)
        assert await two.read(_everything) == await one.read(_everything)
        assert (await import_lines(two, io.BytesIO(file))).new_versions == 0
        await three.write(lambda tx: _arrive(tx, held, None))
        merged = await import_lines(three, io.BytesIO(file))
        assert merged.new_versions == report.versions - len(held)
        digests = [(await store.read(lambda view: view.status())).digest for store in (one, two, three)]
        assert len(set(digests)) == 1


def _arrive(tx, versions, batch):
    if batch is not None:
        tx.begin_batch(a_batch(batch))
    tx.apply(versions, local=True)


def _everything(view):
    status = view.status()
    records = (*THINGS, *EDGES)
    return (
        (status.digest, status.feed, status.open_conflicts, dict(status.counts)),
        view.entities(THINGS, deleted=True),
        [view.relationship(edge, deleted=True) for edge in EDGES],
        [[(each.value, each.batch, each.content_hash) for each in view.versions(record)] for record in records],
        [[head.value.version for head in view.heads(record)] for record in records],
        view.batches(None, 100),
    )
