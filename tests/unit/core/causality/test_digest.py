from hashlib import sha256

from goodies_mcp.core.causality.digest import EMPTY, Digest, add, bucket_of, combine, element, remove, root
from goodies_mcp.core.models import RecordId, Sha256, VersionId


def an_element(record_id="r", version="v", content_hash="ab"):
    return element(RecordId(record_id), VersionId(version), Sha256(content_hash))


def test_an_element_is_the_documented_hash_in_its_records_bucket():
    one = an_element()
    assert one.value == int(sha256(b'["r","v","ab"]').hexdigest(), 16)
    assert one.bucket == bucket_of(RecordId("r")) == sha256(b"r").digest()[0]


def test_the_root_of_nothing_is_known():
    assert Digest().root == root([EMPTY] * 256) == sha256(bytes(8192)).hexdigest()


def test_stored_rows_make_the_same_digest():
    one, two = an_element(), an_element(version="w")
    row = add(add(EMPTY, one), two)
    assert len(row) == 32
    assert Digest.from_rows({one.bucket: row}) == Digest.of([two, one])


def test_sums_wrap_around():
    one = an_element()
    full = b"\xff" * 32
    assert remove(add(full, one), one) == full
    assert combine(full, add(EMPTY, one)) == add(full, one)


def test_p05_a_difference_is_narrowed_to_the_records_bucket():
    one, two = an_element("a"), an_element("b")
    assert Digest.of([one, two]).differs_in(Digest.of([one])) == (two.bucket,)
    assert Digest.of([one]).differs_in(Digest.of([one])) == ()
