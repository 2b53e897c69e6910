import logging

import pytest

from goodies_mcp.errors import Conflict, Unavailable
from goodies_mcp.graph.results import Edge, EdgePage, FieldChange, HistoryItem, HistoryPage, Ref
from goodies_mcp.mcpserver.calling import call, call_with
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.registry import ToolContext

KITCHEN = Ref("k", "room", "Kitchen")


class Graph:
    """A graph whose every method does what it was told to."""

    def __init__(self, does):
        self.does = does
        self.asked = []

    def __getattr__(self, method):
        async def answer(*args, **kwargs):
            self.asked.append((method, args, kwargs))
            if isinstance(self.does, Exception):
                raise self.does
            return self.does

        return answer


async def ask(does, tool="search_entities", **arguments):
    graph = Graph(does)
    return await call(catalogue(), ToolContext(graph, "tests"), tool, arguments), graph


async def test_an_error_of_the_house_becomes_a_result():
    outcome, _ = await ask(Conflict("it moved on", details={"version": "v2"}), query="x")
    assert outcome.is_error
    assert outcome.code == "conflict"
    assert outcome.structured["version"] == "v2"


async def test_a_bug_is_told_without_a_trace_which_is_in_the_log(caplog):
    outcome, _ = await ask(KeyError("the secret inside"), query="x")
    assert outcome.code == "internal"
    assert "secret" not in outcome.text + str(outcome.structured)
    assert "the secret inside" in caplog.text


async def test_unknown_tools_and_arguments_never_reach_the_graph():
    outcome, graph = await ask(None, tool="serch_entities", query="x")
    assert (outcome.code, graph.asked) == ("not_found", [])
    outcome, graph = await ask(None, query="x", nonsense=1)
    assert (outcome.code, graph.asked) == ("invalid_input", [])
    outcome = await call(catalogue(), ToolContext(graph, "tests"), "search_entities", None)
    assert outcome.code == "invalid_input"


async def test_a_tool_that_does_not_exist_cannot_write_the_log(caplog):
    caplog.set_level(logging.INFO, "goodies_mcp")
    await ask(None, tool="x\nERROR forged line")
    assert "forged" not in caplog.text


async def test_a_home_that_cannot_be_opened_is_an_error_like_any_other():
    async def opened():
        raise Unavailable("locked by another program")

    outcome = await call_with(catalogue(), opened, "get_home_overview", {})
    assert outcome.code == "unavailable"
    assert outcome.structured["retryable"] is True


async def test_wrong_arguments_are_told_before_the_home_is_opened():
    async def opened():
        pytest.fail("opened for nothing")

    outcome = await call_with(catalogue(), opened, "search_entities", {})
    assert outcome.code == "invalid_input"


@pytest.mark.parametrize(("detail", "told"), [("concise", False), ("full", True)])
async def test_concise_lists_drop_what_is_only_asked_for_in_full(detail, told):
    page = EdgePage(KITCHEN, (Edge("e", "controls", "out", KITCHEN, "v", {"circuit": "B7"}),))
    outcome, _ = await ask(page, "get_entity_relationships", entity="Kitchen", detail=detail)
    assert ("B7" in outcome.text) is told
    assert ("properties" in outcome.structured["items"][0]) is told
    page = HistoryPage(KITCHEN, (HistoryItem("v", "t", "me", "phone", "updated", (FieldChange("colour", 1, "B7"),)),))
    outcome, _ = await ask(page, "get_entity_history", entity="Kitchen", detail=detail)
    assert "colour" in outcome.text
    assert ("B7" in outcome.text) is told


async def test_arguments_arrive_as_the_graph_calls_them():
    _, graph = await ask(KeyError(), "find_path", **{"from": "Kitchen", "to": "Hall", "avoid": ["Stairs"]})
    assert graph.asked == [
        ("find_path", ("Kitchen", "Hall"), {"avoid": ["Stairs"], "accessible_only": False, "at": None}),
    ]
