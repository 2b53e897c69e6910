"""P1: cut the power under a real server while it writes, and see that all it acked is there, once.

As ``tools.fault.kill``, but what each kill leaves behind is not what the process wrote: it is what the disk would have
had. Linux with a C compiler only.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import perf_counter

from tools.fault.kill import KillLoop, Tally, run
from tools.fault.power import Disk, compiler, library
from tools.stdio_client import StdioClient


class PowerCuts(KillLoop):
    """The rounds on one file, each ended by a power cut. A ``lying`` disk proves that the check can fail."""

    def __init__(self, data_dir: Path, seed: object, lanes: int, *, library: Path, lying: bool) -> None:
        super().__init__(data_dir, seed, lanes)
        self._library = library
        self._lying = lying
        self._log = data_dir.with_suffix(".log")
        self._chance = random.Random(f"power/{seed}")

    def started(self) -> StdioClient:
        """The server, with its disk watched."""
        self._log.unlink(missing_ok=True)
        self._disk = Disk(self._data_dir)
        watched = {"LD_PRELOAD": str(self._library), "DISK_LOG": str(self._log), "DISK_FOLDER": str(self._data_dir)}
        return StdioClient(self._command, environ=watched)

    def ended(self, tally: Tally) -> None:
        """The power goes with the process."""
        if self._log.exists():
            tally.syncs += self._disk.live(self._log, lying=self._lying)
            tally.lost_changes += self._disk.cut(self._chance)


def main(words: Sequence[str] | None = None) -> int:
    """The full run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--lanes", type=int, default=6)
    arguments = parser.parse_args(words)
    if sys.platform != "linux" or compiler() is None:
        print("power cuts are played on Linux with a C compiler (apt install gcc libc6-dev)", file=sys.stderr)
        return 2
    print(f"power cuts while writing: seed {arguments.seed}, {arguments.cuts} cuts", flush=True)
    started = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        tally = cuts(Path(folder), arguments.cuts, arguments.seed, lanes=arguments.lanes, talk=True)
    for fault in tally.faults[:20]:
        print(f"FAULT {fault}")
    print(
        f"{tally.kills} cuts in {perf_counter() - started:.0f} s: {tally.acked} writes acked, {tally.syncs} syncs,"
        f" {tally.lost_changes} unsynced changes of files lost or torn, {len(tally.faults)} faults"
    )
    print("FAILED" if tally.faults else "passed: 0 acked writes lost, none applied twice, quick_check ok every time")
    return 1 if tally.faults else 0


def cuts(folder: Path, number: int, seed: int, *, lanes: int = 6, lying: bool = False, talk: bool = False) -> Tally:
    """So many cuts; the tally tells whether anything was lost."""
    loop = partial(PowerCuts, library=library(folder), lying=lying)
    return run(folder, kills=number, seed=seed, lanes=lanes, talk=talk, loop=loop)


if __name__ == "__main__":
    sys.exit(main())
