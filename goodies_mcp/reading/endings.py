"""The end of long reading: when its time is over, or when nobody waits for it any more."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from goodies_mcp.errors import Unavailable


@dataclass(slots=True)
class Watch:
    """Whether the time was over before the work was."""

    late: bool = False


class Ending:
    """One caller's wish to end what runs for it. It is given up from one thread while another reads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: list[Callable[[], None]] = []
        self._given_up = False

    def give_up(self) -> None:
        """End what runs now, and let nothing else begin."""
        with self._lock:
            self._given_up = True
            ends = list(self._ends)
        for end in ends:
            end()

    def check(self) -> None:
        """Raises Unavailable when it was given up."""
        if self._given_up:
            raise Unavailable("it was cancelled; nothing was kept")

    @contextmanager
    def within(self, seconds: float, end: Callable[[], None]) -> Iterator[Watch]:
        """Call ``end``, which must do no harm twice, when the time is over or the caller gives up."""
        watch = Watch()

        def late() -> None:
            watch.late = True
            end()

        timer = threading.Timer(seconds, late)
        timer.daemon = True
        with self._lock:
            self.check()
            self._ends.append(end)
        timer.start()
        try:
            yield watch
        finally:
            timer.cancel()
            with self._lock:
                self._ends.remove(end)
