"""Tool calls on a running server, against a tool of the same server that does nothing."""

from collections.abc import Callable, Iterator

from tools.bench.lines import Line, above, against, interleaved
from tools.bench.running import Run, asked, noop_command, nothing, questions, sdk_command, searches
from tools.stdio_client import StdioClient, prepared

_ROUNDS = 200
_TIMES = 1.6
_ASKED_ABOUT = 64
"""Things that are asked about in turn (``homes.Things``). A server that has met each of them once is warm."""

_TARGETED = frozenset(
    {
        "get_entity_details",
        "get_devices_in_room",
        "get_room_connections",
        "find_path",
        "get_entity_relationships",
    }
)
_ABOVE = {"two words": 1.0, "a common word": 5.0, "a typo": 6.0}


def tool_calls(run: Run) -> Iterator[Line]:
    """Every query tool at the largest size, and the no-op against the SDK's own."""
    size = run.largest
    with StdioClient(noop_command(run.homes.of(size))) as server, StdioClient(sdk_command()) as sdk:
        server.greet()
        sdk.greet()
        kinds: dict[str, Callable[[], float]] = {
            "no-op": asked(server, nothing),
            **{name: asked(server, question) for name, question in questions(run.homes.things(size)).items()},
            **{name: asked(server, question) for name, question in searches().items()},
        }
        cold = {
            name: [server.timed(prepared(*question(number))) for number in range(_ASKED_ABOUT)]
            for name, question in questions(run.homes.things(size)).items()
        }
        # By themselves: beside work of many milliseconds both would be woken from sleep, and not measured.
        bare = {"no-op": kinds["no-op"], "SDK": asked(sdk, nothing)}
        wires = interleaved(bare, run.rounds(_ROUNDS * 2), warm=20)
        samples = interleaved(kinds, run.rounds(_ROUNDS), warm=_ASKED_ABOUT)
    yield against("no-op tool over stdio", size, wires["no-op"], wires["SDK"], "SDK server", times=0.65)
    floor = samples["no-op"]
    for name in questions(run.homes.things(size)):
        times = _TIMES if name in _TARGETED else None
        yield against(name, size, samples[name], floor, "no-op", times=times)
    for name, samples_of in cold.items():
        yield against(f"{name}, first time each", size, samples_of, floor, "no-op")
    for name, limit in _ABOVE.items():
        yield above(f"search_entities, {name}", size, samples[name], floor, "no-op", limit=limit)


def growth(run: Run) -> Iterator[Line]:
    """The same questions at the smallest and the largest size, in turns."""
    small, large = run.smallest, run.largest
    if small == large:
        return
    with StdioClient(noop_command(run.homes.of(small))) as one, StdioClient(noop_command(run.homes.of(large))) as other:
        one.greet()
        other.greet()
        kinds: dict[str, Callable[[], float]] = {}
        for server, size in ((one, small), (other, large)):
            for name, question in {**questions(run.homes.things(size)), **searches()}.items():
                kinds[f"{name} {size}"] = asked(server, question)
        samples = interleaved(kinds, run.rounds(_ROUNDS // 2), warm=_ASKED_ABOUT)
    for name in (*questions(run.homes.things(small)), *searches()):
        times = None if name == "a common word" else 1.5
        what = f"search_entities, {name}" if name in searches() else name
        size = f"{small} to {large}"
        yield against(what, size, samples[f"{name} {large}"], samples[f"{name} {small}"], f"at {small}", times=times)
