"""``python -m tools.chaos --syncs 10000``: prints seed, sizes, duration, faults by kind, and the verdict."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import SystemRandom

from tools.chaos.rules import Rule
from tools.chaos.run import DEVICES, Verdict, run


def told(verdict: Verdict) -> Iterator[str]:
    """A run as people read it, with the command that replays it when something was lost."""
    spoilt = sum(verdict.spoilt.values())
    yield (
        f"{verdict.syncs} syncs in {verdict.seconds:.0f} s: {verdict.made} versions acked to people,"
        f" {verdict.acks} acked by the hub, {verdict.requests} requests and {verdict.bytes / 1e6:.1f} MB on the way,"
        f" {spoilt} spoilt"
    )
    yield "  " + ", ".join(f"{fault} {count}" for fault, count in sorted(verdict.spoilt.items()))
    yield "  " + ", ".join(f"{what} {count}" for what, count in sorted(verdict.counted.items()))
    for fault in verdict.faults[:20]:
        yield f"  {fault}"
    if verdict.passed:
        agreed = f"one digest ({verdict.digest[:12]}) of {verdict.versions} versions on the hub and {DEVICES} devices"
        yield f"passed: 0 lost, {agreed}"
    else:
        again = f"python -m tools.chaos --syncs {verdict.planned} --seed {verdict.seed} --rule {verdict.rule}"
        yield f"FAILED ({len(verdict.faults)} faults); again: {again}"


def main(words: Sequence[str] | None = None) -> int:
    """The full run."""
    parser = argparse.ArgumentParser(prog="python -m tools.chaos", description=__doc__)
    parser.add_argument("--syncs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(2**32))
    parser.add_argument("--rule", type=Rule, default=Rule.NONE, choices=list(Rule), help="rule to break on purpose")
    parser.add_argument("--folder", type=Path, help="keep the files here (default: a temporary folder)")
    arguments = parser.parse_args(words)
    print(f"chaos: seed {arguments.seed}, {arguments.syncs} syncs, {DEVICES} devices", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        place = arguments.folder or Path(folder)
        verdict = run(place, syncs=arguments.syncs, seed=arguments.seed, rule=arguments.rule, talk=True)
    print("\n".join(told(verdict)))
    return 0 if verdict.passed else 1


if __name__ == "__main__":
    sys.exit(main())
