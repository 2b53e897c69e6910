"""What the graph asks of a store, engine by engine alike. ``tests/contract`` holds every implementation to it.

A unit of work is an ordinary function: the store runs it in one go against one consistent snapshot (``read``) or in
one atomic, durable transaction (``write``). It must not await, do its own input or output, or keep the view.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol, TypeVar

from goodies_mcp.core.models import (
    Batch,
    Content,
    DeviceState,
    Dot,
    DueDate,
    Entity,
    JsonObject,
    RecordId,
    Relationship,
    Seq,
    Sha256,
    StoredVersion,
    Version,
    VersionId,
)

T = TypeVar("T")
Direction = Literal["out", "in"]

MOST_NAMED = 200
"""Things of one name that are given at once."""

MOST_DELETED = 20
"""The same of what was deleted."""

Weighing = Literal["words", "names", "nothing"]
"""What brings matches into order: their words, each by how rare it is; or, where plenty of names have what is asked
for, how short these are, which a large store knows sooner; or nothing: any matches do."""


@dataclass(frozen=True, slots=True)
class TextQuery:
    """Words to look for: every group must match, a group matches when one of its alternatives does.

    An alternative is one or more plain words (several are a phrase); ``*`` at its end asks for a prefix. The store
    quotes them: no character of theirs has a meaning in its query language. ``names_only`` looks at names alone,
    ``types_too`` at names, texts and the words of types.
    """

    groups: tuple[tuple[str, ...], ...]
    types: tuple[str, ...] = ()
    names_only: bool = False
    types_too: bool = False
    weighing: Weighing = "words"


class TextHit(Protocol):
    """One match. ``rank``: smaller is better. ``excerpt()`` is the text around the matched words, these between U+0002
    and U+0003. Of most matches nobody wants more than the name: the rest is read when it is asked for, which must be in
    the unit of work that searched, before it writes; with the first ``entity``, those of all matches are."""

    @property
    def id(self) -> RecordId: ...  # noqa: D102
    @property
    def entity_type(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def rank(self) -> float: ...  # noqa: D102
    @property
    def content(self) -> JsonObject: ...  # noqa: D102
    @property
    def entity(self) -> Entity: ...  # noqa: D102
    def excerpt(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class EntityHit:
    """A match of what is at hand, as :class:`TextHit`."""

    entity: Entity
    rank: float = 0.0
    excerpt: Callable[[], str] = str
    id: RecordId = field(init=False)
    entity_type: str = field(init=False)
    name: str = field(init=False)
    content: JsonObject = field(init=False)

    def __post_init__(self) -> None:
        for each in ("id", "entity_type", "name", "content"):
            object.__setattr__(self, each, getattr(self.entity, each))


class Neighbour(NamedTuple):
    """An edge and what is at its other end. ``container`` is what that is in, or None for nothing; unless ``settled``,
    several edges say something about it, and ``container`` is None."""

    edge: Relationship
    other: Entity
    container: RecordId | None
    settled: bool


class Placed(NamedTuple):
    """What each of some things is in; of those ``doubtful``, several edges say something about it, and none is chosen.
    ``leaving`` counts all edges that leave them, of whatever type."""

    containers: Mapping[RecordId, RecordId]
    doubtful: Collection[RecordId]
    leaving: Mapping[RecordId, int]


class Joined(NamedTuple):
    """A thing at the other end of an edge of ``relationship_type`` that leaves or reaches ``near``."""

    entity: Entity
    near: RecordId
    relationship_type: str


class Container(NamedTuple):
    """What ``thing`` is in by an edge of containment, as far as breadcrumbs show it."""

    thing: RecordId
    id: RecordId
    entity_type: str
    name: str


class Contained(NamedTuple):
    """A thing with an edge of containment to ``container``: whether this is its ``only`` one, and whether it ``holds``
    something itself, which has one to it."""

    entity: Entity
    container: RecordId
    only: bool
    holds: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one version: ``seq`` is its feed number, ``new`` is false when it was known already."""

    seq: Seq
    new: bool
    shown: Entity | Relationship


@dataclass(frozen=True, slots=True)
class Answer:
    """The remembered answer to an idempotency key: a digest of the arguments and the answer's JSON text."""

    arguments: Sha256
    answer: str
    at: str


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """Where the store stands. ``digest`` is the order-free hash of all versions (PROMISES P5)."""

    feed: Seq
    incarnation: str
    digest: str
    schema: int
    counts: Mapping[str, int]
    open_conflicts: int
    unpushed: int


