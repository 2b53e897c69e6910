import pytest

from goodies_mcp.errors import InvalidInput, NotFound
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.registry import ToolContext

STARRED = [
    "get_home_overview",
    "search_entities",
    "get_entity_details",
    "get_devices_in_room",
    "find_device_controls",
    "find_path",
    "get_procedures_for_device",
    "get_home_state",
    "what_changed",
    "create_entity",
    "update_entity",
    "delete_entity",
    "create_relationship",
    "apply_changes",
    "add_note",
    "read_content",
]
READING = {"get_", "find_", "search_", "what_", "list_", "read_"}
OF_NOW = {"get_entity_history", "what_changed", "get_sync_status", "list_conflicts"}
TALKS_WITH_THE_HUB = {"sync_now"}
TALKS_WITH_THE_WORLD = {*TALKS_WITH_THE_HUB, "add_device_manual"}


def names(registry):
    return [tool.name for tool in registry]


def test_the_default_is_the_starred_choice_in_a_fixed_order():
    assert names(catalogue().select()) == STARRED
    assert len(catalogue().select()) <= 16


def test_reading_only_leaves_no_tool_that_writes():
    for toolsets in ("default", "all", "management", "query,content"):
        left = catalogue().select(toolsets, read_only=True)
        assert all(tool.read_only for tool in left)
        assert {name for name in names(left) if not name.startswith(tuple(READING))} == set()


def test_toolsets_add_up_and_may_be_a_text_or_names():
    registry = catalogue()
    both = names(registry.select("query, content"))
    assert both == names(registry.select({"content", "query"}))
    assert set(both) == {tool.name for tool in registry if tool.toolset in {"query", "content"}}
    assert names(registry.select("all")) == names(registry)
    assert set(names(registry.select("default,query"))) == set(STARRED) | {
        tool.name for tool in registry if tool.toolset == "query"
    }


def test_an_unknown_toolset_is_refused_with_those_that_exist():
    with pytest.raises(InvalidInput, match="querry") as refused:
        catalogue().select("querry")
    assert "management" in refused.value.hint


def test_an_unknown_tool_is_refused_with_the_nearest():
    with pytest.raises(NotFound) as refused:
        catalogue().named("serch_entities")
    assert "did you mean search_entities?" in refused.value.hint


@pytest.mark.parametrize("tool", catalogue(), ids=lambda tool: tool.name)
def test_a_tool_says_what_it_is(tool):
    assert tool.name == tool.handler.__name__
    assert len(tool.name) <= 64, "hosts refuse longer names"
    assert 30 <= len(tool.description) <= 300
    assert tool.description.endswith((".", "!"))
    assert tool.title
    assert set(tool.annotations()) == {"title", "readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}


@pytest.mark.parametrize("tool", catalogue(), ids=lambda tool: tool.name)
def test_annotations_are_true(tool):
    reads = tool.name.startswith(tuple(READING))
    assert tool.read_only is reads
    assert tool.destructive is (tool.name in {"delete_entity", "delete_relationship", "undo", "apply_changes"})
    assert tool.open_world is (tool.name in TALKS_WITH_THE_WORLD)
    if tool.name in TALKS_WITH_THE_HUB:
        assert tool.idempotent
        return
    if reads:
        assert tool.idempotent
        assert "idempotency_key" not in tool.arguments.declared
    else:
        assert "idempotency_key" in tool.arguments.declared


@pytest.mark.parametrize("tool", [tool for tool in catalogue() if tool.read_only], ids=lambda tool: tool.name)
def test_questions_can_be_asked_of_the_past_and_in_pages(tool):
    known = set(tool.arguments.declared)
    assert ("at" in known) is (tool.name not in OF_NOW)
    single = {"find_path", "find_device_controls", "get_sync_status", "read_content", "get_home_map"}
    assert ({"limit", "cursor"} <= known) is (tool.name not in single)
    assert ("detail" in known) is (tool.concise is not None)


def test_a_writer_carries_client_tool_and_key():
    by = ToolContext(None, "a host").by("create_entity", "k1")
    assert (by.client, by.tool, by.idempotency_key) == ("a host", "create_entity", "k1")


USE_CASES = {"add_device_image": "attach_file"}
"""Tools that share the use case of another."""

WRITING = [tool for tool in catalogue() if not tool.read_only and tool.name not in TALKS_WITH_THE_HUB]


@pytest.mark.parametrize("tool", WRITING, ids=lambda tool: tool.name)
async def test_a_write_is_made_in_the_name_of_its_tool_and_client(tool):
    """A slip of the pen here would make ``undo`` and the history name another tool."""

    class Recorder:
        def __getattr__(self, method):
            async def record(by, *_args, **_kwargs):
                return method, by

            return record

    args = object.__new__(tool.arguments).but(idempotency_key="k2")
    method, by = await tool.handler(ToolContext(Recorder(), "a host"), args)
    assert method == USE_CASES.get(tool.name, tool.name)
    assert (by.client, by.tool, by.idempotency_key) == ("a host", tool.name, "k2")
