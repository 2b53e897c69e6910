"""Values by the ten thousand: twins of frozen ones whose fields can still be set, and which then become them.

A frozen dataclass sets its fields through ``object.__setattr__``, one call each: to make a value so takes longer than
to find its row. A twin has the same slots; once all are set, its ``__class__`` is changed, and it is as frozen as any.
"""

from goodies_mcp.core.models import Entity, Relationship, Version


class UnsealedEntity:
    """Becomes an ``Entity``."""

    __slots__ = tuple(Entity.__dataclass_fields__)


class UnsealedRelationship:
    """Becomes a ``Relationship``."""

    __slots__ = tuple(Relationship.__dataclass_fields__)


class UnsealedVersion:
    """Becomes a ``Version``."""

    __slots__ = tuple(Version.__dataclass_fields__)
