"""What the hub counts about itself, by name: requests by outcome, errors by code. Read by whoever exports it."""

from collections import Counter
from collections.abc import Mapping


class Counts:
    """Numbers that only grow."""

    def __init__(self) -> None:
        self._counted: Counter[tuple[str, ...]] = Counter()

    def add(self, *name: str, by: int = 1) -> None:
        """Count something of this name, such as ``("error", "not_found")``."""
        self._counted[name] += by

    def read(self) -> Mapping[tuple[str, ...], int]:
        """All counts so far."""
        return dict(self._counted)
