import pytest

from goodies_mcp.core.privacy import is_private, without_private


def test_content_that_is_marked_is_private_as_a_whole():
    assert is_private({"private": True, "text": "x"})
    assert without_private({"private": True, "text": "x"}) == {}
    for other in ({"private": "yes"}, {"private": {"a": 1}}, {"private": False}, {}):
        assert not is_private(other)


@pytest.mark.parametrize(
    "name", ["password", "Wi-Fi password", "alarm_code", "PIN", "door.pin", "private", "WLAN Passwort", "api-token"]
)
def test_secrets_are_known_by_their_names_however_deep(name):
    content = {"kept": 1, name: "x", "inner": {name: ["x"], "kept": 2}, "list": [{name: "x", "kept": 3}, "kept"]}
    assert without_private(content) == {"kept": 1, "inner": {"kept": 2}, "list": [{"kept": 3}, "kept"]}


@pytest.mark.parametrize("name", ["pinned", "opinion", "encoder", "passage", "barcode_reader"])
def test_other_words_are_not_taken_for_secrets(name):
    assert without_private({name: "x"}) == {name: "x"}
