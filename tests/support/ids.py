"""Identities for tests: valid UUIDs that count, so that a failure names the same things each time."""

from uuid import UUID


def uuid(n: int, family: int = 0) -> str:
    """The n-th UUID (version 4 by its form) of a family."""
    return str(UUID(int=(family << 96) | (4 << 76) | (8 << 60) | n))


class CountingIds:
    """A ``core.protocols.IdSource``: the first, the second, the third UUID of a family."""

    def __init__(self, family: int = 0xA) -> None:
        self._family = family
        self._n = 0

    def new_id(self) -> str:
        self._n += 1
        return uuid(self._n, self._family)
