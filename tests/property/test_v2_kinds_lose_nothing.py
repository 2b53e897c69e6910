"""What travels in words of v2 comes back as it was, whatever it holds (PROTOCOL.md, V3-12.4, V3-12.8)."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.core.models import EntityPayload, RecordId, RelationshipPayload
from goodies_mcp.inbetweenies.rows import row_of
from goodies_mcp.inbetweenies.v2_kinds import (
    V2_ENTITY_TYPES,
    V2_RELATIONSHIP_TYPES,
    V2_SOURCE_TYPES,
    Thing,
    edge_in,
    edge_out,
    entity_in,
    entity_out,
)
from goodies_mcp.inbetweenies.v2_messages import V2Change, V2Request, parse_request, render_request
from goodies_mcp.inbetweenies.v2_rows import derived_edge, edge_change, entity_change, entity_row, exact_edge
from tests.support.histories import histories

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
KEYS = TEXT | st.sampled_from(["_goodies", "deleted", "kind", "aside", "v3"])
CONTENT = st.dictionaries(KEYS, JSON | st.just(True) | st.dictionaries(KEYS, JSON, max_size=3), max_size=5)
KINDS = (
    st.sampled_from(sorted(V2_ENTITY_TYPES | {"service", "accessory", "passage", "scene", "contact", "photo"})) | TEXT
)
SOURCES = st.sampled_from(sorted(V2_SOURCE_TYPES | {"zigbee", "api"})) | TEXT
EDGES = st.sampled_from(sorted(V2_RELATIONSHIP_TYPES | {"has_photo"})) | TEXT


def text(value):
    """Values and the order of keys: bit for bit."""
    return json.dumps(value, ensure_ascii=False)


@given(KINDS, SOURCES, CONTENT, st.booleans())
def test_an_entity_goes_and_comes_back(kind, source, content, deleted):
    told = entity_out(Thing(kind, source, content), deleted=deleted, more={})

    assert told.kind in V2_ENTITY_TYPES
    assert told.source_type in V2_SOURCE_TYPES
    assert (told.content.get("deleted") is True) == deleted
    back, _ = entity_in(told, deleted=deleted)
    assert (back.kind, back.source_type, text(back.content)) == (kind, source, text(content))


@given(EDGES, CONTENT)
def test_an_edge_goes_and_comes_back(kind, properties):
    nearest, told = edge_out(kind, properties, {"v3": {"hash": "x"}})

    assert nearest in V2_RELATIONSHIP_TYPES
    back, free, notes = edge_in(nearest, told)
    assert (back, text(free), notes["v3"]) == (kind, text(properties), {"hash": "x"})


@given(histories(), st.booleans())
def test_a_version_that_travels_by_v2_is_the_same_version(made, loses_parents):
    for version in made:
        row = row_of(version)
        if isinstance(version.payload, EntityPayload):
            change = _sent(entity_change(row))
            entity = change.entity
            # A fielded hub rewrites the parents of deletes.
            if version.deleted and loses_parents:
                entity = replace(entity, parents=("2026-01-01T00:00:00.000000+00:00-000001-other",))
            back = entity_row(entity, deleted=change.change_type == "delete")
        else:
            edge = edge_change(row, "v1", "v2")
            (edge,) = _sent(V2Change("update", None, (edge,))).edges
            back = exact_edge(edge)
        assert back == row


@given(histories())
def test_who_pulls_the_same_version_makes_the_same(made):
    for version in made:
        if isinstance(version.payload, EntityPayload):
            entity = replace(entity_change(row_of(version)).entity, parents=version.parents)
            one, two = (entity_row(entity, deleted=version.deleted, marked=False) for _ in range(2))
            assert one.content_hash == two.content_hash
            assert one.version.parents == version.parents or version.deleted
        else:
            edge = edge_change(row_of(version), "", "")
            payload = derived_edge(edge, version.parents, version.edited_at).version.payload
            assert isinstance(payload, RelationshipPayload)
            assert payload.from_id == RecordId(version.payload.from_id)


def _sent(change):
    request = V2Request("device", "user", changes=(change,))
    return parse_request(render_request(request)).changes[0]
