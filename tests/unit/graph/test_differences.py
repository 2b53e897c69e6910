from goodies_mcp.core.models import EntityPayload, JsonText, RelationshipPayload
from goodies_mcp.graph.differences import payload_changes
from goodies_mcp.graph.results import FieldChange


def _changes(before, after):
    return payload_changes(EntityPayload("device", "Lamp", before), EntityPayload("device", "Lamp", after))


def test_equal_values_have_no_differences():
    content = {"a": {"b": [1, {"c": None}]}, "d": "x"}
    assert _changes(content, JsonText('{"d": "x", "a": {"b": [1, {"c": null}]}}')) == ()


def test_objects_are_looked_into_and_lists_are_compared_whole():
    assert _changes({"a": {"b": 1, "c": 2}, "l": [1, 2]}, {"a": {"b": 1, "c": 3}, "l": [2, 1]}) == (
        FieldChange("content.a.c", 2, 3),
        FieldChange("content.l", [1, 2], [2, 1]),
    )


def test_a_field_that_came_or_went_is_told_even_when_it_is_null():
    assert _changes({"a": None}, {"b": None}) == (FieldChange("content.a"), FieldChange("content.b"))


def test_one_is_not_true():
    assert _changes({"on": 1}, {"on": True}) == (FieldChange("content.on", 1, True),)
    assert _changes({"watts": 1}, {"watts": 1.0}) == ()


def test_names_types_and_ends_are_fields_too():
    before, after = EntityPayload("device", "Lamp"), EntityPayload("accessory", "Light")
    assert payload_changes(before, after) == (
        FieldChange("name", "Lamp", "Light"),
        FieldChange("entity_type", "device", "accessory"),
    )
    here, there = RelationshipPayload("l", "k", "located_in"), RelationshipPayload("l", "h", "located_in")
    assert payload_changes(here, there) == (FieldChange("to_id", "k", "h"),)


def test_no_more_than_a_hundred_are_told_and_depth_has_an_end():
    assert len(_changes({}, {str(n): n for n in range(500)})) == 100
    deep, other = {"x": 1}, {"x": 2}
    for _ in range(60):
        deep, other = {"x": deep}, {"x": other}
    [change] = _changes(deep, other)
    assert change.field.startswith("content.x.x")
