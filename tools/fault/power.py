"""What a disk holds after a power cut: all that was synced, and of the rest whatever it happened to have written.

``disk_log.c`` is preloaded into a process and writes down, in order, every change and sync of the files of a folder.
Here the folder is laid anew from what was there before and from that log. A file that was made, renamed or taken away
is so at once, as journalling file systems have it in order; what is in it is not.
"""

import shutil
import struct
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

_HEAD = struct.Struct("<cIQQ")
_SECTOR = 512
_SOURCE = Path(__file__).with_name("disk_log.c")


def compiler() -> str | None:
    """The C compiler, if there is one."""
    named = (sysconfig.get_config_var("CC") or "").split()
    return next((found for name in (*named[:1], "cc", "gcc") if (found := shutil.which(name))), None)


def library(folder: Path) -> Path:
    """The library to preload, built in this folder."""
    built = folder / "disk_log.so"
    command = [compiler() or "cc", "-shared", "-fPIC", "-O1", "-D_LARGEFILE64_SOURCE", "-o", built, _SOURCE, "-ldl"]
    subprocess.run([*map(str, command), "-lpthread"], check=True)
    return built


class Change(NamedTuple):
    """One record: ``w``rite, ``t``runcate (to ``offset``), ``s``ync, ``r``ename (to ``data``) or ``u``nlink."""

    kind: str
    name: str
    offset: int
    data: bytes


def changes(log: Path) -> Iterator[Change]:
    """The records in order; one that the end of the process cut off is none."""
    with log.open("rb") as file:
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            kind, name, offset, size = _HEAD.unpack(head)
            rest = file.read(name + size)
            if len(rest) < name + size:
                return
            yield Change(kind.decode(), rest[:name].decode(), offset, rest[name:])


class Disk:
    """The files of a folder: what is durable of each, and what was done to it since."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lasting: dict[str, bytearray] = {}
        self._loose: dict[str, list[Change]] = {}
        for file in folder.iterdir():
            if file.is_file() and not file.name.endswith("-shm"):
                self._lasting[str(file.resolve())] = bytearray(file.read_bytes())

    def live(self, log: Path, *, lying: bool = False) -> int:
        """Go through all that happened; how many syncs there were. A ``lying`` disk says that it synced and did not."""
        syncs = 0
        for change in changes(log):
            if change.kind == "s":
                syncs += 1
                if not lying:
                    self._sync(change.name)
            elif change.kind == "r":
                self._rename(change.name, change.data.decode())
            elif change.kind == "u":
                self._lasting.pop(change.name, None)
                self._loose.pop(change.name, None)
            else:
                self._loose.setdefault(change.name, []).append(change)
        return syncs

    def cut(self, chance: Random) -> int:
        """The power goes: lay the folder anew with what lasted; how many changes were lost or torn."""
        lost = 0
        for file in self._folder.iterdir():
            if file.is_file():
                file.unlink()
        for name in dict.fromkeys([*self._lasting, *self._loose]):
            content = self._lasting.get(name, bytearray())
            share = chance.choice((0.0, 0.5, 0.9, 1.0))
            for change in self._loose.get(name, ()):
                kept = _kept(change, share, chance)
                lost += kept is not change
                if kept is not None:
                    _apply(content, kept)
            path = Path(name)
            path.write_bytes(content)
            path.chmod(0o600)
        return lost

    def _sync(self, name: str) -> None:
        content = self._lasting.setdefault(name, bytearray())
        for change in self._loose.pop(name, ()):
            _apply(content, change)

    def _rename(self, before: str, after: str) -> None:
        self._lasting[after] = self._lasting.pop(before, bytearray())
        self._loose[after] = self._loose.pop(before, [])


def _kept(change: Change, share: float, chance: Random) -> Change | None:
    """What a disk has of a change that it had not synced: all of it, some sectors, or nothing."""
    drawn = chance.random()
    if drawn < share:
        return change
    if change.kind == "w" and drawn < share + 0.1:
        return change._replace(data=change.data[: chance.randrange(len(change.data)) // _SECTOR * _SECTOR])
    return None


def _apply(content: bytearray, change: Change) -> None:
    if change.kind == "t":
        del content[change.offset :]
    content.extend(bytes(max(0, change.offset - len(content))))
    if change.kind == "w":
        content[change.offset : change.offset + len(change.data)] = change.data
