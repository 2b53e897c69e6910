"""Files that a command makes: whole or not at all, over another file only when told so, for their owner alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from goodies_mcp.cli.exit_codes import in_house_terms
from goodies_mcp.clock import SystemClock
from goodies_mcp.errors import Conflict, InvalidInput, NotFound


def dated(folder: Path, stem: str, ending: str) -> Path:
    """A new name with the moment in it, in a folder that is made where need be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise in_house_terms(error) from error
    now = datetime.fromisoformat(SystemClock().now()).strftime("%Y-%m-%dT%H-%M-%S")
    names = (folder / f"{stem}-{now}{more}{ending}" for more in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(name for name in names if not name.exists())


_ANOTHER = "choose another name, or move it away"


def refuse_target(target: Path, *, over: bool = False, hint: str = _ANOTHER) -> None:
    """Refuse a name under which no new file can be made; ``over`` one that is there it can.

    Raises:
        Conflict: there is a file already.
        InvalidInput: there is a folder.
        NotFound: its folder is not there.
    """
    if target.is_dir():
        raise InvalidInput(f"{target} is a folder; name a file in it", argument="file")
    if os.path.lexists(target) and not over:
        raise Conflict(f"there is a file {target} already", hint=hint)
    if not target.parent.is_dir():
        raise NotFound(f"there is no folder {target.parent}", argument="file")


@contextmanager
def new_file(target: Path, *, over: bool = False) -> Iterator[BinaryIO]:
    """A file that gets its name when all of it was written, and is gone when that fails. With ``over`` it takes the
    place of one that is there, in one step."""
    refuse_target(target, over=over)
    part = target.with_name(target.name + ".part")
    try:
        with open(part, "xb", opener=_private) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        refuse_target(target, over=over)
        part.replace(target)
    except FileExistsError as error:
        raise Conflict(f"{part} is in the way: another export is running, or was killed") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def copied(source: Path, target: Path) -> None:
    """A copy, byte by byte, that a power cut cannot take away when this returns."""
    with source.open("rb") as read, open(target, "xb", opener=_private) as written:
        while block := read.read(1 << 20):
            written.write(block)
        written.flush()
        os.fsync(written.fileno())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
