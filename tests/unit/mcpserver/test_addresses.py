"""What an address means, and that nothing else is one."""

import pytest

from goodies_mcp.errors import NotFound
from goodies_mcp.mcpserver.addresses import (
    LONGEST,
    OVERVIEW,
    STATUS,
    TEMPLATES,
    Address,
    address_of,
    content_uri,
    entity_uri,
    room_uri,
)

MEANT = {
    "goodies://entity/6f1e": Address("entity", "6f1e"),
    "goodies://entity/Kitchen%20door?relationship=connects_to": Address(
        "entity", "Kitchen door", relationship="connects_to"
    ),
    "goodies://room/K%C3%BCche": Address("room", "Küche"),
    "goodies://room/Küche": Address("room", "Küche"),
    "goodies://content/..": Address("content", ".."),
    "goodies://content/a%2Fb%3Fpage%3D1": Address("content", "a/b?page=1"),
    "goodies://content/1?page=007": Address("content", "1", page=7),
    "goodies://home/1/map.svg": Address("map", "1"),
    OVERVIEW: Address("overview"),
    STATUS: Address("status"),
}
NONE = [
    *("", "goodies://", "goodies:///", "goodies://entity", "goodies://entity/", "goodies://entity//", "entity/1"),
    *("goodies://entity/../sync/status", "goodies://content/a/b", "goodies://home/1", "goodies://home/1/map.svg/x"),
    *(
        "GOODIES://entity/1",
        "goodies://ENTITY/1",
        " goodies://entity/1",
        "goodies://entity/1\n",
        "goodies://sync/token",
    ),
    *("file:///etc/passwd", "http://127.0.0.1/", "ui://goodies/x", "data:text/plain,x", "goodies:entity/1"),
    *(
        "goodies://entity/1?page=1",
        "goodies://content/1?page=x",
        "goodies://content/1?page=-1",
        "goodies://room/1?page=1",
    ),
    *("goodies://content/1?page=1&page=2", "goodies://content/1?page=", "goodies://content/1?page=1#x"),
    *(
        "goodies://content/1?page=١",
        "goodies://content/1?page=99999999999",
        "goodies://entity/1#x",
        "goodies://user@room/1",
    ),
    *("goodies://entity/%FF", "goodies://entity/%C3", "goodies://entity/\ud800", "goodies://entity/%ED%A0%80"),
    "goodies://entity/" + "x" * LONGEST,
]


@pytest.mark.parametrize(("uri", "address"), MEANT.items())
def test_what_an_address_means(uri, address):
    assert address_of(uri) == address


@pytest.mark.parametrize("uri", NONE, ids=range(len(NONE)))
def test_everything_else_is_none_and_says_where_to_look(uri):
    with pytest.raises(NotFound, match="no resource") as refused:
        address_of(uri)
    assert "resources/templates/list" in refused.value.hint
    assert len(refused.value.message) < 400
    refused.value.message.encode()


@pytest.mark.parametrize("record_id", ["6f1e", "a/b", "..", "x?page=1", "Küche", "100%", "a b", "#", "%41"])
def test_any_id_has_an_address_that_means_it(record_id):
    for uri in (entity_uri, room_uri, content_uri):
        assert address_of(uri(record_id)).pointer == record_id


def test_half_a_character_in_an_id_of_a_peer_does_no_harm():
    assert address_of(entity_uri("a\ud800b")).pointer == "a?b"


def test_templates_are_forms_of_addresses():
    kinds = {template["name"]: template["uriTemplate"] for template in TEMPLATES}
    for name, form in kinds.items():
        assert address_of(form.partition("{?")[0].replace("{id}", "1")).kind in {name, "map"}
