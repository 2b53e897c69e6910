"""What every bench is given: the run's homes and sizes, and how to ask the server about them."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tools.bench.homes import Homes, Things
from tools.stdio_client import StdioClient, prepared, program

NOTHING = "nothing"
"""Name of the tool that does nothing, here and on the SDK's server."""

Question = Callable[[int], tuple[str, Mapping[str, object]]]
"""The n-th question of its kind: a tool and its arguments."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the bench. ``patience`` scales how many samples are taken."""

    homes: Homes
    sizes: tuple[str, ...]
    patience: float = 1.0

    @property
    def smallest(self) -> str:
        """The size that growth is measured from."""
        return self.sizes[0]

    @property
    def largest(self) -> str:
        """The size that targets speak of."""
        return self.sizes[-1]

    def rounds(self, usual: int) -> int:
        """How many rounds to measure."""
        return max(5, round(usual * self.patience))


def serve_command(data_dir: Path) -> list[str]:
    """The server as a host starts it."""
    return program("serve", "--data-dir", str(data_dir))


def noop_command(data_dir: Path) -> list[str]:
    """The same server with the tool that does nothing."""
    return [sys.executable, "-m", "tools.bench.noop_server", str(data_dir)]


def sdk_command() -> list[str]:
    """The SDK's own server."""
    return [sys.executable, "-m", "tools.bench.sdk_server"]


def questions(things: Things) -> dict[str, Question]:
    """Every query tool, asked about another thing each time."""
    devices, rooms, pairs = things.devices, things.rooms, things.pairs

    def about(tool: str, argument: str, ids: tuple[str, ...], **more: object) -> Question:
        return lambda n: (tool, {argument: ids[n % len(ids)], **more})

    def way(n: int) -> tuple[str, Mapping[str, object]]:
        start, goal = pairs[n % len(pairs)]
        return "find_path", {"from": start, "to": goal}

    return {
        "get_entity_details": about("get_entity_details", "entity", devices),
        "get_devices_in_room": about("get_devices_in_room", "room", rooms),
        "get_room_connections": about("get_room_connections", "room", rooms),
        "find_path": way,
        "get_entity_relationships": about("get_entity_relationships", "entity", devices),
        "get_entity_history": about("get_entity_history", "entity", devices),
        "find_device_controls": about("find_device_controls", "device", devices),
        "find_similar_entities": about("find_similar_entities", "entity", devices),
        "get_procedures_for_device": about("get_procedures_for_device", "device", devices),
        "get_automations_in_room": about("get_automations_in_room", "room", rooms),
        "get_home_state": about("get_home_state", "within", rooms),
        "what_is_due": about("what_is_due", "within", rooms),
        "get_home_overview": lambda _: ("get_home_overview", {}),
        "what_changed": lambda _: ("what_changed", {"since": "2024-01-01T00:00:05Z"}),
    }


def searches() -> dict[str, Question]:
    """The three searches that have targets."""
    return {
        "two words": lambda _: ("search_entities", {"query": "kitchen light"}),
        "a common word": lambda _: ("search_entities", {"query": "filter"}),
        "a typo": lambda _: ("search_entities", {"query": "termostat"}),
    }


def nothing(_n: int) -> tuple[str, Mapping[str, object]]:
    """The question that asks nothing."""
    return NOTHING, {}


def asked(server: StdioClient, question: Question) -> Callable[[], float]:
    """Seconds that the next question of a kind takes, raw line to raw line. The first is asked with a look at its
    answer: the time of a refusal would be no figure.
    """
    server.tool(*question(0))
    numbers: Iterator[int] = count(1)

    def take() -> float:
        return server.timed(prepared(*question(next(numbers))))

    return take
