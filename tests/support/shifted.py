"""A program of the house on a machine whose clock is off: python -m tests.support.shifted SECONDS MODULE WORD..."""

import sys
from datetime import datetime, timedelta
from importlib import import_module

from goodies_mcp import clock

SystemClock = clock.SystemClock


def shifted(seconds: float, module: str) -> tuple[str, ...]:
    """The beginning of a command line: the program of this module with a clock that is so many seconds ahead."""
    return sys.executable, "-m", "tests.support.shifted", str(seconds), module


def main() -> None:
    """Run it."""
    ahead = timedelta(seconds=float(sys.argv.pop(1)))
    program = import_module(sys.argv.pop(1))

    class ShiftedClock(SystemClock):
        """The machine's clock, and so much more."""

        def now(self) -> str:
            """UTC now, as this machine has it."""
            return (datetime.fromisoformat(super().now()) + ahead).isoformat(timespec="microseconds")

    # Every composition of the program takes its clock from there when it is made.
    clock.SystemClock = ShiftedClock
    program.main()


if __name__ == "__main__":
    main()
