import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.storage import sqlite_search
from goodies_mcp.storage.interface import TextQuery
from goodies_mcp.storage.sqlite_search import match_expression
from tests.support.build import Device, record


@pytest.mark.parametrize(
    ("query", "expression"),
    [
        (TextQuery((("a",), ("b", "c"))), '{name text} : (("a") AND ("b" OR "c"))'),
        (TextQuery((("light bulb",),)), '{name text} : (("light bulb"))'),
        (TextQuery((("therm*",),)), '{name text} : (("therm"*))'),
        (TextQuery((("a",),), names_only=True), 'name : (("a"))'),
        (TextQuery((("a",),), types=("device", "room")), '({name text} : (("a"))) AND (kind : ("device" OR "room"))'),
        (TextQuery((('a" OR name:b',),)), '{name text} : (("a  OR name:b"))'),
        (TextQuery((("Küche",),)), '{name text} : (("kuche"))'),
        (TextQuery((("-",),)), None),
        (TextQuery((("a",), ("*",))), None),
        (TextQuery((("", "a"),)), '{name text} : (("a"))'),
        (TextQuery(()), None),
    ],
)
def test_queries_are_quoted(query, expression):
    assert match_expression(query) == expression


@pytest.fixture
def lamps(opening, run):
    store, device = opening(), Device(1)
    lamps = [device.entity(record(n), f"Lamp {n}", content={"notes": "common word"}) for n in range(1, 60)]
    odd = device.entity(record(99), "Common", content={"notes": "rare"}, entity_type="co2_sensor")
    run(store.write(lambda tx: tx.apply([*lamps, odd], local=True)))
    return store


def test_of_very_many_matches_only_the_first_are_ranked(lamps, run, monkeypatch):
    monkeypatch.setattr(sqlite_search, "RANKED", 10)
    hits = run(lamps.read(lambda view: view.search(TextQuery((("common",),)), 20)))
    assert sorted(hit.entity.id for hit in hits) == [record(n) for n in range(1, 11)]
    assert all("\x02common\x03" in hit.excerpt() for hit in hits)


def test_names_weigh_more_than_text(lamps, run):
    [best, *_] = run(lamps.read(lambda view: view.search(TextQuery((("common",),)), 20)))
    assert best.entity.id == record(99)


@pytest.fixture
def rooms(opening, run, monkeypatch):
    """Three hundred lamps, half of them named so, in a store that counts as large."""
    monkeypatch.setattr(sqlite_search, "LARGE", 1)
    store, device = opening(), Device(1)
    named = [device.entity(record(n), f"Lamp {'x' * (n % 9)}", entity_type="device") for n in range(1, 151)]
    noted = [device.entity(record(n), "Thing", content={"notes": "lamp lid"}) for n in range(151, 301)]
    run(store.write(lambda tx: tx.apply([*named, *noted], local=True)))
    return store


def test_of_words_in_plenty_of_names_the_shortest_names_are_best(rooms, run):
    query = TextQuery((("lamps",),), weighing="names")
    hits = run(rooms.read(lambda view: view.search(query, 20)))
    assert [len(hit.entity.name) for hit in hits] == [5] * 11 + [6] * 9
    assert all(hit.excerpt().startswith("\x02Lamp\x03") for hit in hits)
    assert len(run(rooms.read(lambda view: view.search(query, 200)))) == 200


def test_the_shortest_names_are_of_the_types_that_are_asked_for(rooms, run):
    def found(*types):
        query = TextQuery((("lamp",),), types=types, weighing="names")
        return run(rooms.read(lambda view: [hit.rank for hit in view.search(query, 20)]))

    assert found("device") == found()
    assert found("room") == []


def test_words_that_are_in_texts_are_weighed_however_many(rooms, run):
    query = TextQuery((("lid",), ("lamp",)), weighing="names")
    hits = run(rooms.read(lambda view: view.search(query, 150)))
    assert {hit.entity.name for hit in hits} == {"Thing"}
    assert len(hits) == 150


def test_matches_that_nothing_weighs_are_as_many_and_of_the_types_that_are_asked_for(lamps, run):
    def found(limit, *types):
        query = TextQuery((("common",),), types=types, weighing="nothing")
        return run(lamps.read(lambda view: [hit.entity.entity_type for hit in view.search(query, limit)]))

    assert (len(found(99)), len(found(7)), set(found(99, "co2_sensor"))) == (60, 7, {"co2_sensor"})
    assert (len(found(99, "device")), found(99, "co2 sensor")) == (59, [])


def test_types_are_whole(lamps, run):
    def found(*types):
        return run(lamps.read(lambda view: len(view.search(TextQuery((("common",),), types=types), 99))))

    assert (found("co2_sensor"), found("co2 sensor"), found("sensor"), found("device")) == (1, 0, 0, 59)


def test_stemming_that_the_marker_does_not_know_is_asked_of_the_index(opening, run):
    store, device = opening(), Device(1)
    said = [device.entity(record(1), "Pump", content={"notes": "relational conditioning"})]
    run(store.write(lambda tx: tx.apply(said, local=True)))
    [hit] = run(store.read(lambda view: view.search(TextQuery((("relate",),)), 9)))
    assert hit.excerpt() == "\x02relational\x03 conditioning"


@given(st.lists(st.lists(st.text(max_size=8), max_size=3).map(tuple), max_size=3).map(tuple))
def test_any_query_is_quoted_or_refused(groups):
    expression = match_expression(TextQuery(groups))
    if expression is not None:
        assert expression.count('"') % 2 == 0
