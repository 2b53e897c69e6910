import pytest

from goodies_mcp.storage.sqlite_words import vocabulary_of
from tests.support.build import Device, record


@pytest.fixture
def near(opening, run):
    store, device = opening(), Device(1)
    names = ["Thermostat", "Küchenlampe", "客厅灯", "Light", "Lamp", "Lampshade", "Kitchen", "Heat pump", "AB12"]
    said = [device.entity(record(n), name) for n, name in enumerate(names, 1)]
    gone = device.entity(record(50), "Gramophone")
    run(store.write(lambda tx: tx.apply([*said, gone, device.tombstone(gone)], local=True)))
    return lambda word, limit=12: run(store.read(lambda view: view.near_words(word, limit)))


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("termostat", "thermostat"),
        ("thermostst", "thermostat"),
        ("lampe", "lamp"),
        ("kithcen", "kitchen"),
        ("lihgt", "light"),
        ("lmap", "lamp"),
        ("灯", "灯"),
        ("ab12", "ab12"),
        ("THERMOSTAT", "thermostat"),
    ],
)
def test_the_nearest_word_comes_first(near, typed, first):
    assert near(typed)[0] == first


def test_compounds_are_found_by_their_parts(near):
    assert "kuchenlampe" in near("lampe")
    assert near("lamp")[:2] == ["lamp", "lampshade"]


def test_words_that_nothing_holds_any_more_are_not_suggested(near):
    assert near("gramophon") == []


def test_no_more_than_asked_for(near):
    assert len(near("lamp", 1)) == 1


@pytest.mark.parametrize("typed", ["", " ", "%", "_", "\\", "'", '"', "\0", "\0ab", "*", "\ud83d", "zzzzzz", "x" * 999])
def test_odd_words_are_near_nothing(near, typed):
    assert near(typed) == []


def test_what_a_vocabulary_takes_in():
    words = {"lamp", "a1", "ab12", "sn12345", "2026", "x" * 64, "x" * 65, "灯"}
    assert vocabulary_of(words) == {"lamp", "a1", "ab12", "x" * 64, "灯"}
