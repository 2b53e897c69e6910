from uuid import UUID, uuid5

import pytest

from goodies_mcp.core.models import Dot, EntityPayload
from goodies_mcp.core.versions import V2_NAMESPACE, derived_dot, format_version, next_version, parse_version
from goodies_mcp.errors import InvalidInput, LocalProtocolError
from tests.support.build import Device, record

AT = "2026-01-02T03:04:05.678901+00:00"


def test_a_version_id_is_written_and_read_back():
    assert format_version(AT, 44, "alice") == f"{AT}-000044-alice"
    assert parse_version(format_version(AT, 1_234_567, "al-i-ce 7")) == (AT, 1_234_567, "al-i-ce 7")


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        (f"{AT}Z-000020-bob", (AT, 20, "bob")),
        (f"{AT}-bob", (AT, 0, "bob")),
        (f"{AT}-42bob", (AT, 0, "42bob")),
        (f"{AT}-7", (AT, 7, "")),
        (AT, (AT, 0, "")),
        ("2026-01-02T03:04:05ZZ-000001-bob", ("2026-01-02T03:04:05.000000+00:00", 1, "bob")),
        ("2026-01-02T03:04:05-bob", ("2026-01-02T03:04:05.000000+00:00", 0, "bob")),
        ("2026-01-02T03:04:05.5+02:00-000001-x", ("2026-01-02T01:04:05.500000+00:00", 1, "x")),
        ("2026-01-02 03:04:05Z-000001-x\ny", ("2026-01-02T03:04:05.000000+00:00", 1, "x\ny")),
        (f"{AT}--", (AT, 0, "-")),
    ],
)
def test_odd_version_ids_of_v2_are_understood(text, parsed):
    assert parse_version(text) == parsed


@pytest.mark.parametrize(
    "text", ["", "v1", "2026-01-02", "2026-13-02T03:04:05Z-000001-x", "0001-01-01T00:00:00+23:00-000001-x", f"x{AT}"]
)
def test_what_does_not_start_with_a_moment_is_no_version_id(text):
    assert parse_version(text) is None


def test_a_counter_too_long_to_be_a_number_is_no_version_id():
    assert parse_version(f"{AT}-{'9' * 5000}-x") is None


@pytest.mark.parametrize("edited_at", ["2026-01-02T03:04:05Z", AT.replace("+00:00", "+01:00"), f"{AT}Z", ""])
def test_only_the_one_form_of_time_is_written(edited_at):
    with pytest.raises(InvalidInput) as caught:
        format_version(edited_at, 1, "bob")
    assert caught.value.argument == "edited_at"


def test_a_negative_counter_is_refused():
    with pytest.raises(InvalidInput):
        format_version(AT, -1, "bob")


def test_a_derived_dot_is_the_uuid5_of_the_version_id():
    version = format_version(AT, 1, "Zoë")
    assert derived_dot(version) == Dot(str(uuid5(UUID(V2_NAMESPACE), version)), 1)


def test_p04_a_new_version_knows_all_that_its_parents_knew():
    ann, bob = Device(1), Device(2, author="bob")
    root = ann.entity(record(1))
    left, right = ann.entity(record(1), "Left", root), bob.entity(record(1), "Right", root)
    merged = ann.entity(record(1), "Both", right, left)
    assert merged.context == {ann.incarnation: 2, bob.incarnation: 1}
    assert merged.parents == tuple(sorted((left.version, right.version)))
    assert merged.version == f"{merged.edited_at}-000003-ann.{ann.incarnation[:8]}"
    assert root.context == {}
    assert root.parents == ()


def made(parents, dot, record_id):
    return next_version(
        parents,
        record_id=record_id,
        payload=EntityPayload("room", "Hall"),
        edited_at=AT,
        dot=dot,
        author="ann",
        device="tablet",
    )


def test_p09_a_dot_is_never_used_twice():
    root = Device(1).entity(record(1))
    with pytest.raises(LocalProtocolError, match="used before"):
        made([root], root.dot, record(1))
    with pytest.raises(LocalProtocolError, match="used before"):
        made([], Dot("i", 0), record(1))


def test_v3_2_4_two_devices_of_one_person_never_make_the_same_id():
    """V3-2.4."""
    one, other = (made([], Dot(incarnation, 1), record(1)) for incarnation in ("1f3a77b2-5c", "9be4d201-5c"))
    assert one.version == f"{AT}-000001-ann.1f3a77b2"
    assert other.version == f"{AT}-000001-ann.9be4d201"
    assert one.author == other.author == "ann"
    assert parse_version(one.version) == (AT, 1, "ann.1f3a77b2")


def test_a_parent_of_another_record_is_refused():
    root = Device(1).entity(record(1))
    with pytest.raises(LocalProtocolError, match="belongs to"):
        made([root], Dot("i", 1), record(2))
