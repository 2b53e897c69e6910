"""A device that syncs in a process of its own and dies where it is told: python -m tests.support.sync_process FOLDER
[WAY [ROWS]]. A way is a state and the event that leads out of it, or ``SAVE_LOGIN``; ROWS make pages that small. It
prints how the session ended, if it did.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from goodies_mcp.attended_sync import process_lives
from goodies_mcp.inbetweenies.states import Event, State
from goodies_mcp.inbetweenies.verdicts import Policy
from tests.support.syncing import a_device

SAVE_LOGIN = "new tokens are to be kept"


def die(*_: object) -> None:
    """As a power cut would have it, as far as a process goes."""
    os.kill(os.getpid(), signal.SIGKILL)


async def main(folder: str, deadly: str, rows: int) -> None:
    def observe(before: State, event: Event, _after: State) -> None:
        if f"{before}, {event}" == deadly:
            die()

    policy = Policy(push_rows=rows, page_rows=rows) if rows else None
    async with a_device(
        Path(folder),
        engine="sqlite",
        alive=process_lives,
        pid=os.getpid(),
        observe=observe,
        policy=policy,
    ) as device:
        if deadly == SAVE_LOGIN:
            device.file.save = die
        finished = await device.service.session()
        print("ok" if finished.error is None else finished.error.code)  # noqa: T201  this is how the test learns it


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:2], *(sys.argv[2:3] or [""]), int((sys.argv[3:4] or ["0"])[0])))
