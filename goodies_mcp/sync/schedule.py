"""When sync happens by itself: from time to time, soon after a change, and once the hub can be reached again.

Between these nothing happens at all: one timer, and an event that a commit sets.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from goodies_mcp.errors import GoodiesError
from goodies_mcp.inbetweenies.actions import Finished
from goodies_mcp.sync.lease import LeaseTaken
from goodies_mcp.sync.service import SyncService
from goodies_mcp.sync.world import World

logger = logging.getLogger(__name__)

Timer: TypeAlias = Callable[[asyncio.Event, float], Awaitable[bool]]
"""Waits until the event is set or so many seconds have passed; whether it was set."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds: between sessions; from the start to the first; that a change waits for others, and at most; from a
    failure to the next try, doubled each time up to the interval; between looks whether an absent hub is back."""

    interval: float = 300.0
    first: float = 8.0
    settle: float = 2.0
    settle_at_most: float = 30.0
    retry: float = 15.0
    look: float = 30.0


async def real_timer(event: asyncio.Event, seconds: float) -> bool:
    """A ``Timer`` on the loop's clock."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


class Schedule:
    """Syncs until it is cancelled. Never raises for what goes wrong in a session: the status tells it."""

    def __init__(
        self, service: SyncService, world: World, *, rhythm: Rhythm | None = None, timer: Timer = real_timer
    ) -> None:
        self._service = service
        self._world = world
        self._rhythm = rhythm or Rhythm()
        self._timer = timer
        self._changed = asyncio.Event()
        self._failures = 0

    def changed(self) -> None:
        """Something was written here that a hub may have to know."""
        self._changed.set()

    async def run(self) -> None:
        """Sync from time to time, for ever."""
        delay = self._jittered(self._rhythm.first)
        while True:
            await self._until(delay)
            delay = await self._attempt()

    async def _until(self, delay: float) -> None:
        """Let the delay pass, or less where there is a reason: a change, or a hub that is back."""
        end = self._now() + timedelta(seconds=delay)
        self._service.next_attempt = end.isoformat(timespec="microseconds")
        while delay > 0:
            if self._failures:
                # After a failure a change has to wait like everything else; only the hub's return is worth a look.
                step = min(delay, self._rhythm.look)
                await self._timer(asyncio.Event(), step)
                delay -= step
                if delay > 0 and await self._service.is_back():
                    return
                continue
            began = self._now()
            if not await self._timer(self._changed, delay) or await self._settled():
                return
            # However the clock was set meanwhile, no time is waited twice.
            delay -= min(max((self._now() - began).total_seconds(), 0.001), delay)

    async def _settled(self) -> bool:
        """Wait until nothing has changed for a moment; whether there is anything to send."""
        waited = 0.0
        while waited < self._rhythm.settle_at_most:
            self._changed.clear()
            waited += self._rhythm.settle
            if not await self._timer(self._changed, self._rhythm.settle):
                break
        self._changed.clear()
        try:
            return await self._service.pending() > 0
        except GoodiesError:
            return False

    async def _attempt(self) -> float:
        """A session, unless another process has just had one; how long to wait for the next."""
        rhythm = self._rhythm
        try:
            if await self._service.is_fresh(rhythm.interval / 2):
                return self._jittered(rhythm.interval)
            finished = await self._service.session()
        except LeaseTaken:
            return self._jittered(rhythm.retry)
        except GoodiesError as error:
            # No login, or one that cannot be read: a person has to do something first.
            logger.debug("no session: %s", error.code)
            return self._jittered(rhythm.interval)
        return self._delay_after(finished)

    def _delay_after(self, finished: Finished) -> float:
        rhythm = self._rhythm
        if finished.error is None:
            self._failures = 0
            return self._jittered(rhythm.interval)
        self._failures += 1
        backoff = rhythm.interval
        if finished.error.retryable:
            backoff = min(rhythm.interval, rhythm.retry * 2.0 ** min(self._failures - 1, 20))
        return max(self._jittered(backoff), finished.retry_after or 0.0)

    def _jittered(self, seconds: float) -> float:
        """A tenth more or less, so that a house's devices do not all come at once."""
        return seconds * (0.9 + 0.2 * self._world.chance())

    def _now(self) -> datetime:
        return datetime.fromisoformat(self._world.clock.now())
