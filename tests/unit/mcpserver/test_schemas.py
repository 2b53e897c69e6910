from pydantic import BaseModel

from goodies_mcp.mcpserver import schemas
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.validation import parsed


def test_every_model_of_a_tool_is_used_by_one():
    shared = {"Arguments", "AsOf", "Listing", "AsOfListing", "Detailed", "Write", "Guarded"}
    models = {
        name
        for name, value in vars(schemas).items()
        if isinstance(value, type) and issubclass(value, BaseModel) and value is not BaseModel
    }
    assert models - shared == {tool.arguments.__name__ for tool in catalogue()}


def test_a_model_is_built_only_when_its_tool_is_called():
    class Fresh(schemas.AsOfListing):
        query: str

    assert not Fresh.__pydantic_complete__
    parsed(Fresh, {"query": "x"})
    assert Fresh.__pydantic_complete__


def test_arguments_stand_still():
    args = parsed(schemas.GetEntityDetails, {"entity": "Kitchen"})
    assert args.include == ["relationships", "content"]
    again = parsed(schemas.GetEntityDetails, {"entity": "Hall"})
    assert args.include is not again.include
