import json
from dataclasses import fields

import jsonschema
import pytest

from goodies_mcp.core.vocabulary import ENTITY_TYPES, RELATIONSHIP_TYPES
from goodies_mcp.mcpserver import schemas
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.listing import listed, output_schema, result_of

ALL = pytest.mark.parametrize("tool", catalogue(), ids=lambda tool: tool.name)
PORTABLE = {"type", "properties", "required", "additionalProperties", "items", "enum", "default", "description"}
PORTABLE |= {"minimum", "maximum", "format"}


def words(schema):
    for word, said in schema.items():
        yield word
        if word == "properties":
            for inner in said.values():
                yield from words(inner)
        elif word == "items":
            yield from words(said)


def test_the_default_list_leaves_room_in_every_conversation():
    size = len(json.dumps([listed(tool) for tool in catalogue().select()], ensure_ascii=False, separators=(",", ":")))
    assert size < 12_000


@ALL
def test_schemas_are_valid_and_use_only_words_that_every_host_knows(tool):
    for schema in (tool.arguments.schema(), output_schema(result_of(tool))):
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object"
        assert set(words(schema)) <= PORTABLE
        for inner in schema["properties"].values():
            assert "type" in inner


@ALL
def test_the_input_schema_tells_every_argument_and_no_other(tool):
    schema = tool.arguments.schema()
    assert list(schema["properties"]) == list(tool.arguments.declared)
    assert schema["additionalProperties"] is False
    required = {name for name, argument in tool.arguments.declared.items() if argument.required}
    assert set(schema.get("required", ())) == required


@ALL
def test_the_output_schema_names_only_fields_of_the_result_and_fits_an_error(tool):
    schema = output_schema(result_of(tool))
    assert set(schema["properties"]) <= {field.name for field in fields(result_of(tool))}
    # Clients check what errors carry against the same schema.
    jsonschema.validate({"code": "not_found", "message": "no", "retryable": False, "candidates": []}, schema)


def test_what_is_checked_is_what_is_told():
    told = schemas.SearchEntities.schema()["properties"]
    assert told["limit"] == {"type": "integer", "maximum": 200, "default": 20}
    assert told["at"] == {"type": "string", "format": "date-time"}
    assert next(iter(told)) == "query"
    assert schemas.GetHomeState.schema()["properties"]["detail"]["enum"] == ["concise", "full"]


def test_kinds_are_those_of_the_vocabulary():
    assert set(schemas.CreateEntity.schema()["properties"]["entity_type"]["enum"]) == ENTITY_TYPES
    kinds = schemas.CreateRelationship.schema()["properties"]["relationship_type"]["enum"]
    assert set(kinds) == RELATIONSHIP_TYPES


def test_a_way_is_asked_for_with_from_and_to():
    assert schemas.FindPath.schema()["required"] == ["from", "to"]