class ReadView(Protocol):
    """A consistent snapshot of the graph, now or at a moment in the past.

    With ``at`` every verb answers from what was shown then: for each record the version with the highest
    ``(edited_at, dot.n, content hash)`` not later than ``at``, on every replica the same (PROMISES P5). Deleted things
    are left out unless a verb says otherwise.
    """

    @property
    def at(self) -> str | None:
        """The moment asked about, in the form of ``Version.edited_at``; None is now."""
        ...

    def feed(self) -> Seq:
        """The highest feed number in this snapshot. Whatever was derived at the same number is still true."""
        ...

    def entities(self, ids: Iterable[RecordId], *, deleted: bool = False) -> dict[RecordId, Entity]:
        """Those of the ids that exist; with ``deleted`` tombstones too."""
        ...

    def named(self, name: str) -> list[Entity]:
        """Entities whose name is equal after folding (``core.text.fold``), by type and id; at most ``MOST_NAMED``."""
        ...

    def deleted_named(self, name: str) -> list[Entity]:
        """Tombstones of now, at any ``at``, of what had this name when it was last there, latest first; at most
        ``MOST_DELETED``."""
        ...

    def listed(self, types: Sequence[str], *, after: tuple[str, RecordId] | None, limit: int) -> list[Entity]:
        """Entities of these types (none given: all), ordered by (folded name, id), beginning after that pair."""
        ...

    def counts(self) -> dict[str, int]:
        """Number of entities of each type."""
        ...

    def edges(self, ids: Iterable[RecordId], direction: Direction, types: Sequence[str] = ()) -> list[Relationship]:
        """Edges that leave (``out``) or reach (``in``) any of the ids, of these types (none given: all), ordered by
        (relationship type, id). Edges whose other end is deleted are left out."""
        ...

    def neighbours(
        self, ids: Iterable[RecordId], direction: Direction, types: Sequence[str] = (), kinds: Sequence[str] = ()
    ) -> list[Neighbour]:
        """As :meth:`edges`, each with what is at its other end; ``kinds`` (none given: all) are types of that."""
        ...

    def joined(
        self, ids: Iterable[RecordId], direction: Direction, types: Sequence[str], kinds: Sequence[str] = ()
    ) -> list[Joined]:
        """What is at the other end of :meth:`edges` of these types, once for each edge, in no order; ``kinds`` as in
        :meth:`neighbours`. The edges themselves are not read: that is quicker where nobody asks what they say."""
        ...

    def containers(self, ids: Iterable[RecordId]) -> list[Container]:
        """What the ids are in, once for each edge of containment, in no order."""
        ...

    def placed(self, ids: Iterable[RecordId]) -> Placed:
        """What these are in, and how many :meth:`edges` leave them. The edges themselves are not read."""
        ...

    def things_in(self, ids: Iterable[RecordId], kinds: Sequence[str] = ()) -> list[Contained]:
        """Things of these types (none given: all) with an edge of containment to any of the ids that is there, once for
        each such edge, in no order."""
        ...

    def relationship(self, relationship_id: RecordId, *, deleted: bool = False) -> Relationship | None:
        """One edge by its id."""
        ...

    def search(self, query: TextQuery, limit: int) -> list[TextHit]:
        """Best matches first. Ranking looks at no more than a few thousand matches, whatever the size of the home."""
        ...

    def near_words(self, word: str, limit: int = 12) -> list[str]:
        """Words of the stored vocabulary that contain ``word`` or are spelled nearly like it, nearest first."""
        ...

    def versions(self, record_id: RecordId, *, before: Seq | None = None, limit: int = 100) -> list[StoredVersion]:
        """The record's versions, newest arrival first, tombstones included (``at`` hides what was edited later)."""
        ...

    def histories(self, ids: Iterable[RecordId]) -> dict[RecordId, list[StoredVersion]]:
        """All versions of each of these records, in feed order, as :meth:`versions` has them; unknown ids are left
        out."""
        ...

    def version(self, record_id: RecordId, version: VersionId) -> StoredVersion | None:
        """One version by its id."""
        ...

    def heads(self, record_id: RecordId) -> list[StoredVersion]:
        """The maximal versions now, whatever ``at`` says; more than one is a conflict or an automatic merge."""
        ...

    def edited(self, since: str, until: str, *, after: Seq | None, limit: int) -> list[StoredVersion]:
        """Versions with ``since < edited_at <= until`` in feed order, beginning after ``after``."""
        ...

    def batch_versions(self, batch: str) -> list[StoredVersion]:
        """All versions of one batch, in feed order."""
        ...

    def batches(self, client: str | None, limit: int) -> list[Batch]:
        """The latest batches (of one client), newest first."""
        ...

    def batch(self, batch: str) -> Batch | None:
        """One batch by its id."""
        ...

    def states(self, ids: Iterable[RecordId] | None, capability: str | None = None) -> list[DeviceState]:
        """Known device states of these entities (None: of all), of one capability or all."""
        ...

    def due(self, until: str, *, after: tuple[str, RecordId] | None, limit: int) -> list[DueDate]:
        """What falls due on or before an ISO date, ordered by (date, id)."""
        ...

    def conflicts(self, *, after: RecordId | None, limit: int) -> list[RecordId]:
        """Records with an open conflict, ordered by id."""
        ...

    def content(self, sha256: Sha256) -> Content | None:
        """What is known of stored binary content."""
        ...

    def content_bytes(self, sha256: Sha256, offset: int = 0, size: int | None = None) -> bytes:
        """A range of stored binary content; empty when there is none."""
        ...

    def value(self, key: str) -> str | None:
        """A small named text that the store keeps for others and does not look into (sync state, settings)."""
        ...

    def answer(self, key: str) -> Answer | None:
        """The remembered answer to an idempotency key."""
        ...

    def status(self) -> StoreStatus:
        """Where the store stands."""
        ...


