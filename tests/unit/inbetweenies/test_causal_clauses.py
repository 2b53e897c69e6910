"""The clauses about versions, causality and digests, on the rules that every replica runs (laws: property/)."""

from dataclasses import replace
from hashlib import sha256
from itertools import permutations

import pytest

from goodies_mcp.core.canonical import canonical_json
from goodies_mcp.core.causality.conflicts import show
from goodies_mcp.core.causality.digest import BUCKETS, Digest, bucket_of, element
from goodies_mcp.core.causality.vector_clock import Order, advance_heads, check_causality, compare, maximal
from goodies_mcp.core.models import Dot
from goodies_mcp.core.versions import derived_dot, next_version
from goodies_mcp.errors import LocalProtocolError, RemoteProtocolError
from goodies_mcp.inbetweenies.rows import row_of
from tests.support.build import Device, forged, record
from tests.support.clock import moment

LAMP = record(1)


def test_hash_is_over_the_array_of_the_text():
    """V3-2.5: written out by hand, not by the function that everybody calls."""
    device = Device(1)
    first = device.entity(LAMP, "Küche", content={"b": 1.0, "a": [True, None]})
    second = replace(device.entity(LAMP, "Küche", first), parents=("z", "a"))
    text = (
        f'["goodies-v3","{LAMP}","{second.version}",["entity","device","Küche",{{}}],false,"{second.edited_at}",'
        f'"ann","device-1","manual",["{device.incarnation}",2],{{"{device.incarnation}":1}},["a","z"]]'
    )
    assert row_of(second).content_hash == sha256(text.encode()).hexdigest()
    edge = device.edge(record(9), LAMP, record(2), properties={"since": 3})
    said = ["relationship", LAMP, record(2), "located_in", {"since": 3}]
    assert canonical_json(said) in _hashed(edge)
    assert row_of(edge).content_hash == sha256(_hashed(edge).encode()).hexdigest()


def _hashed(edge):
    payload = edge.payload
    return canonical_json(
        [
            "goodies-v3",
            edge.record_id,
            edge.version,
            ["relationship", payload.from_id, payload.to_id, payload.relationship_type, payload.properties],
            edge.deleted,
            edge.edited_at,
            edge.author,
            edge.device,
            edge.source_type,
            [edge.dot.incarnation, edge.dot.n],
            edge.context,
            sorted(edge.parents),
        ]
    )


def test_a_dot_is_used_once_and_counts_from_one():
    """V3-3.1"""
    device = Device(1)
    first = device.entity(LAMP)
    assert first.dot.n == 1
    for dot in (first.dot, Dot(device.incarnation, 0)):
        with pytest.raises(LocalProtocolError, match="used before"):
            next_version(
                [first],
                record_id=LAMP,
                payload=first.payload,
                edited_at=moment(0),
                dot=dot,
                author="ann",
                device="tablet",
            )


def test_a_new_version_has_seen_all_heads_and_their_past():
    """V3-3.3"""
    one, two = Device(1), Device(2)
    base = one.entity(LAMP)
    left, right = one.entity(LAMP, "Left", base), two.entity(LAMP, "Right", base)
    both = two.entity(LAMP, "Both", left, right)
    assert both.parents == tuple(sorted((left.version, right.version)))
    assert both.context == {one.incarnation: 2, two.incarnation: 1}


def test_no_clock_decides_what_came_first():
    """V3-3.4"""
    one, two = Device(1), Device(2)
    one.clock.advance(days=1)
    first = one.entity(LAMP)
    later = two.entity(LAMP, "Later", first)
    assert later.edited_at < first.edited_at
    assert compare(first, later) is Order.BEFORE
    assert compare(later, two.entity(LAMP, "Elsewhere")) is Order.CONCURRENT
    cut = forged(later, context={})
    assert compare(first, cut) is Order.BEFORE


def test_a_context_must_cover_its_known_parents():
    """V3-3.5"""
    device = Device(1)
    first = device.entity(LAMP)
    second = device.entity(LAMP, "Second", first)
    check_causality(second, [first])
    with pytest.raises(RemoteProtocolError, match="does not cover"):
        check_causality(forged(second, context={}), [first])


def test_heads_and_what_is_shown_depend_on_the_set_alone():
    """V3-4.1, V3-4.2, V3-4.3, V3-7.2, V3-8.2"""
    one, two = Device(1), Device(2)
    base = one.entity(LAMP, content={"watts": 5, "on": False})
    left = one.entity(LAMP, "Left", base, content={"watts": 6, "on": False})
    right = two.entity(LAMP, "Lamp", base, content={"watts": 5, "on": True})
    by_id = {each.version: each for each in (base, left, right)}
    seen = set()
    for order in permutations((base, left, right)):
        heads = ()
        for each in (*order, *order):
            heads = advance_heads(heads, each)
        assert list(heads) == list(maximal(by_id.values())) == [left, right]
        shown = show(heads, by_id.get)
        digest = Digest.of(element(*row_of(each).name, row_of(each).content_hash) for each in order)
        seen.add((canonical_json([shown.payload.name, shown.payload.content]), shown.decision, digest.root))
    [(said, decision, _)] = seen
    assert (said, decision) == ('["Left",{"on":true,"watts":6}]', "merged")


def test_digests_are_sums_in_256_buckets():
    """V3-7.1"""
    row = row_of(Device(1).entity(LAMP))
    name = canonical_json([row.name.record_id, row.name.version, row.content_hash])
    share = int.from_bytes(sha256(name.encode()).digest(), "big")
    number = sha256(LAMP.encode()).digest()[0]
    assert (bucket_of(LAMP), BUCKETS) == (number, 256)
    twice = [element(*row.name, row.content_hash)] * 2
    digest = Digest.of(twice)
    assert digest.buckets[number] == (2 * share % 2**256).to_bytes(32, "big")
    assert digest.root == sha256(b"".join(digest.buckets)).hexdigest()
    assert sum(any(bucket) for bucket in digest.buckets) == 1


def test_a_version_from_v2_has_one_derived_dot_wherever_it_is_pulled():
    """V3-12.3"""
    version = "2026-01-01T00:00:00.000000+00:00-000001-alice"
    assert derived_dot(version) == derived_dot(version) == Dot("6ab84e64-609a-524b-878f-20ef9a9f5870", 1)
