"""SQLite's complaints in the words of the house: one place translates them, and keeps the cause."""

import sqlite3
from types import TracebackType

from goodies_mcp.errors import (
    Conflict,
    Forbidden,
    GoodiesError,
    Internal,
    InvalidInput,
    StorageCorrupt,
    StorageFull,
    TooLarge,
    Unavailable,
)

# Result codes by name: sqlite3 carries them on the exception since Python 3.11. The part before a second underscore is
# the primary code; longer names are looked up first.
_READ_ONLY = "the file can only be read: check its permissions, or open the home with --read-only"
_TRANSLATED: dict[str, tuple[type[GoodiesError], str, str]] = {
    "SQLITE_FULL": (StorageFull, "the disk is full", "free some space, then try again; nothing of this write was kept"),
    "SQLITE_IOERR": (Unavailable, "the disk did not answer", "check the disk, then try again"),
    "SQLITE_CORRUPT": (
        StorageCorrupt,
        "the database file is damaged",
        "restore a backup, or look with: goodies-mcp doctor",
    ),
    "SQLITE_NOTADB": (
        StorageCorrupt,
        "the file is not a database",
        "choose another path, or restore a backup; the file was not touched",
    ),
    "SQLITE_BUSY": (Unavailable, "another program holds the database", "try again in a moment"),
    "SQLITE_LOCKED": (Unavailable, "another program holds the database", "try again in a moment"),
    "SQLITE_PROTOCOL": (Unavailable, "another program holds the database", "try again in a moment"),
    "SQLITE_READONLY": (Forbidden, "the database cannot be written", _READ_ONLY),
    "SQLITE_READONLY_DBMOVED": (Unavailable, "the database file was moved away", "start again with the new path"),
    "SQLITE_PERM": (Forbidden, "the database may not be opened", _READ_ONLY),
    "SQLITE_AUTH": (Forbidden, "the database may not be opened", _READ_ONLY),
    "SQLITE_CANTOPEN": (Unavailable, "the database cannot be opened", "check that the path exists and can be written"),
    "SQLITE_INTERRUPT": (Unavailable, "the work was interrupted", "try again"),
    "SQLITE_NOMEM": (Unavailable, "there is not enough memory", "close other programs, then try again"),
    "SQLITE_TOOBIG": (TooLarge, "a value is too large to be stored", "store it in smaller parts"),
    # A definition that cannot be read is damage: the file said that it is ours before any statement ran.
    "SQLITE_ERROR": (StorageCorrupt, "the database does not hold what it should", "look with: goodies-mcp doctor"),
}


def read_only_error() -> Forbidden:
    """What a write on a store answers that was opened for reading."""
    return Forbidden("this store was opened read-only", hint="open it without --read-only to change the home")


def newer_schema(found: int, known: int) -> Conflict:
    """What opening a file answers that a newer release has written."""
    return Conflict(
        f"the database has schema {found}, and this release knows {known}",
        hint="upgrade goodies-mcp; the file was not touched",
        details={"schema": found, "known": known},
    )


def foreign_file() -> StorageCorrupt:
    """What opening an SQLite file of another program answers."""
    return StorageCorrupt(
        "the file is a database of another program", hint="choose another path; the file was not touched"
    )


class _Translated:
    """Written out: every read passes here, and a generator would make of it four calls more."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, cause: BaseException | None, trace: TracebackType | None
    ) -> None:
        if cause is None:
            return
        if isinstance(cause, sqlite3.Error):
            raise translation(cause) from cause
        if isinstance(cause, UnicodeEncodeError):
            raise InvalidInput(f"a lone surrogate at character {cause.start} is no Unicode text") from cause
        if isinstance(cause, OverflowError):
            raise InvalidInput("a number is too large to be stored") from cause


_TRANSLATOR = _Translated()


def translated() -> _Translated:
    """Whatever SQLite raises inside comes out as an error of ours, with its cause."""
    return _TRANSLATOR


def translation(cause: sqlite3.Error) -> GoodiesError:
    """The error of ours that says the same."""
    name = getattr(cause, "sqlite_errorname", "")
    while name:
        if name in _TRANSLATED:
            kind, message, hint = _TRANSLATED[name]
            return kind(f"{message} ({cause})", hint=hint)
        name = name.rpartition("_")[0]
    return Internal(f"the store made a mistake ({cause})")
