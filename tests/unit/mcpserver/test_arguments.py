from contextlib import suppress

import pytest

from goodies_mcp.errors import InvalidInput, TooLarge
from goodies_mcp.mcpserver import schemas
from goodies_mcp.mcpserver.arguments import (
    Arguments,
    choice,
    many,
    nearest,
    needed,
    optional,
    switch,
    text,
    usually,
    whole,
)
from goodies_mcp.mcpserver.catalogue import catalogue

WRONG = [
    (schemas.SearchEntities, {}, "query", "`query` is missing"),
    (schemas.SearchEntities, {"query": 3}, "query", "`query` must be text, not 3"),
    (schemas.SearchEntities, {"query": ""}, "query", "`query` must not be empty"),
    (schemas.SearchEntities, {"query": "x", "limit": 500}, "limit", "`limit` must be at most 200"),
    (schemas.SearchEntities, {"query": "x", "limit": 0}, "limit", "`limit` must be at least 1"),
    (schemas.SearchEntities, {"query": "x", "limit": "many"}, "limit", "`limit` must be a whole number, not 'many'"),
    (schemas.SearchEntities, {"query": "x", "limit": True}, "limit", "`limit` must be a whole number, not true"),
    (schemas.SearchEntities, {"query": "x", "limit": 2.5}, "limit", "`limit` must be a whole number, not 2.5"),
    (schemas.SearchEntities, {"query": "x", "limit": 10**400}, "limit", "`limit` must be at most 200"),
    (schemas.SearchEntities, {"query": "x", "entity_types": "room"}, "entity_types", "must be a list"),
    (
        schemas.SearchEntities,
        {"query": "x", "entity_types": ["a", 1]},
        "entity_types",
        "`entity_types[1]` must be",
    ),
    (schemas.SearchEntities, {"query": "x", "entity_types": ["a"] * 51}, "entity_types", "must have at most 50 items"),
    (schemas.SearchEntities, {"query": "\ud800"}, "query", "lone surrogate"),
    (schemas.GetHomeState, {"detail": "all"}, "detail", "`detail` must be 'concise' or 'full', not 'all'"),
    (schemas.DeleteEntity, {"entity": "x", "dry_run": "yes"}, "dry_run", "`dry_run` must be true or false, not 'yes'"),
    (schemas.UpdateEntity, {"entity": "x", "changes": "{}"}, "changes", "`changes` must be a JSON object, not '{}'"),
    (schemas.UpdateEntity, {"entity": "x", "changes": []}, "changes", "`changes` must be a JSON object, not a list"),
    (schemas.ApplyChanges, {"changes": []}, "changes", "`changes` must have at least 1 item"),
    (schemas.ApplyChanges, {"changes": ["x"]}, "changes", "`changes[0]` must be a JSON object"),
    (schemas.FindPath, {"to": "Hall"}, "from", "`from` is missing"),
]


@pytest.mark.parametrize(("model", "given", "argument", "said"), WRONG)
def test_what_is_wrong_is_said_with_the_argument(model, given, argument, said):
    with pytest.raises(InvalidInput) as refused:
        model(given)
    assert refused.value.argument == argument
    assert said in refused.value.message


def test_an_unknown_argument_is_named_before_the_one_it_was_meant_to_be():
    with pytest.raises(InvalidInput) as refused:
        schemas.SearchEntities({"qurey": "lamp"})
    assert refused.value.argument == "qurey"
    assert refused.value.hint.startswith("did you mean query? arguments: ")
    assert "within" in refused.value.hint


def test_arguments_are_known_by_their_outside_names():
    assert list(schemas.FindPath.declared) == ["from", "to", "avoid", "accessible_only", "at"]
    with pytest.raises(InvalidInput, match="`start`"):
        schemas.FindPath({"start": "a", "to": "b"})


def test_too_long_a_text_is_too_large():
    with pytest.raises(TooLarge, match="`query` must have at most 1000 characters"):
        schemas.SearchEntities({"query": "x" * 1001})


def test_null_is_an_argument_left_out_but_not_inside_a_merge_patch():
    assert schemas.SearchEntities({"query": "x", "within": None, "limit": None}).limit == 20
    patch = schemas.UpdateEntity({"entity": "x", "changes": {"colour": None}, "name": None})
    assert patch.changes == {"colour": None}
    with pytest.raises(InvalidInput, match="`entity` is missing"):
        schemas.UpdateEntity({"entity": None})


def test_a_number_written_as_text_can_mean_nothing_else():
    assert schemas.SearchEntities({"query": "x", "limit": "3"}).limit == 3
    for odd in ("3.0", " 3", "٣", "-1", "0x3", "1" * 5000):
        with pytest.raises(InvalidInput):
            schemas.SearchEntities({"query": "x", "limit": odd})


def test_deep_arguments_are_refused_or_left_to_the_graph():
    deep = {}
    for _ in range(100_000):
        deep = {"a": deep}
    # The value is only carried, so that the graph refuses it with the place; here nothing may fall over.
    with suppress(InvalidInput, TooLarge):
        schemas.UpdateEntity({"entity": "x", "changes": deep})
    while deep:  # taken apart by hand: freeing it at once would need a deep C stack
        deep = deep["a"]


@pytest.mark.parametrize("tool", catalogue(), ids=lambda tool: tool.name)
def test_no_tool_takes_an_argument_it_does_not_know(tool):
    with pytest.raises(InvalidInput, match="unknown argument `nonsense`"):
        tool.arguments({"nonsense": 1})


def test_the_nearest_name_is_only_told_when_it_is_near():
    assert nearest("limits", ["limit", "cursor"], "arguments") == "did you mean limit? arguments: limit, cursor"
    assert nearest("zzz", ["limit", "cursor"], "arguments") == "arguments: limit, cursor"


class Paged(Arguments):
    limit = usually(20, whole(1, 50))


class Asked(Paged):
    what = needed(text(100), "What to look for", name="for")
    kinds = usually((), many(choice("a", "b", "c"), 2))
    near = optional(text(100))
    deep = switch("All the way", on=True)


def test_one_declaration_is_check_schema_and_value():
    args = Asked({"for": "x", "kinds": ["a", "c"]})
    assert (args.what, args.kinds, args.near, args.deep, args.limit) == ("x", ["a", "c"], None, True, 20)
    assert Asked.schema() == {
        "type": "object",
        "properties": {
            "for": {"type": "string", "description": "What to look for"},
            "kinds": {"type": "array", "items": {"type": "string", "enum": ["a", "b", "c"]}},
            "near": {"type": "string"},
            "deep": {"type": "boolean", "default": True, "description": "All the way"},
            "limit": {"type": "integer", "maximum": 50, "default": 20},
        },
        "required": ["for"],
        "additionalProperties": False,
    }
    with pytest.raises(InvalidInput, match=r"`kinds\[1\]` must be 'a', 'b' or 'c', not 'd'") as refused:
        Asked({"for": "x", "kinds": ["a", "d"]})
    assert refused.value.argument == "kinds"


def test_the_same_call_with_another_limit_leaves_the_first_alone():
    args = Asked({"for": "x", "limit": 7})
    assert (args.but(limit=3).limit, args.but(limit=3).what, args.limit) == (3, "x", 7)
    assert Asked({"for": "y"}).limit == 20