class Transaction(ReadView, Protocol):
    """A view of now that can be written to. All of it is committed together or not at all (PROMISES P12)."""

    def next_dot(self) -> Dot:
        """The next dot of this incarnation; taken even when the work fails later."""
        ...

    def begin_batch(self, batch: Batch) -> None:
        """What is applied from here on belongs to this batch."""
        ...

    def apply(
        self, versions: Sequence[Version], *, local: bool, hashes: Sequence[Sha256] = (), new: Collection[RecordId] = ()
    ) -> list[Applied]:
        """Add versions: history, heads, what is shown, search, due dates, change log, digest; and, when ``local``,
        the outbox. Idempotent and independent of order (PROMISES P6). ``hashes`` are the versions' content hashes, one
        each, from whoever has just computed them; they are computed here where none are given. ``new`` are records
        whose ids were made up in this transaction: nobody looks for what is known of them.

        Raises:
            RemoteProtocolError: a known dot or version id comes with another hash, or a context does not cover the
                known parents (INBETWEENIES B.1, B.2).
        """
        ...

    def put_states(self, states: Sequence[DeviceState]) -> None:
        """Set device states; ``since`` stays when the value has not changed."""
        ...

    def put_content(self, content: Content, data: bytes) -> None:
        """Store binary content once by its hash.

        Raises:
            InvalidInput: the hash or the size is not that of ``data``.
        """
        ...

    def stream_content(self, content: Content, pieces: Iterable[bytes]) -> None:
        """As :meth:`put_content`, piece by piece, so that its size costs no memory. The pieces are the one thing that a
        unit of work may read from a file; of content that is known they are left alone.

        Raises:
            InvalidInput: the hash or the size is not that of the pieces together; nothing of them is kept.
        """
        ...

    def put_value(self, key: str, value: str | None) -> None:
        """Set or (None) remove a small named text."""
        ...

    def remember(self, key: str, answer: Answer) -> None:
        """Keep the answer to an idempotency key; answers older than seven days before ``answer.at`` are dropped."""
        ...


class GraphStore(Protocol):
    """A home's store. Several processes may have it open at once; each sees what the others committed."""

    async def read(self, work: Callable[[ReadView], T], *, at: str | None = None) -> T:
        """Run ``work`` on one consistent snapshot. It may be run again after it was broken off."""
        ...

    async def write(self, work: Callable[[Transaction], T], *, synced: bool = True) -> T:
        """Run ``work`` in one transaction; when this returns, it is durable (PROMISES P1).

        What is not ``synced`` waits for no disk: a power cut may take it whole, and nothing that came before it. It
        must be no version and nothing that anybody was promised.

        Whatever ``work`` raises undoes the transaction and comes out here. It may be run again after being undone.

        Raises:
            Unavailable: another process held the write lock for too long.
            StorageFull, StorageCorrupt: nothing of the work was kept.
            Forbidden: the store was opened read-only.
        """
        ...

    async def moved(self) -> tuple[int, ...]:
        """A sign that is another one when anything was committed since, here or by another process. It costs next to
        nothing, so that a watcher may ask for it again and again."""
        ...

    async def close(self) -> None:
        """Release files and threads. Safe to call twice."""
        ...
