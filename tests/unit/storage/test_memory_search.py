"""Scores, excerpts and corrections of the reference store's full text."""

from goodies_mcp.core.models import Entity, EntityPayload, RecordId, VersionId
from goodies_mcp.storage.interface import TextQuery
from goodies_mcp.storage.memory_search import nearest_words, search


def thing(name, notes="", kind="device"):
    return Entity(RecordId(name), VersionId("v"), kind, name, {"notes": notes} if notes else {}, "", "")


def found(things, *groups, names_only=False):
    query = TextQuery(tuple((group,) for group in groups), names_only=names_only)
    return [(hit.entity.name, hit.excerpt()) for hit in search(things, query)]


def test_a_whole_name_comes_before_a_part_of_one_and_that_before_a_text():
    things = [thing("A", "the lamp"), thing("Lamp shade"), thing("Lamp")]
    assert [name for name, _ in found(things, "lamp")] == ["Lamp", "Lamp shade", "A"]


def test_more_often_and_in_a_shorter_text_is_better():
    things = [thing("once", "lamp " + "x " * 300), thing("often", "lamp lamp lamp"), thing("short", "lamp")]
    assert [name for name, _ in found(things, "lamp")] == ["often", "short", "once"]


def test_equal_scores_go_by_id():
    things = [thing("b", "lamp"), thing("a", "lamp")]
    assert [name for name, _ in found(things, "lamp")] == ["a", "b"]


def test_an_excerpt_shows_the_first_match_and_what_is_around():
    [(_, snippet)] = found([thing("A", "x" * 200 + " brass lamp " + "y " * 200)], "lamp")
    assert "brass \x02lamp\x03 y" in snippet
    assert snippet.startswith("…")
    assert snippet.endswith("…")
    assert len(snippet) < 140


def test_an_excerpt_of_a_name_holds_the_name_alone():
    assert found([thing("Big lamp", "lamp")], "lam*", names_only=True) == [("Big lamp", "Big \x02lamp\x03")]


def test_words_nearby_are_ordered_by_likeness():
    said = [EntityPayload("device", "Thermostat", {"notes": "thermos thermometer"}), EntityPayload("room", "Kitchen")]
    assert nearest_words(said, "thermostad", 9) == ["thermostat", "thermos"]
    assert nearest_words(said, "THERMO", 2)[0] == "thermos"
    assert nearest_words(said, "", 9) == []
    assert nearest_words(said, "thermostad", 1) == ["thermostat"]
