"""A device that syncs in a process of its own and dies where it is told: python -m tests.support.sync_process FOLDER
[STATE]. It prints how the session ended, if it did.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from goodies_mcp.attended_sync import process_lives
from goodies_mcp.inbetweenies.states import Event, State
from tests.support.syncing import a_device


async def main(folder: str, deadly: str | None) -> None:
    def observe(_before: State, _event: Event, after: State) -> None:
        if after == deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    async with a_device(Path(folder), engine="sqlite", alive=process_lives, pid=os.getpid(), observe=observe) as device:
        finished = await device.service.session()
        print("ok" if finished.error is None else finished.error.code)  # noqa: T201  this is how the test learns it


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))
