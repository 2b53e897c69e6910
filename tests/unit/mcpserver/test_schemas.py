from goodies_mcp.mcpserver import schemas
from goodies_mcp.mcpserver.arguments import Arguments
from goodies_mcp.mcpserver.catalogue import catalogue


def test_every_class_of_arguments_is_used_by_the_tool_of_its_name():
    shared = {"Arguments", "AsOf", "Listing", "AsOfListing", "Detailed", "Write", "Guarded"}
    declared = {
        name for name, value in vars(schemas).items() if isinstance(value, type) and issubclass(value, Arguments)
    }
    used = {tool.arguments.__name__: tool.name for tool in catalogue() if tool.arguments.__module__ == schemas.__name__}
    assert declared - shared == set(used)
    assert all(name.lower() == tool.replace("_", "") for name, tool in used.items())
