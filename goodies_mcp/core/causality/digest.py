"""An order-free digest of a set of versions, kept row by row, that also tells where two sets differ (INBETWEENIES B.8).

A household has 256 buckets; a bucket is the sum, modulo 2^256, of the elements in it, as 32 big-endian bytes. A store
keeps the buckets as rows and rewrites only the one that a version falls into.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from goodies_mcp.core.canonical import canonical_texts
from goodies_mcp.core.models import RecordId, Sha256, VersionId

BUCKETS = 256
BUCKET_BYTES = 32
EMPTY = bytes(BUCKET_BYTES)
"""The value of a bucket with nothing in it."""

_MODULUS = 1 << (8 * BUCKET_BYTES)


class Element(NamedTuple):
    """One version's share: the bucket it falls into (0-255) and what it adds there."""

    bucket: int
    value: int


def bucket_of(record_id: RecordId) -> int:
    """The bucket of a record (0-255): all its versions share one, so that a difference names records."""
    return sha256(record_id.encode()).digest()[0]


def element(record_id: RecordId, version: VersionId, content_hash: Sha256) -> Element:
    """What one version contributes: SHA-256 over the canonical JSON of ``[record_id, version, content_hash]``."""
    row = canonical_texts(record_id, version, content_hash)
    return Element(bucket_of(record_id), int.from_bytes(sha256(row).digest()))


def add(bucket: bytes, value: Element) -> bytes:
    """The bucket's 32 bytes with one more element in it."""
    return ((int.from_bytes(bucket) + value.value) % _MODULUS).to_bytes(BUCKET_BYTES)


def remove(bucket: bytes, value: Element) -> bytes:
    """The bucket's 32 bytes without that element, which must be in it."""
    return ((int.from_bytes(bucket) - value.value) % _MODULUS).to_bytes(BUCKET_BYTES)


def combine(left: bytes, right: bytes) -> bytes:
    """The bucket of two disjoint sets together."""
    return ((int.from_bytes(left) + int.from_bytes(right)) % _MODULUS).to_bytes(BUCKET_BYTES)


def root(buckets: Sequence[bytes]) -> str:
    """The digest of the whole set: hexadecimal SHA-256 over the 256 buckets in order."""
    return sha256(b"".join(buckets)).hexdigest()


@dataclass(frozen=True, slots=True)
class Digest:
    """The digest of a set as one value: 256 buckets of 32 bytes."""

    buckets: tuple[bytes, ...] = (EMPTY,) * BUCKETS

    @classmethod
    def of(cls, elements: Iterable[Element]) -> "Digest":
        """The digest of these elements, in whatever order they come."""
        rows: dict[int, bytes] = {}
        for each in elements:
            rows[each.bucket] = add(rows.get(each.bucket, EMPTY), each)
        return cls.from_rows(rows)

    @classmethod
    def from_rows(cls, rows: Mapping[int, bytes]) -> "Digest":
        """The digest from stored buckets; a missing row is an empty bucket."""
        return cls(tuple(rows.get(number, EMPTY) for number in range(BUCKETS)))

    @property
    def root(self) -> str:
        """One hexadecimal value for the whole set."""
        return root(self.buckets)

    def plus(self, value: Element) -> "Digest":
        """With one more element."""
        changed = add(self.buckets[value.bucket], value)
        return Digest((*self.buckets[: value.bucket], changed, *self.buckets[value.bucket + 1 :]))

    def differs_in(self, other: "Digest") -> tuple[int, ...]:
        """Numbers of the buckets that are not equal."""
        return tuple(
            n for n, (ours, theirs) in enumerate(zip(self.buckets, other.buckets, strict=True)) if ours != theirs
        )
