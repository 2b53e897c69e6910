"""Time for tests: it stands still unless it is read, and moves when it is told."""

from datetime import UTC, datetime, timedelta


def moment(seconds: float = 0) -> str:
    """The moment so many seconds after the fake clock's beginning, in the form of ``Version.edited_at``."""
    return _text(BEGINNING + timedelta(seconds=seconds))


class FakeClock:
    """A ``core.protocols.Clock``: each reading is one step (a millisecond) after the one before."""

    def __init__(self, *, step: timedelta = timedelta(milliseconds=1)) -> None:
        self._at = BEGINNING
        self.step = step

    def now(self) -> str:
        self._at += self.step
        return _text(self._at)

    def advance(self, **how_far: float) -> None:
        """Move on, or back, by so much: the arguments are those of ``timedelta``."""
        self._at += timedelta(**how_far)

    def set(self, at: str) -> None:
        """The next reading is one step after this moment."""
        self._at = datetime.fromisoformat(at)


BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def _text(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
