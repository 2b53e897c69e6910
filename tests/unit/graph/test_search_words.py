import pytest

from goodies_mcp.graph.kinds import alike, singular, synonyms
from goodies_mcp.graph.likeness import likeness
from goodies_mcp.graph.search_words import parse


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ("kitchen light", ["kitchen", "light"]),
        ("Where is the KITCHEN light?", ["kitchen", "light"]),
        ("wo ist die Küchenlampe", ["kuchenlampe"]),
        ("the", ["the"]),
        ("therm*", ["therm*"]),
        ("t*", ["t"]),
        ("*", []),
        ('"water tank" leak', ["water tank", "leak"]),
        ("“Wasser Tank”", ["wasser tank"]),
        ('" " "', []),
        ("AQ-600/Eco", ["aq", "600", "eco"]),
        ("light light LIGHT", ["light"]),
        ("a OR b) NEAR(c", ["b", "near", "c"]),
        ("name:kitchen ^x", ["name", "kitchen", "x"]),
        ("", []),
        ("!!! \U0001f600 \0", []),
    ],
)
def test_words_phrases_and_prefixes(query, written):
    assert [each.written for each in parse(query)] == written


def test_no_more_than_twelve_things_are_sought():
    assert len(parse(" ".join(f"w{n}" for n in range(50)))) == 12


def test_a_word_brings_its_singular_and_what_means_the_same():
    [lamps] = parse("lamps")
    assert lamps.alternatives()[:2] == ("lamps", "lamp")
    assert "light" in lamps.alternatives()
    [phrase] = parse('"floor lamp"')
    assert phrase.alternatives() == ("floor lamp",)


def test_kinds_are_alike_in_any_word_for_them():
    assert alike("lamps", "light")
    assert alike("boxes", "box")
    assert not alike("lamp", "lock")
    assert "tv" in synonyms("television")
    assert synonyms("zebra") == ()
    assert [singular(word) for word in ("glass", "gas", "bus", "switches", "tv", "his")] == [
        "glass",
        "gas",
        "bus",
        "switch",
        "tv",
        "his",
    ]


def test_likeness_orders_names():
    assert likeness("Kitchen lamp", "kitchen  LAMP") == 1
    assert likeness("Kitchen lamp", "Kitchn lamp") > likeness("Kitchen lamp", "Kitchen door") > 0
    assert likeness("abc", "xyz") == 0
    assert likeness("", "abc") == 0
