"""``call``, ``tools`` and ``history`` as a shell sees them: answers, errors and exit codes on real files."""

import json

import pytest

from tests.support.command import Command


@pytest.fixture
def home(tmp_path):
    command = Command(tmp_path / "home")
    command("init", "--home", "Our house")
    command.tool("create_entity", entity_type="room", name="Kitchen", part_of="Our house")
    command.tool("create_entity", entity_type="device", name="Ceiling light", located_in="Kitchen")
    return command


def test_a_tool_answers_text_for_people_and_json_for_programs(home):
    asked = ("call", "get_devices_in_room", '{"room": "Kitchen"}')
    assert "Ceiling light" in home(*asked).stdout
    answer = home(*asked, "--json").json
    assert [item["name"] for item in answer["items"]] == ["Ceiling light"]


def test_arguments_come_from_the_line_a_file_or_stdin(home, tmp_path):
    file = tmp_path / "arguments.json"
    file.write_text('{"room": "kitchen"}', "utf-8")
    answers = [
        home("call", "get_devices_in_room", given, "--json", stdin=stdin).stdout
        for given, stdin in [('{"room": "kitchen"}', ""), (f"@{file}", ""), ("-", '{"room": "kitchen"}')]
    ]
    assert len(set(answers)) == 1


def test_no_arguments_are_an_empty_object(home):
    assert home("call", "get_home_overview").stdout == home("call", "get_home_overview", "{}").stdout


@pytest.mark.parametrize(
    ("tool", "arguments", "code", "said"),
    [
        ("get_entity_details", {"entity": "Kitchn"}, 3, "Kitchn"),
        ("get_entity_details", {"entiti": "Kitchen"}, 2, "entiti"),
        ("get_entity_details", {}, 2, "entity"),
        ("get_entity_details", {"entity": 5}, 2, "entity"),
        ("get_entity_details", {"entity": ""}, 2, "entity"),
        ("get_devices_in_room", {"room": "Kitchen", "limit": 0}, 2, "limit"),
        ("get_devices_in_room", {"room": "Kitchen", "cursor": "not one"}, 2, "cursor"),
        ("get_devices_in_room", {"room": "Kitchen", "at": "yesterday-ish"}, 2, "at"),
        ("update_entity", {"entity": "Kitchen", "changes": {"a": 1}, "expected_version": "no such"}, 5, ""),
        ("get_entity_details", {"entity": "\ud800"}, 2, ""),
        ("create_entity", {"entity_type": "room", "name": "x" * 100_000}, 6, "name"),
    ],
)
def test_what_a_tool_refuses_ends_with_the_code_of_its_kind(home, tool, arguments, code, said):
    ran = home.tool(tool, code=code, **arguments)
    assert said in ran.error
    assert ran.stdout == ""


def test_an_ambiguous_name_lists_the_candidates(home):
    home.tool("create_entity", entity_type="room", name="Hall", part_of="Our house")
    home.tool("create_entity", entity_type="device", name="Ceiling light", located_in="Hall")
    ran = home("call", "get_entity_details", '{"entity": "Ceiling light"}', code=4)
    candidates = [line for line in ran.stderr.splitlines() if line.startswith("  ")]
    assert len(candidates) == 2
    assert all("Ceiling light" in line for line in candidates)
    for line in candidates:
        assert home.tool("get_entity_details", entity=line.split()[0])["name"] == "Ceiling light"
    # A program finds them without reading lines made for people.
    ran = home.tool("get_entity_details", entity="Ceiling light", code=4)
    told = json.loads(ran.stderr)["error"]
    assert [each["id"] for each in told["candidates"]] == [line.split()[0] for line in candidates]
    assert ran.stdout == ""


def test_an_unknown_tool_is_refused_with_the_nearest(home):
    ran = home("call", "get_home_overveiw", code=3)
    assert "get_home_overveiw" in ran.error
    assert "get_home_overview" in ran.hint


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("", 2),
        ("{", 2),
        ("[]", 2),
        ("null", 2),
        ('{"a": NaN}', 2),
        ('{"a": 1, "a": 2}', 2),
        ("@/no/such/file", 3),
        ("@/", 2),
    ],
)
def test_odd_json_is_refused(home, given, code):
    assert home("call", "get_home_overview", given, code=code).stdout == ""


def test_deep_json_is_refused_before_and_in_the_tool(home):
    home("call", "add_note", "-", stdin='{"text": ' + "[" * 200_000, code=6)
    deep = '{"entity_type": "note", "name": "deep", "content": {"a": ' + "[" * 900 + "]" * 900 + "}}"
    with_hint = home("call", "create_entity", "-", stdin=deep, code=6)
    assert "deep" in with_hint.error


def test_odd_text_comes_back_as_it_was(home):
    name = "Küche 🍳 \u202e '); DROP TABLE entities;--"
    made = home.tool("create_entity", entity_type="room", name=name, part_of="Our house")
    details = home.tool("get_entity_details", entity=made["items"][0]["id"])
    assert details["name"].replace("\u202e", "") == name.replace("\u202e", "")
    ascii_only = Command(home.data_dir, PYTHONIOENCODING="ascii")
    assert "K" in ascii_only("call", "get_entity_details", json.dumps({"entity": details["id"]})).stdout


def test_a_reader_that_goes_away_is_no_trouble(home):
    with home.started("tools", "--json") as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode in {0, 141}


def test_a_closed_stdout_is_no_trouble(home):
    script = 'exec "$0" -m goodies_mcp call get_home_overview >&-'
    import os
    import subprocess
    import sys

    ran = subprocess.run(
        ["/bin/sh", "-c", script, sys.executable],
        env={**os.environ, **home.environ},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_a_full_device_is_told(home):
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        assert "No space left" in home("tools", stdout=full, code=11).error


def test_read_only_refuses_what_writes(home):
    home("call", "get_home_overview", "--read-only")
    assert "add_note" in home("call", "add_note", '{"text": "x"}', "--read-only", code=3).error
    reading = Command(home.data_dir, GOODIES_READ_ONLY="1")
    reading.tool("add_note", text="x", code=3)
    assert {tool["read_only"] for tool in reading("tools", "--json").json["tools"]} == {True}


def test_tools_are_listed_and_explained(home):
    listed = home("tools", "--json").json["tools"]
    assert {"get_home_overview", "apply_changes", "get_entity_history"} <= {tool["name"] for tool in listed}
    lines = home("tools").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [tool["name"] for tool in listed]
    shown = home("tools", "create_entity")
    assert "located_in" in shown.stdout
    schema = home("tools", "create_entity", "--json").json["arguments"]
    assert schema["required"] == ["entity_type", "name"]
    assert "create_entity" in home("tools", "create_entty", code=3).hint


def test_history_shows_who_changed_what(tmp_path):
    anna = Command(tmp_path, GOODIES_AUTHOR="Anna", GOODIES_DEVICE="Küchen-iPad")
    anna("init", "--home", "Our house")
    anna.tool("update_entity", entity="Our house", changes={"city": "Basel"})
    items = anna("history", "Our house", "--json").json["items"]
    assert [(item["author"], item["device"]) for item in items] == [("anna", "küchen-ipad")] * 2
    assert "city" in anna("history", "Our house").stdout

    anna("history", "No such house", code=3)


def test_a_home_that_is_not_there_is_not_made_by_asking(tmp_path):
    nowhere = Command(tmp_path / "home")
    assert "init" in nowhere("call", "get_home_overview", code=3).hint
    assert not (tmp_path / "home").exists()
