"""The way between a device and the hub: it loses, doubles, delays, reorders, damages, and at times it is cut.

All of it is drawn from one source of numbers, so that a run is its seed.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from random import Random


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad the network is; shares of messages, and seconds."""

    lost: float = 0.04
    doubled: float = 0.03
    damaged: float = 0.02
    late: float = 0.03
    fastest: float = 0.005
    slowest: float = 0.4
    latest: float = 90.0


FAIR = Weather(lost=0.0, doubled=0.0, damaged=0.0, late=0.0)


class Agenda:
    """Virtual time: what is due next, and nothing that waits for anything."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Do this when so much time has passed."""
        heapq.heappush(self._due, (self.now + seconds, next(self._order), act))

    def advance(self, until: float) -> None:
        """Let time pass, and everything happen that is due."""
        while self._due and self._due[0][0] <= until:
            self.now, _, act = heapq.heappop(self._due)
            act()
        self.now = until

    def settle(self) -> None:
        """Let everything happen that is still to come, and what comes of it."""
        while self._due:
            self.advance(self._due[0][0])


class Network:
    """Carries bytes one way or the other; each message is decided for by itself."""

    def __init__(self, agenda: Agenda, random: Random, weather: Weather) -> None:
        self._agenda = agenda
        self._random = random
        self.weather = weather
        self.cut_until: dict[int, float] = {}
        self.lost = self.doubled = self.damaged = self.carried = 0

    def carry(self, device: int, body: bytes, arrive: Callable[[bytes], None]) -> None:
        """Bring these bytes from or to a device, if the weather lets them."""
        random, weather = self._random, self.weather
        if self.cut_until.get(device, 0.0) > self._agenda.now or random.random() < weather.lost:
            self.lost += 1
            return
        copies = 1
        if random.random() < weather.doubled:
            copies, self.doubled = 2, self.doubled + 1
        for _ in range(copies):
            carried = body
            if random.random() < weather.damaged:
                carried, self.damaged = self._damage(body), self.damaged + 1
            self.carried += 1
            longest = weather.latest if random.random() < weather.late else weather.slowest
            self._agenda.after(random.uniform(weather.fastest, longest), _Arrival(arrive, carried))

    def _damage(self, body: bytes) -> bytes:
        place = self._random.randrange(len(body)) if body else 0
        if self._random.random() < 0.5:
            return body[:place]
        return body[:place] + bytes([body[place] ^ 1 << self._random.randrange(8)]) + body[place + 1 :]


@dataclass(frozen=True, slots=True)
class _Arrival:
    arrive: Callable[[bytes], None]
    body: bytes

    def __call__(self) -> None:
        self.arrive(self.body)
