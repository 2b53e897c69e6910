"""From spawn to what a person waits for: the list of tools, the first answer, one call from a script."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from time import perf_counter

from tools.bench.lines import Line, against, interleaved
from tools.bench.running import Question, Run, nothing, questions, sdk_command, serve_command
from tools.stdio_client import StdioClient, environment, program

_ROUNDS = 12


def start_up(run: Run) -> Iterator[Line]:
    """At the smallest and the largest size: an answer must not wait for a home to be loaded."""
    for size in dict.fromkeys((run.smallest, run.largest)):
        samples = _samples(run, size)
        bare, sdk = samples["bare"], samples["sdk"]
        yield against("spawn to initialize + tools/list answered", size, samples["list"], bare, "bare Python", times=3)
        yield against("spawn to first tool result", size, samples["first"], sdk, "SDK server", times=1.1)
        yield against("`goodies-mcp call`, whole process", size, samples["call"], bare, "bare Python", times=8)


def _samples(run: Run, size: str) -> dict[str, list[float]]:
    data_dir = run.homes.of(size)
    question = questions(run.homes.things(size))["get_devices_in_room"]
    tool, arguments = question(0)
    call = program("call", tool, json.dumps(arguments), "--json", "--data-dir", str(data_dir))
    return interleaved(
        {
            "bare": lambda: _whole([sys.executable, "-c", "pass"]),
            "list": lambda: _to_the_list(serve_command(data_dir)),
            "first": lambda: _to_the_first_answer(serve_command(data_dir), question),
            "sdk": lambda: _to_the_first_answer(sdk_command(), nothing),
            "call": lambda: _whole(call),
        },
        run.rounds(_ROUNDS),
    )


def _whole(command: Sequence[str]) -> float:
    started = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
    return perf_counter() - started


def _to_the_list(command: Sequence[str]) -> float:
    with StdioClient(command) as server:
        server.greet()
        server.call("tools/list")
        return perf_counter() - server.started


def _to_the_first_answer(command: Sequence[str], question: Question) -> float:
    with StdioClient(command) as server:
        server.greet()
        server.call("tools/list")
        server.tool(*question(0))
        return perf_counter() - server.started
