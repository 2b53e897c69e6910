"""P5: equal sets of versions have equal digests, and only they do."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.core.canonical import content_hash
from goodies_mcp.core.causality.digest import EMPTY, Digest, add, bucket_of, combine, element, remove
from goodies_mcp.core.models import JsonText
from tests.support.true_pasts import true_pasts

names = st.sampled_from(["a", "b", "c", "ab", "bc", "a\x1fb", '"', "ü", ""])
elements = st.builds(element, names, names, names)


def digest_of(versions):
    return Digest.of(element(v.record_id, v.version, content_hash(v)) for v in versions)


@given(st.sets(st.tuples(names, names, names), max_size=8), st.sets(st.tuples(names, names, names), max_size=8))
def test_p05_digests_are_equal_exactly_when_the_sets_are(left, right):
    equal = Digest.of(element(*row) for row in left).root == Digest.of(element(*row) for row in right).root
    assert equal == (left == right)


@given(true_pasts(), st.data())
def test_p05_order_does_not_matter_and_a_missing_version_shows_in_its_records_bucket(history, data):
    whole = digest_of(history.versions)
    assert digest_of(data.draw(st.permutations(history.versions))) == whole
    missing = data.draw(st.sampled_from(history.versions))
    rest = digest_of(v for v in history.versions if v.version != missing.version)
    assert rest.root != whole.root
    assert rest.differs_in(whole) == (bucket_of(missing.record_id),)


@given(true_pasts(), st.data())
def test_p05_any_changed_field_changes_the_digest(history, data):
    version = history.versions[-1]
    changed = data.draw(
        st.sampled_from(
            [
                replace(version, deleted=not version.deleted),
                replace(version, author="somebody"),
                replace(version, device="another"),
                replace(version, source_type="imported"),
                replace(version, edited_at="2000-01-01T00:00:00.000000+00:00"),
                replace(version, context={**version.context, "other": 1}),
                replace(version, parents=(*version.parents, "x")),
                replace(version, payload=replace(version.payload, name="Other")),
                replace(version, payload=replace(version.payload, content={**version.payload.content, "new": None})),
            ]
        )
    )
    assert content_hash(changed) != content_hash(version)


@given(true_pasts())
def test_p05_how_a_replica_keeps_a_version_does_not_matter(history):
    for version in history.versions:
        content = dict(reversed(version.payload.content.items()))
        context = dict(reversed(version.context.items()))
        assert content_hash(replace(version, payload=replace(version.payload, content=content), context=context)) == (
            content_hash(version)
        )
    assert content_hash(replace(version, payload=replace(version.payload, content=JsonText('{"a": [1, true]}')))) == (
        content_hash(replace(version, payload=replace(version.payload, content={"a": (1, True)})))
    )


@given(st.lists(elements, max_size=6), elements)
def test_p05_removing_undoes_adding_and_parts_combine(some, one):
    bucket = EMPTY
    for each in some:
        bucket = add(bucket, each)
    assert remove(add(bucket, one), one) == bucket
    assert add(bucket, one) == combine(bucket, add(EMPTY, one))
    assert Digest.of([*some, one]) == Digest.of(some).plus(one)
