import subprocess
import sys

HEAVY = {"mcp", "mcp_types", "starlette", "uvicorn", "httpx2", "networkx", "aiosqlite", "jsonschema", "asyncio"}


def loaded_by(*modules):
    program = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_tools_are_listed_and_called_without_the_sdk_the_http_stack_or_an_event_loop():
    modules = ("goodies_mcp.mcpserver.catalogue", "goodies_mcp.mcpserver.calling", "goodies_mcp.mcpserver.listing")
    assert loaded_by(*modules) & HEAVY == set()


def test_the_servers_load_the_sdk_only_when_they_run():
    modules = ("goodies_mcp.mcpserver.stdio_server", "goodies_mcp.mcpserver.http_server")
    assert loaded_by(*modules) & (HEAVY - {"asyncio"}) == set()


def test_stdio_does_not_load_our_http_edge():
    loaded = loaded_by("goodies_mcp.mcpserver.server", "goodies_mcp.mcpserver.stdio_streams")
    assert "mcp" in loaded
    assert "goodies_mcp.mcpserver.http_app" not in loaded


def test_the_server_loads_what_every_tool_can_answer_only_when_tools_are_listed():
    loaded = loaded_by("goodies_mcp.mcpserver.server", "goodies_mcp.graph.home_graph")
    assert "goodies_mcp.graph.results" not in loaded
    assert "goodies_mcp.graph.results" in loaded_by("goodies_mcp.mcpserver.listing")
