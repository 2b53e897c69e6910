import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.core.derived import flattened, indexed, search_text
from goodies_mcp.core.models import EntityPayload, JsonText
from goodies_mcp.core.text import words

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def test_texts_and_numbers_are_read_in_order_and_keys_and_truth_are_not():
    content = {"notes": "old brass", "limits": {"max": 21.5, "min": 5}, "tags": ["a", ["b", None]], "on": True}
    assert search_text(EntityPayload("device", "Lamp", content)) == "old brass\n21.5\n5\na\nb"


def test_encoded_data_is_left_out_and_long_text_is_not():
    assert flattened({"image": "QUJD" * 100, "notes": "word " * 100, "chinese": "灯" * 300}).startswith("word ")
    assert "QUJD" not in flattened({"image": "QUJD" * 100})
    assert flattened({"chinese": "灯" * 300}) == "灯" * 300


@given(st.dictionaries(st.text(max_size=3), json_values, max_size=4))
def test_text_is_the_same_from_a_mapping_and_from_its_json(content):
    assert flattened(content) == flattened(JsonText(json.dumps(content)))


def test_plain_text_is_indexed_as_it_is_and_all_else_folded_and_composed():
    assert indexed("Kitchen  Lamp\n2") == "Kitchen  Lamp\n2"
    assert indexed("Küche STRASSE ß") == "kuche strasse ss"
    assert indexed("한국어") == "한국어"
    assert indexed("ガラス").split() == ["カ", "ラ", "ス"]


@pytest.mark.parametrize("text", ["Küchenlampe", "façade", "한국어 조명", "ﬁlter", "Ａｂｃ", "客厅灯 2"])
def test_a_word_of_a_text_is_a_word_of_its_index(text):
    assert [indexed(word).strip() for word in words(text)] == indexed(text).split()
