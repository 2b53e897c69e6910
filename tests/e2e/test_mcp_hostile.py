"""Every hostile value in every argument of every tool: a clear error or data, nothing else, and the server goes on."""

import json
from pathlib import Path

import pytest

from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.wording import shown
from tests.support.hostile import OBJECTS, TEXTS, WRONG_KINDS
from tests.support.mcp_sessions import raw_client

CLEAR = {"invalid_input", "not_found", "ambiguous", "conflict", "too_large", "forbidden"}
SANE = {
    "conflict": "Ceiling light",
    "resolution": "merge",
    "query": "lamp",
    "entity": "Ceiling light",
    "device": "Ceiling light",
    "room": "Kitchen",
    "from": "Kitchen",
    "to": "Hall",
    "since": "2026-01-01",
    "entity_type": "device",
    "name": "Thing",
    "from_entity": "Ceiling light",
    "to_entity": "Hall",
    "relationship_type": "located_in",
    "relationship": "no-such-edge",
    "version": "no-such-version",
    "changes": [{"action": "create_entity", "entity_type": "room", "name": "Loft"}],
    "title": "How to",
    "steps": ["do it"],
    "text": "a note",
    "content": "Kitchen",
}


def fits(kind, value):
    return {"string": isinstance(value, str), "object": isinstance(value, dict)}.get(kind, False)


def requests_for(tool):
    """One request for each argument and each value that it could be tricked with."""
    schema = tool.arguments.schema()
    needed = {name: SANE[name] for name in schema.get("required", ())}
    if tool.name == "update_entity":
        needed["changes"] = {"note": "x"}
    for name, about in schema["properties"].items():
        inner = about.get("items", {}).get("type")
        values = [value for value in (*TEXTS, *OBJECTS) if fits(about["type"], value)]
        values += [[value] for value in (*TEXTS, *OBJECTS) if inner and fits(inner, value)]
        for value in (*values, *WRONG_KINDS):
            yield name, {**needed, name: value}


WITH_ARGUMENTS = [tool for tool in catalogue() if tool.arguments.declared]


@pytest.mark.parametrize("tool", WITH_ARGUMENTS, ids=lambda tool: tool.name)
def test_p15_hostile_values_are_data_or_a_clear_error(tool, tmp_path):
    asked = 0
    with raw_client(f"database={tmp_path / 'goodies.db'}") as client:
        client.greet()
        before = client.call("get_entity_details", entity="Our house")["structuredContent"]
        for name, arguments in requests_for(tool):
            asked += 1
            said = client.ask("tools/call", name=tool.name, arguments=arguments)
            tried = (name, str(arguments[name])[:80])
            assert "error" not in said, (tried, said)
            check(said["result"], tried)
        after = client.call("get_entity_details", entity="Our house")["structuredContent"]
        assert after["version"] == before["version"], "nothing touched what it was not pointed at"
        code, errors = client.close()
    assert asked > 20 * len(tool.arguments.schema()["properties"])
    assert code == 0
    assert "Traceback" not in errors
    for trophy in ("/tmp/owned", "/tmp/stolen.db"):
        assert not Path(trophy).exists()


def test_p15_what_is_kept_comes_back_as_it_was_said(tmp_path):
    kept = 0
    with raw_client(f"database={tmp_path / 'goodies.db'}") as client:
        client.greet()
        for text in TEXTS:
            made = client.call("add_note", text=text)
            if made["isError"]:
                assert made["structuredContent"]["code"] in CLEAR
                continue
            kept += 1
            note = made["structuredContent"]["items"][0]["id"]
            read = client.call("get_entity_details", entity=note)["structuredContent"]
            back = read["content"]["text"]
            assert back == shown(text) or ("cut" in read and shown(text).startswith(back.removesuffix("…")))
            found = client.call("search_entities", query=text[:1_000])
            assert found["structuredContent"].get("code") in {None, "invalid_input"}
    assert kept > len(TEXTS) * 0.8


def check(result, tried):
    text = result["content"][0]["text"]
    structured = result["structuredContent"]
    assert len(text) <= 20_000, tried
    assert len(json.dumps(structured, ensure_ascii=False)) <= 24_000, tried  # with the spaces of json.dumps
    assert not set("\x00\x1b\u202e\u200b\u2028\r") & set(text), tried
    assert not set("\x00\x1b\u202e\u200b\u2028\r") & set(json.dumps(structured, ensure_ascii=False)), tried
    assert "Traceback" not in text, tried
    assert "pydantic" not in text, tried
    assert "OperationalError" not in text, tried
    if result["isError"]:
        assert structured["code"] in CLEAR, (tried, structured)
        assert structured["message"], tried
