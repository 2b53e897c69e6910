import sqlite3

import pytest

from goodies_mcp.errors import (
    Forbidden,
    GoodiesError,
    Internal,
    InvalidInput,
    StorageCorrupt,
    StorageFull,
    TooLarge,
    Unavailable,
)
from goodies_mcp.storage.sqlite_errors import translated


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SQLITE_FULL", StorageFull),
        ("SQLITE_IOERR_WRITE", Unavailable),
        ("SQLITE_CORRUPT", StorageCorrupt),
        ("SQLITE_CORRUPT_VTAB", StorageCorrupt),
        ("SQLITE_NOTADB", StorageCorrupt),
        ("SQLITE_BUSY", Unavailable),
        ("SQLITE_BUSY_SNAPSHOT", Unavailable),
        ("SQLITE_LOCKED_SHAREDCACHE", Unavailable),
        ("SQLITE_READONLY", Forbidden),
        ("SQLITE_READONLY_DIRECTORY", Forbidden),
        ("SQLITE_READONLY_DBMOVED", Unavailable),
        ("SQLITE_CANTOPEN_ISDIR", Unavailable),
        ("SQLITE_TOOBIG", TooLarge),
        ("SQLITE_CONSTRAINT_UNIQUE", Internal),
        ("SQLITE_SOMETHING_NEW", Internal),
        ("", Internal),
    ],
)
def test_each_code_has_its_error(name, kind):
    cause = sqlite3.OperationalError("said so")
    if name:
        cause.sqlite_errorname = name
    with pytest.raises(GoodiesError) as error, translated():
        raise cause
    assert type(error.value) is kind
    assert error.value.__cause__ is cause
    assert "said so" in error.value.message
    assert error.value.hint or kind is Internal


@pytest.mark.parametrize("value", ["half \ud83d", 2**70])
def test_values_that_cannot_be_bound_are_the_callers(value):
    connection = sqlite3.connect(":memory:")
    with pytest.raises(InvalidInput), translated():
        connection.execute("SELECT ?", (value,))
    connection.close()


def test_other_errors_pass():
    with pytest.raises(KeyError), translated():
        raise KeyError
