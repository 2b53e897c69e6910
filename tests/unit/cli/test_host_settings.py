"""Another program's settings file: our entry goes in and out, and nothing else of it changes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.cli.host_settings import HostSettings
from goodies_mcp.errors import Conflict, InvalidInput

OURS = ["/opt/goodies/bin/goodies-mcp", "serve", "--data-dir", "/srv/home"]
NAMES = st.text(max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
SERVERS = st.dictionaries(NAMES.filter(lambda name: name != "home"), st.dictionaries(NAMES, VALUES, max_size=3))


def settings(text):
    return HostSettings(text, "claude.json")


@given(st.dictionaries(NAMES.filter(lambda name: name != "mcpServers"), VALUES, max_size=4), SERVERS)
def test_all_else_survives_putting_in_and_taking_out(others, servers):
    before = {**others, "mcpServers": servers}
    there = settings(json.dumps(before)).with_entry("home", OURS)
    there.encode()  # lone surrogates included
    expected = {"command": OURS[0], "args": OURS[1:]}
    assert json.loads(there) == {**before, "mcpServers": {**servers, "home": expected}}
    assert json.loads(settings(there).without_entry("home")) == before


@pytest.mark.parametrize("text", ["", "  \n", "{}", '{"mcpServers": {}}'])
def test_a_file_that_says_nothing_gets_its_first_entry(text):
    assert list(json.loads(settings(text).with_entry("home", OURS))["mcpServers"]) == ["home"]


def test_the_form_and_the_order_stay():
    start = '{\n    "theme": "dark",\n    "mcpServers": {\n        "a": {\n            "command": "a"\n        }'
    text = start + "\n    }\n}\n"
    there = settings(text).with_entry("home", OURS)
    assert there.startswith(start)
    assert settings(there).without_entry("home") == text


def test_again_changes_nothing_and_what_a_person_added_stays():
    once = settings("{}").with_entry("home", OURS)
    assert settings(once).with_entry("home", OURS) == once
    added = json.loads(once)
    added["mcpServers"]["home"]["env"] = {"GOODIES_AUTHOR": "lena"}
    moved = settings(json.dumps(added)).with_entry("home", ["/elsewhere/goodies-mcp"])
    assert json.loads(moved)["mcpServers"]["home"] == {
        "command": "/elsewhere/goodies-mcp",
        "args": [],
        "env": {"GOODIES_AUTHOR": "lena"},
    }


@pytest.mark.parametrize(
    "entry",
    [
        {"command": "C:\\Tools\\goodies-mcp.exe"},
        {"command": "/usr/bin/python3", "args": ["-m", "goodies_mcp", "serve"]},
        {"command": "uvx", "args": ["goodies-mcp"]},
    ],
)
def test_our_own_entries_are_known_whatever_starts_them(entry):
    text = json.dumps({"mcpServers": {"home": entry, "notes": {"command": "npx", "args": ["goodies"]}}})
    assert list(settings(text).ours) == ["home"]
    assert list(json.loads(settings(text).without_entry("home"))["mcpServers"]) == ["notes"]


@pytest.mark.parametrize(
    "entry", [{"command": "npx", "args": ["-y", "home"]}, {}, {"command": 7, "args": "goodies-mcp"}]
)
def test_another_program_under_our_name_is_left_alone(entry):
    text = json.dumps({"mcpServers": {"home": entry}})
    for change in (lambda: settings(text).with_entry("home", OURS), lambda: settings(text).without_entry("home")):
        with pytest.raises(Conflict, match="taken by another program"):
            change()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", "no JSON object"),
        ("{", "cannot be understood"),
        ('{"a": 1} // mine', "Extra data"),
        ('{"mcpServers": []}', "no object of objects"),
        ('{"mcpServers": {"home": "goodies-mcp"}}', "no object of objects"),
        ('{"theme": "dark", "theme": "light"}', "'theme' twice"),
        ('{"zoom": NaN}', "NaN is no number"),
        ('{"zoom": 1e999}', "1e999 is no number"),
        ('{"a": ' + "[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(text, why):
    with pytest.raises(InvalidInput, match=r"claude\.json cannot be understood") as refused:
        settings(text)
    assert why in refused.value.message
