import pytest

from goodies_mcp.storage.interface import TextQuery
from goodies_mcp.storage.sqlite_snippet import Marker, marked


def excerpt(text, *alternatives):
    return Marker(TextQuery((alternatives,))).excerpt(text).replace("\x02", "<").replace("\x03", ">")


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("lamp", "a <Lamp> there"),
        ("lamp", "two <lamps> there"),
        ("lamps", "a <lamp> there"),
        ("battery", "new <batteries> there"),
        ("batteries", "a <battery> there"),
        ("running", "it <runs>, it ran"),
        ("runs", "it is <running>"),
        ("dimming", "can be <dimmed>"),
        ("therm*", "a <thermostat>, a <thermal> one"),
        ("light bulb", "a <light>, a <bulb>, <light> <bulbs>"),
        ("facade", "the <façade> there"),
        ("kuche", "die <Küche>"),
        ("strasse", "die <Straße>"),
        ("a1", "an <A1> and an A12"),
        ("灯", "a 客厅<灯>"),
        ("客厅", "a <客厅>灯 and an LED<厅>"),
        ("灯", "no 客厅"),
    ],
)
def test_words_are_marked_as_they_are_written(word, text):
    assert excerpt(text.replace("<", "").replace(">", ""), word) == text


def test_parts_of_words_are_not_marked():
    assert not marked(Marker(TextQuery((("lamp",),))).excerpt("lampshade, clamp"))


def test_the_excerpt_lies_around_the_first_mark():
    text = "far away " * 40 + "the lamp is here " + "and so on " * 40
    said = excerpt(text, "lamp")
    assert "<lamp> is here" in said
    assert said.startswith("…")
    assert said.endswith("…")
    assert len(said) < 200


@pytest.mark.parametrize(("word", "found"), [("lamp", "<Lamps>"), ("kuche", "<Küche>"), ("lamp kuche", "<Lamps>")])
@pytest.mark.parametrize("around", ["plain words ", "größere Wörter ", "İ "])
def test_in_a_long_text_the_excerpt_is_found_too(word, found, around):
    text = around * 1_000 + "Lamps in der Küche " + around * 1_000 + "Lamps"
    said = excerpt(text, *word.split())
    assert found in said
    assert said.count("<") == len(word.split())
    assert len(said) < 220


@pytest.mark.parametrize("word", ["", "*", "\0", "(", "[a", "\\", "a|b", "x" * 5000, "\ud83d"])
def test_any_query_makes_a_pattern(word):
    assert isinstance(excerpt("some text", word), str)
