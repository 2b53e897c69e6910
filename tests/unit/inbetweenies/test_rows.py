"""A version on the wire: exact both ways, its hash checked, its bounds kept."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodies_mcp.core.canonical import canonical_json, content_hash
from goodies_mcp.core.models import (
    Dot,
    EntityPayload,
    JsonText,
    RecordId,
    RelationshipPayload,
    Sha256,
    Version,
    VersionId,
)
from goodies_mcp.errors import RemoteProtocolError
from goodies_mcp.inbetweenies.limits import MAX_CONTENT_BYTES, MAX_CONTEXT, MAX_DEPTH, MAX_ID, MAX_NAME, MAX_NUMBER
from goodies_mcp.inbetweenies.rows import (
    Header,
    Name,
    parse_headers,
    parse_names,
    parse_row,
    parse_rows,
    row_of,
    within,
)
from tests.support.build import Device, record
from tests.support.clock import moment

texts = st.text(max_size=12).filter(lambda text: not any("\ud800" <= letter <= "\udfff" for letter in text))
ids = texts.filter(bool)
numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(texts, values, max_size=5)
payloads = st.builds(EntityPayload, ids, texts, objects) | st.builds(
    RelationshipPayload, ids.map(RecordId), ids.map(RecordId), ids, objects
)
versions = st.builds(
    Version,
    record_id=ids.map(RecordId),
    version=ids.map(VersionId),
    dot=st.builds(Dot, st.just("maker"), st.integers(1, MAX_NUMBER)),
    context=st.dictionaries(ids.filter(lambda text: text != "maker"), st.integers(1, MAX_NUMBER), max_size=4),
    parents=st.lists(ids.map(VersionId), max_size=3).map(tuple),
    payload=payloads,
    edited_at=st.just(moment(0)),
    author=texts,
    device=texts,
    source_type=texts,
    deleted=st.booleans(),
)


def wire(version=None):
    """A good row as parsed JSON, to be spoiled."""
    made = version or Device(1).entity(record(1), "Lamp", content={"watts": 5})
    return json.loads(row_of(made).text)


def rehashed(row):
    """The row with the hash of what it says now."""
    content = row.get("content", {})
    spoiled = Version(
        row["id"],
        row["version"],
        Dot(*row["dot"]),
        row["context"],
        tuple(row["parents"]),
        EntityPayload(row["type"], row["name"], content),
        row["edited_at"],
        row["author"],
        row["device"],
        row["source_type"],
        row["deleted"],
    )
    return row | {"hash": content_hash(spoiled)}


@given(versions)
@settings(max_examples=300)
def test_what_is_sent_and_read_again_is_the_same_version(version):
    """V3-2.1, V3-2.2"""
    row = row_of(version)
    again = parse_row(json.loads(row.text), "row")
    assert again.version == version
    assert again.content_hash == row.content_hash == content_hash(version)
    # Python thinks that 1 == 1.0 == True; canonical JSON does not.
    assert canonical_json(_free(again.version)) == canonical_json(_free(version))


def _free(version):
    payload = version.payload
    return payload.content if isinstance(payload, EntityPayload) else payload.properties


def test_stored_text_goes_out_as_it_is():
    """V3-2.2: what a store keeps as text is never parsed to be sent."""
    stored = JsonText('{"watts": 1.0, "on":true,"n":1e3}')
    version = replace(Device(1).entity(record(1)), payload=EntityPayload("device", "Lamp", stored))
    row = row_of(version, Sha256("0" * 64))
    assert stored.text in row.text


def test_nothing_may_be_missing():
    """V3-2.1"""
    row = wire()
    for key in row:
        left = {name: value for name, value in row.items() if name != key}
        with pytest.raises(RemoteProtocolError) as refused:
            parse_row(left, "push[3]")
        assert refused.value.argument == f"push[3].{key}"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", "other"),
        ("dot", ["someone", 1]),
        ("context", {"x": 1}),
        ("parents", ["p"]),
        ("type", "room"),
        ("name", "Lomp"),
        ("content", {"watts": 5.0}),
        ("edited_at", moment(1)),
        ("author", "bob"),
        ("device", "phone"),
        ("source_type", "homekit"),
        ("deleted", True),
        ("hash", "0" * 64),
        ("hash", None),
    ],
)
def test_a_version_whose_hash_is_another_is_refused(key, value):
    """V3-2.5: whatever was changed on the way."""
    with pytest.raises(RemoteProtocolError, match="hash") as refused:
        parse_row(wire() | {key: value}, "changes[0]")
    assert refused.value.argument == "changes[0].hash"


def test_fields_and_kinds_that_nobody_knows_yet_are_let_through():
    """V3-2.6, V3-2.7"""
    version = Device(1).entity(record(1), "Robot", entity_type="robot_gardener")
    version = replace(version, source_type="telepathy")
    row = parse_row(wire(version) | {"mood": "sunny", "content2": [1]}, "row")
    assert row.version == version


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", ""),
        ("id", 7),
        ("id", "x" * (MAX_ID + 1)),
        ("version", None),
        ("kind", "person"),
        ("kind", None),
        ("dot", "a/1"),
        ("dot", ["a"]),
        ("dot", ["", 1]),
        ("dot", ["a", 0]),
        ("dot", ["a", True]),
        ("dot", ["a", 1.0]),
        ("dot", ["a", MAX_NUMBER + 1]),
        ("context", []),
        ("context", {"a": 0}),
        ("context", {"a": "1"}),
        ("context", {"": 1}),
        ("context", {str(n): 1 for n in range(MAX_CONTEXT + 1)}),
        ("parents", {}),
        ("parents", [1]),
        ("parents", [""]),
        ("parents", ["p"] * (MAX_CONTEXT + 1)),
        ("type", ""),
        ("name", None),
        ("name", "x" * (MAX_NAME + 1)),
        ("content", []),
        ("content", None),
        ("content", {"big": "x" * MAX_CONTENT_BYTES}),
        ("content", {"\ud800": 1}),
        ("content", {"half": "\udc00"}),
        ("content", {"huge": float("inf")}),
        ("edited_at", "2026-01-01T00:00:00Z"),
        ("edited_at", "2026-01-01 00:00:00.000000+00:00"),
        ("edited_at", "2026-01-01T00:00:00.000000+00:00 "),
        ("author", None),
        ("device", 3),
        ("source_type", []),
        ("deleted", 0),
        ("deleted", None),
        ("deleted", "no"),
    ],
)
def test_what_is_out_of_bounds_is_refused_by_name(key, value):
    """V3-11.4, V3-11.5, V3-2.7"""
    with pytest.raises(RemoteProtocolError) as refused:
        parse_row(wire() | {key: value}, "push[1]")
    assert refused.value.argument is not None
    assert refused.value.argument.startswith("push[1]")


@pytest.mark.parametrize("row", [None, [], "x", 3, True])
def test_what_is_no_object_is_refused(row):
    with pytest.raises(RemoteProtocolError, match=r"push\[1\] is no object"):
        parse_row(row, "push[1]")


def nested(levels):
    value = {}
    for _ in range(levels - 1):
        value = {"in": value}
    return value


def test_depth_and_size_are_bounded_exactly():
    """V3-11.4"""
    deep = rehashed(wire() | {"content": nested(MAX_DEPTH)})
    assert parse_row(deep, "row").version.payload.content == nested(MAX_DEPTH)
    with pytest.raises(RemoteProtocolError, match="deep"):
        parse_row(rehashed(wire() | {"content": nested(MAX_DEPTH + 1)}), "row")
    room = MAX_CONTENT_BYTES - len('{"text":""}')
    full = rehashed(wire() | {"content": {"text": "x" * room}})
    assert len(parse_row(full, "row").version.payload.content["text"]) == room
    with pytest.raises(RemoteProtocolError, match="bytes"):
        parse_row(rehashed(wire() | {"content": {"text": "x" * (room + 1)}}), "row")
    many = {f"{n:06d}" * 40: n for n in range(MAX_CONTENT_BYTES // 240)}
    with pytest.raises(RemoteProtocolError, match="bytes"):
        parse_row(rehashed(wire() | {"content": many}), "row")
    digits = {"n": [10**4000] * 300}
    with pytest.raises(RemoteProtocolError, match="bytes"):
        parse_row(rehashed(wire() | {"content": digits}), "row")


def test_a_version_that_claims_to_have_seen_itself_is_refused():
    """V3-3.5"""
    row = wire()
    with pytest.raises(RemoteProtocolError, match="itself"):
        parse_row(rehashed(row | {"context": {row["dot"][0]: row["dot"][1]}}), "row")


def test_two_devices_of_one_person_may_make_one_version_id_only_with_other_content():
    """V3-2.3: names are pairs; the same version id in two records is two versions."""
    device = Device(1)
    one, two = device.entity(record(1)), device.entity(record(2))
    two = replace(two, version=one.version)
    assert row_of(one).name != row_of(two).name
    assert row_of(one).name.version == row_of(two).name.version


def test_lists_are_bounded_and_name_the_bad_one():
    good, bad = wire(), wire() | {"deleted": 1}
    assert len(parse_rows([good, good], "push", 2)) == 2
    with pytest.raises(RemoteProtocolError, match="at most 2"):
        parse_rows([good] * 3, "push", 2)
    with pytest.raises(RemoteProtocolError, match=r"push\[1\]\.deleted"):
        parse_rows([good, bad], "push", 2)
    with pytest.raises(RemoteProtocolError, match="push is no list"):
        parse_rows({"0": good}, "push", 2)


@pytest.mark.parametrize("name", [["a"], ["a", ""], ["a", 1], "ab", {"a": "b"}, ["a", "\ud800"], ["a", "b", "c"]])
def test_names_and_headers_are_texts(name):
    with pytest.raises(RemoteProtocolError, match=r"acked\[0\]"):
        parse_names([name], "acked", 5)
    with pytest.raises(RemoteProtocolError, match=r"have\[0\]"):
        parse_headers([[*name, "0" * 64] if isinstance(name, list) else name], "have", 5)


def test_headers_end_with_a_hash():
    assert parse_headers([["r", "v", "0" * 64]], "have", 1) == (Header("r", "v", "0" * 64),)
    assert parse_names([["r", "v"]], "acked", 1) == (Name("r", "v"),)
    for digest in ("0" * 63, "0" * 65, "G" * 64, "A" * 64, "0" * 64 + "\n"):
        with pytest.raises(RemoteProtocolError, match="SHA-256"):
            parse_headers([["r", "v", digest]], "have", 1)


def test_a_batch_keeps_both_bounds_and_always_holds_one():
    """V3-11.1, V3-11.2"""
    device = Device(1)
    rows = [row_of(device.entity(record(n), "größer" * 10)) for n in range(5)]
    size = len(rows[0].text.encode())
    assert within(rows, 3, 10**9) == tuple(rows[:3])
    assert within(rows, 10, sum(len(row.text.encode()) for row in rows[:2])) == tuple(rows[:2])
    assert within(rows, 10, sum(len(row.text.encode()) for row in rows[:2]) - 1) == tuple(rows[:1])
    assert within(rows, 10, size - 1) == tuple(rows[:1])
    assert within([], 10, 10) == ()
