"""V3-9.1: which content an entity names."""

import json
from dataclasses import replace

import pytest

from goodies_mcp.core.models import Content, EntityPayload, JsonText, RelationshipPayload
from goodies_mcp.inbetweenies.content_naming import named_in
from tests.support.build import Device, record

A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def named(content, *, lazily=False):
    version = Device().entity(record(1), content=JsonText(json.dumps(content)) if lazily else content)
    return list(named_in(version))


@pytest.mark.parametrize("lazily", [False, True])
def test_at_the_top_and_one_level_below(lazily):
    said = {
        "sha256": A,
        "size": 12,
        "content_type": "application/pdf",
        "file_name": "manual.pdf",
        "preview": {"sha256": B, "content_type": "image/jpeg"},
        "images": [{"sha256": C, "size": 3}, "no object"],
        "deeper": {"down": {"sha256": "d" * 64}},
    }
    assert named(said, lazily=lazily) == [
        Content(A, 12, "application/pdf", "manual.pdf"),
        Content(B, 0, "image/jpeg"),
        Content(C, 3, "application/octet-stream"),
    ]


@pytest.mark.parametrize(
    "hash_", ["A" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n", 7, None, ["a" * 64], "../" + "a" * 61]
)
def test_what_is_no_hash_names_nothing(hash_):
    assert named({"sha256": hash_, "preview": {"sha256": hash_}}) == []


def test_what_stands_beside_it_is_believed_only_where_it_makes_sense():
    odd = {"sha256": A, "size": -4, "content_type": "text/html\r\nset-cookie: x", "file_name": ["x"]}
    assert named(odd) == [Content(A, 0, "application/octet-stream")]
    assert len(named({"sha256": A, "file_name": "n" * 5_000})[0].file_name) == 200


def test_things_and_edges_that_name_nothing_are_not_taken_apart():
    unread = EntityPayload("device", "Lamp", JsonText("{this is not even JSON"))
    lamp = replace(Device().entity(record(1)), payload=unread)
    assert list(named_in(lamp)) == []
    edge = Device().edge(record(3), record(1), record(2))
    assert isinstance(edge.payload, RelationshipPayload)
    assert list(named_in(edge)) == []
