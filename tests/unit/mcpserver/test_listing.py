import json
from dataclasses import fields

import jsonschema
import pytest

from goodies_mcp.core.vocabulary import ENTITY_TYPES, RELATIONSHIP_TYPES
from goodies_mcp.mcpserver import schemas
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.listing import input_schema, listed, output_schema
from goodies_mcp.mcpserver.validation import argument_names

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
    assert size < 11_500, "12,000 is the limit, and read_content is still to come"


@ALL
def test_schemas_are_valid_and_use_only_words_that_every_host_knows(tool):
    for schema in (input_schema(tool.arguments), output_schema(tool.result)):
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object"
        assert set(words(schema)) <= PORTABLE
        for inner in schema["properties"].values():
            assert "type" in inner


@ALL
def test_the_input_schema_tells_every_argument_and_no_other(tool):
    schema = input_schema(tool.arguments)
    assert set(schema["properties"]) == set(argument_names(tool.arguments))
    assert schema["additionalProperties"] is False
    required = {field.alias or name for name, field in tool.arguments.model_fields.items() if field.is_required()}
    assert set(schema.get("required", ())) == required


@ALL
def test_the_output_schema_names_only_fields_of_the_result_and_fits_an_error(tool):
    schema = output_schema(tool.result)
    assert set(schema["properties"]) <= {field.name for field in fields(tool.result)}
    # Clients check what errors carry against the same schema.
    jsonschema.validate({"code": "not_found", "message": "no", "retryable": False, "candidates": []}, schema)


def test_what_is_checked_is_what_is_told():
    told = input_schema(schemas.SearchEntities)["properties"]
    assert told["limit"] == {"type": "integer", "minimum": 1, "maximum": 200, "default": 20}
    assert told["at"] == {"type": "string", "format": "date-time"}
    assert next(iter(told)) == "query"
    assert input_schema(schemas.GetHomeState)["properties"]["detail"]["enum"] == ["concise", "full"]


def test_kinds_are_those_of_the_vocabulary():
    assert set(input_schema(schemas.CreateEntity)["properties"]["entity_type"]["enum"]) == ENTITY_TYPES
    kinds = input_schema(schemas.CreateRelationship)["properties"]["relationship_type"]["enum"]
    assert set(kinds) == RELATIONSHIP_TYPES


def test_a_way_is_asked_for_with_from_and_to():
    assert input_schema(schemas.FindPath)["required"] == ["from", "to"]
