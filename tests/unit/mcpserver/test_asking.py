"""Asking the person in the middle of a call, in both eras, and what comes of each answer."""

import json
import logging

import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitResult, ErrorData

from goodies_mcp.graph.home_graph import HomeGraph
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.server import build_server
from tests.support.build import Device, record
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds
from tests.support.served_home import furnished_home
from tests.support.stores import opened

ERAS = ("legacy", "auto")
BOTH = pytest.mark.parametrize("era", ERAS)
LAMP = record(1)


class Person:
    """Whom the host asks; ``answers`` are what is picked by the words of its title, or an action, one after another."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    async def __call__(self, context, params):
        self.asked.append(params)
        answer = self.answers.pop(0)
        if isinstance(answer, ErrorData):
            return answer
        if answer in ("decline", "cancel"):
            return ElicitResult(action=answer)
        options = {each["title"]: each["const"] for each in params.requested_schema["properties"]["choice"]["oneOf"]}
        chosen = next((options[title] for title in options if answer in title), answer)
        return ElicitResult(action="accept", content={"choice": chosen})


@pytest.fixture
async def graph():
    async with furnished_home() as opened_home:
        yield opened_home


def connected(graph, era, person):
    async def home():
        return graph

    return Client(build_server(catalogue(), home), mode=era, elicitation_callback=person)


async def rooms_of_lamps(graph):
    page = await graph.search_entities("Lamp", entity_types=["device"])
    return {each.where.split(" › ")[-1]: each.id for each in page.items if each.name == "Lamp"}


@BOTH
async def test_a_name_of_several_things_is_asked_about(graph, era, caplog):
    caplog.set_level(logging.INFO, "goodies_mcp")
    person = Person("Bedroom")
    async with connected(graph, era, person) as client:
        said = await client.call_tool("find_device_controls", {"device": "lamp"})
        assert not said.is_error
        assert said.structured_content["device"]["id"] == (await rooms_of_lamps(graph))["Bedroom"]
    (asked,) = person.asked
    assert 'called "lamp"' in asked.message
    assert len(asked.requested_schema["properties"]["choice"]["oneOf"]) == 2
    assert [line.split()[2] for line in caplog.messages if "find_device" in line][-1] == "outcome=ok"


@BOTH
async def test_several_names_are_asked_about_one_after_another(graph, era):
    person = Person("Bedroom", "Kitchen")
    async with connected(graph, era, person) as client:
        said = await client.call_tool(
            "create_relationship", {"from_entity": "Lamp", "to_entity": "Lamp", "relationship_type": "depends_on"}
        )
        assert not said.is_error, said.content[0].text
    lamps = await rooms_of_lamps(graph)
    edges = await graph.get_entity_relationships(lamps["Bedroom"], direction="out", relationship_types=["depends_on"])
    assert [each.other.id for each in edges.items] == [lamps["Kitchen"]]


@BOTH
async def test_a_name_in_a_list_is_asked_about(graph, era):
    person = Person("Kitchen")
    async with connected(graph, era, person) as client:
        said = await client.call_tool(
            "create_procedure", {"title": "Dust it", "steps": ["Dust"], "for_entities": ["Ceiling light", "lamp"]}
        )
        assert not said.is_error, said.content[0].text
    assert len(person.asked) == 1


@BOTH
async def test_a_name_in_a_batch_is_asked_about(graph, era):
    change = {"action": "update_entity", "entity": "lamp", "changes": {"watt": 5}}
    async with connected(graph, era, Person("Kitchen")) as client:
        said = await client.call_tool("apply_changes", {"changes": [{**change, "entity": "Hall"}, change]})
        assert not said.is_error, said.content[0].text
    assert (await graph.get_entity_details("Lamp in Kitchen")).content["watt"] == 5


@BOTH
@pytest.mark.parametrize(("answer", "said"), [("decline", "would not say"), ("cancel", "closed the question")])
async def test_who_does_not_want_to_say_is_not_decided_for(graph, era, answer, said):
    async with connected(graph, era, Person(answer)) as client:
        result = await client.call_tool("update_entity", {"entity": "Lamp", "changes": {"watt": 5}})
        assert result.is_error
        assert result.structured_content["code"] == "forbidden"
        assert said in result.content[0].text
        assert "nothing was done" in result.content[0].text
    for lamp in (await rooms_of_lamps(graph)).values():
        assert "watt" not in (await graph.get_entity_details(lamp)).content


@BOTH
async def test_an_answer_that_was_no_choice_does_nothing(graph, era):
    async with connected(graph, era, Person("6f1e-made-up")) as client:
        result = await client.call_tool("update_entity", {"entity": "Lamp", "changes": {"watt": 5}})
        assert result.structured_content["code"] == "invalid_input"


@BOTH
async def test_a_host_that_cannot_ask_gets_the_candidates(graph, era):
    async with connected(graph, era, None) as client:
        said = await client.call_tool("find_device_controls", {"device": "Lamp"})
        assert said.structured_content["code"] == "ambiguous"
        assert len(said.structured_content["candidates"]) == 2


async def test_an_older_host_that_says_it_can_and_fails_gets_the_candidates(graph):
    async with connected(graph, "legacy", Person(ErrorData(code=-32603, message="no window"))) as client:
        said = await client.call_tool("find_device_controls", {"device": "Lamp"})
        assert said.structured_content["code"] == "ambiguous"


@BOTH
async def test_other_errors_are_nobodys_question(graph, era):
    person = Person()
    async with connected(graph, era, person) as client:
        assert (await client.call_tool("find_device_controls", {"device": "Nothing"})).is_error
    assert person.asked == []


async def ask_by_hand(client, answers=None, state=None):
    return await client.session.call_tool(
        "find_device_controls",
        {"device": "Lamp"},
        input_responses=answers,
        request_state=state,
        allow_input_required=True,
    )


async def test_what_a_newer_host_brings_back_is_checked(graph):
    lamps = await rooms_of_lamps(graph)
    async with connected(graph, "auto", Person()) as client:
        asked = await ask_by_hand(client)
        (key,) = asked.input_requests
        done = await ask_by_hand(client, {key: ElicitResult(action="accept", content={"choice": lamps["Kitchen"]})})
        assert done.structured_content["device"]["id"] == lamps["Kitchen"]
        done = await ask_by_hand(client, state=json.dumps({key: lamps["Bedroom"]}))
        assert done.structured_content["device"]["id"] == lamps["Bedroom"]
        again = await ask_by_hand(client, state=json.dumps({key: "somewhere else", "other": "x"}))
        assert list(again.input_requests) == [key], "what is none of the choices is asked again"
        again = await ask_by_hand(client, {"another-0": ElicitResult(action="accept", content={"choice": "x"})})
        assert list(again.input_requests) == [key]
        for wrong in (
            "",
            "x",
            "[]",
            "[" * 10_000,
            '{"a":1}',
            json.dumps(dict.fromkeys(map(str, range(9)), "x")),
            "x" * 30_000,
        ):
            with pytest.raises(MCPError, match="requestState") as refused:
                await ask_by_hand(client, state=wrong)
            assert refused.value.error.code == -32602


def device(number, at):
    clock = FakeClock()
    clock.advance(seconds=at)
    return Device(number, clock=clock)


@pytest.fixture
async def torn(tmp_path):
    """A home in which this device (tablet) and another called a lamp differently."""
    clock = FakeClock()
    async with opened("memory", tmp_path, clock=clock) as store:
        base = device(7, 0).entity(LAMP, "Lamp", content={"watt": 5})
        here = device(1, 10)
        here.name = "tablet"
        mine = here.entity(LAMP, "Reading lamp", base, content={"watt": 6})
        theirs = device(2, 20).entity(LAMP, "Desk lamp", base, content={"watt": 5})
        await store.write(lambda tx: tx.apply([base, mine, theirs], local=False))
        yield HomeGraph(store, clock, CountingIds(), author="ann", device="tablet")


SETTLED = [
    ("this device", "Reading lamp"),
    ("other side", "Desk lamp"),
    ("shown now", "Desk lamp"),
    ("As proposed", "Lamp of both"),
]


@BOTH
@pytest.mark.parametrize(("picked", "name"), SETTLED)
async def test_a_conflict_is_settled_as_the_person_says_who_sees_both_sides(torn, era, picked, name):
    person = Person(picked)
    async with connected(torn, era, person) as client:
        said = await client.call_tool(
            "resolve_conflict", {"conflict": LAMP, "resolution": "custom", "name": "Lamp of both"}
        )
        assert not said.is_error, said.content[0].text
    assert (await torn.get_entity_details(LAMP)).name == name
    message = person.asked[0].message
    for told in ('"Desk lamp"', '"Reading lamp"', "ann on tablet", "watt", "stay in the history"):
        assert told in message
    assert person.asked[0].requested_schema["properties"]["choice"]["default"] == "custom"


@BOTH
async def test_a_conflict_that_the_person_leaves_open_stays_open(torn, era):
    async with connected(torn, era, Person("decline")) as client:
        said = await client.call_tool("resolve_conflict", {"conflict": LAMP, "resolution": "keep_local"})
        assert said.structured_content["code"] == "forbidden"
    assert (await torn.list_conflicts()).total == 1


@BOTH
async def test_where_nobody_can_be_asked_the_call_is_done_as_it_is(torn, era):
    async with connected(torn, era, None) as client:
        await client.call_tool("resolve_conflict", {"conflict": LAMP, "resolution": "keep_local"})
    assert (await torn.get_entity_details(LAMP)).name == "Reading lamp"


@BOTH
async def test_what_is_in_no_conflict_is_nobodys_question(torn, era):
    async with connected(torn, era, Person("this device")) as client:
        await client.call_tool("resolve_conflict", {"conflict": LAMP, "resolution": "merge"})
        said = await client.call_tool("resolve_conflict", {"conflict": LAMP, "resolution": "merge"})
        assert said.structured_content["code"] == "conflict"
