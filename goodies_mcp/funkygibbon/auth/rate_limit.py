"""Who guesses passwords is stopped: so many failed logins from one address, and the next ones are not even tried."""

import asyncio
import math
import time
from weakref import WeakValueDictionary

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, Storage
from limits.strategies import MovingWindowRateLimiter

from goodies_mcp.errors import RateLimited

FAILURES = 5
WINDOW = 300


class LoginLimit:
    """Counts failures per address. Attempts from one address wait for each other, so that none slips past the count."""

    def __init__(self, failures: int = FAILURES, seconds: int = WINDOW, storage: Storage | None = None) -> None:
        self._limiter = MovingWindowRateLimiter(storage or MemoryStorage())
        self._allowed = RateLimitItemPerSecond(failures, seconds, namespace="login")
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def turn(self, address: str) -> asyncio.Lock:
        """The queue of those who try from this address."""
        return self._turns.setdefault(address, asyncio.Lock())

    def check(self, address: str) -> None:
        """Raises RateLimited, with the seconds to wait, when there were too many failures."""
        if self._limiter.test(self._allowed, address):
            return
        # The library reckons in the machine's own time, so what is left of it is asked there too.
        free_at = self._limiter.get_window_stats(self._allowed, address).reset_time
        seconds = max(1, math.ceil(free_at - time.time()))  # noqa: TID251 - as above
        raise RateLimited(f"Too many attempts. Try again in {seconds} seconds.", details={"retry_after": seconds})

    def failed(self, address: str) -> None:
        """Count a failure."""
        self._limiter.hit(self._allowed, address)
