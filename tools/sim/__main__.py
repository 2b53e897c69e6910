"""``python -m tools.sim --operations 1000000 --seeds 10``: prints seed, sizes, duration and verdict of each run."""

import argparse
import os
import sys
from time import perf_counter

from tools.sim.rules import Rule
from tools.sim.runs import told, verdicts


def main() -> int:
    """Run the seeds, and fail when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tools.sim", description=__doc__)
    parser.add_argument("--operations", type=int, default=20_000, help="operations of each run")
    parser.add_argument("--seeds", type=int, default=3, help="number of runs")
    parser.add_argument("--first-seed", type=int, default=1, help="seed of the first run; the others follow")
    parser.add_argument("--rule", type=Rule, default=Rule.NONE, choices=list(Rule), help="rule to break on purpose")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="runs at a time")
    arguments = parser.parse_args()
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    began, passed = perf_counter(), True
    for verdict in verdicts([(seed, arguments.operations, arguments.rule) for seed in seeds], arguments.processes):
        print("\n".join(told(verdict)), flush=True)
        passed &= verdict.passed
    print(f"{'every promise kept' if passed else 'PROMISES BROKEN'} in {perf_counter() - began:.0f} s")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
