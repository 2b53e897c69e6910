"""Runs as processes can share them out, and as people read them."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tools.sim.rules import Rule
from tools.sim.world import Verdict, World

Case = tuple[int, int, Rule]
"""Seed, operations, and the rule that is broken on purpose."""


def verdicts(cases: list[Case], processes: int) -> Iterator[Verdict]:
    """The verdict of each run, in order."""
    if processes == 1 or len(cases) == 1:
        yield from map(run, cases)
        return
    # One process for each run: a life of a million operations fills a gigabyte, which is given back.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        yield from pool.map(run, cases)


def run(case: Case, most_violations: int = 20) -> Verdict:
    """One run, to its end or to so many broken promises."""
    return World(*case, most_violations=most_violations).run()


def told(verdict: Verdict) -> Iterator[str]:
    """A run as people read it, with the command that replays it when a promise was broken."""
    state = "kept" if verdict.passed else f"BROKEN ({len(verdict.violations)})"
    rate = verdict.operations / verdict.seconds if verdict.seconds else 0.0
    yield (
        f"seed {verdict.seed}: {verdict.operations} operations in {verdict.seconds:.1f} s ({rate:.0f}/s): {state}, "
        f"digest {verdict.digest[:12]}"
    )
    yield "  " + ", ".join(f"{name} {count}" for name, count in sorted(verdict.counted.items()))
    for violation in verdict.violations:
        yield f"  {violation.promise} at operation {violation.operation}: {violation.what}"
    if not verdict.passed:
        yield (
            f"  again: python -m tools.sim --first-seed {verdict.seed} --seeds 1 --operations {verdict.planned}"
            f" --rule {verdict.rule}"
        )
