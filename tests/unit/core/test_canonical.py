import json
from hashlib import sha256
from types import MappingProxyType

import pytest

from goodies_mcp.core.canonical import canonical_json, canonical_texts, check_json, content_hash
from goodies_mcp.core.models import Dot, RecordId, RelationshipPayload, Version, VersionId
from goodies_mcp.errors import InvalidInput, TooLarge


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None, "ü"]}, '{"a":[true,null,"ü"],"b":1}'),
        (MappingProxyType({"a": (1, 1.0, 1e30)}), '{"a":[1,1.0,1e+30]}'),
        ("\x00\u2028🏠", '"\\u0000\u2028🏠"'),
        (-0.0, "-0.0"),
        ({}, "{}"),
    ],
)
def test_one_text_for_one_value(value, text):
    assert canonical_json(value) == text


@pytest.mark.parametrize("texts", [(), ("",), ("a", 'q"\\', "\x00\x1f\x7f\u2028", "Zoë 🏠")])
def test_texts_alone_are_written_as_any_value_is(texts):
    assert canonical_texts(*texts) == canonical_json(texts).encode()


def test_half_a_character_is_no_text():
    with pytest.raises(InvalidInput, match="surrogate"):
        canonical_texts("a", "\ud800")


def test_python_equality_is_not_json_equality():
    texts = {canonical_json(value) for value in ([False], [0], [0.0], [None], ["0"])}
    assert len(texts) == 5


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"limits": [1, float("nan")]}, r"\w+\.limits\[1\] is nan"),
        ({"a": float("-inf")}, r"\w+\.a is -inf"),
        ({"a": "x\ud800"}, r"\w+\.a holds a lone surrogate at character 1"),
        ({"\udfff": 1}, r"a key of \w+ holds a lone surrogate"),
        ({"a": {1, 2}}, r"\w+\.a is a set"),
        ({"a": b"x"}, r"\w+\.a is a bytes"),
    ],
)
def test_what_json_cannot_carry_is_named(value, place):
    with pytest.raises(InvalidInput, match=place):
        canonical_json(value)
    with pytest.raises(InvalidInput, match=place) as caught:
        check_json(value, "content")
    assert caught.value.argument == "content"


def test_keys_that_are_not_text_are_refused():
    with pytest.raises(InvalidInput, match="content has a key that is not text: 1"):
        check_json({1: "a"}, "content")
    with pytest.raises(InvalidInput):
        canonical_json({1: "a", "1": "b"})


def test_a_number_with_more_digits_than_python_writes_is_refused():
    with pytest.raises(InvalidInput, match="cannot be written"):
        check_json({"a": 10**5000}, "content")


def nested(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


def test_depth_is_bounded():
    check_json(nested(64), "content")
    with pytest.raises(TooLarge, match="too deeply"):
        check_json(nested(65), "content")
    with pytest.raises(TooLarge, match="too deeply"):
        canonical_json(nested(100_000))


def test_size_is_bounded_in_bytes_and_not_in_characters():
    check_json("ü" * 4, "name", max_bytes=10)
    with pytest.raises(TooLarge, match="name takes 12 bytes") as caught:
        check_json("ü" * 5, "name", max_bytes=10)
    assert caught.value.argument == "name"


def test_the_hashed_form_is_the_documented_one():
    version = Version(
        RecordId("r"),
        VersionId("v2"),
        Dot("i", 2),
        {"i": 1, "h": 4},
        (VersionId("v1"), VersionId("v0")),
        RelationshipPayload(RecordId("a"), RecordId("b"), "located_in", {"since": 2020}),
        "2026-01-01T00:00:00.000000+00:00",
        "ann",
        "tablet",
    )
    row = [
        "goodies-v3",
        "r",
        "v2",
        ["relationship", "a", "b", "located_in", {"since": 2020}],
        False,
        "2026-01-01T00:00:00.000000+00:00",
        "ann",
        "tablet",
        "manual",
        ["i", 2],
        {"h": 4, "i": 1},
        ["v0", "v1"],
    ]
    text = json.dumps(row, separators=(",", ":"), sort_keys=True)
    assert content_hash(version) == sha256(text.encode()).hexdigest()


def test_what_holds_itself_is_too_deep():
    value = {"a": []}
    value["a"].append(value)
    for refuses in (canonical_json, lambda each: check_json(each, "content")):
        with pytest.raises(TooLarge, match="nested too deeply"):
            refuses(value)
