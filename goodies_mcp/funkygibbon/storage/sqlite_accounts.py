# ruff: noqa: D102 - the interface says what each verb promises
"""Accounts in one SQLite file: the verbs of ``interface.Accounts`` over named statements, and the file itself."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from typing import Any, TypeVar

from goodies_mcp.core.text import fold
from goodies_mcp.errors import Conflict, StorageCorrupt
from goodies_mcp.funkygibbon.core.accounts import (
    AuditEntry,
    Device,
    DeviceId,
    Household,
    HouseholdId,
    Member,
    Principal,
    RefreshToken,
    Role,
    Session,
    SessionId,
    User,
    UserId,
)
from goodies_mcp.storage.sql import parsed
from goodies_mcp.storage.sqlite_errors import newer_schema, translated

T = TypeVar("T")

_SQL_FOLDER = Path(__file__).parent / "sql" / "sqlite"
SQL = parsed((_SQL_FOLDER / "accounts.sql").read_text("utf-8"))
APPLICATION = 0x4748_5542
"""``application_id`` of the file: "GHUB" in ASCII."""

_BUSY_SECONDS = 10.0
_NEWEST = 2**63 - 1


class SqliteAccounts:
    """A view, or inside a write transaction more than that. See ``interface.Accounts``."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def households(self) -> list[Household]:
        return [Household(*row) for row in self._rows("households")]

    def household(self, household: HouseholdId) -> Household | None:
        return next((Household(*row) for row in self._rows("household", household)), None)

    def households_of(self, user: UserId) -> list[Household]:
        return [Household(*row) for row in self._rows("households_of", user)]

    def user_named(self, name: str) -> User | None:
        return next((User(*row) for row in self._rows("user_named", fold(name))), None)

    def first_user(self) -> User | None:
        return next((User(*row) for row in self._rows("first_user")), None)

    def member(self, household: HouseholdId, user: UserId) -> Member | None:
        return next(map(_member, self._rows("member", household, user)), None)

    def members(self, household: HouseholdId) -> list[Member]:
        return [_member(row) for row in self._rows("members", household)]

    def device(self, household: HouseholdId, device: DeviceId) -> Device | None:
        return next(map(_device, self._rows("device", household, device)), None)

    def devices(self, household: HouseholdId) -> list[Device]:
        return [_device(row) for row in self._rows("devices", household)]

    def principal(self, household: HouseholdId, session: SessionId, now: str) -> Principal | None:
        for found, session_id, role, *rest in self._rows("principal", household, session, now):
            return Principal(found, session_id, Role(role), *rest)
        return None

    def refresh_token(self, token_hash: str) -> tuple[RefreshToken, Session] | None:
        for row in self._rows("refresh_token", token_hash):
            token, name, expires_at, used_at, given_for, void, *session = row
            return RefreshToken(token, name, expires_at, used_at, given_for, bool(void)), Session(*session)
        return None

    def was_followed(self, token_hash: str) -> bool:
        return bool(self._rows("was_followed", token_hash)[0][0])

    def audit(self, household: HouseholdId | None, *, before: int | None, limit: int) -> list[AuditEntry]:
        upto = _NEWEST if before is None else before
        if household is None:
            return [AuditEntry(*row) for row in self._rows("audit_of_all", upto, limit)]
        return [AuditEntry(*row) for row in self._rows("audit", household, upto, limit)]

    def add_household(self, household: Household) -> None:
        self._run("add_household", *astuple(household))

    def add_user(self, user: User) -> None:
        if self.user_named(user.name) is not None:
            raise Conflict(f"there is a user {user.name} already", argument="name")
        self._run("add_user", user.id, user.name, fold(user.name), user.password_hash, user.created_at)

    def set_password(self, user: UserId, password_hash: str) -> None:
        self._run("set_password", user, password_hash)

    def put_member(self, household: HouseholdId, user: UserId, role: Role, now: str) -> None:
        self._run("put_member", household, user, role.value, now)

    def drop_member(self, household: HouseholdId, user: UserId, now: str) -> bool:
        self._run("end_sessions_of_member", household, user, now)
        return self._run("drop_member", household, user) > 0

    def put_device(self, device: Device) -> None:
        role = None if device.role is None else device.role.value
        self._run(
            "put_device",
            device.household,
            device.id,
            device.name,
            device.user,
            role,
            device.created_at,
            device.seen_at,
            device.revoked_at,
        )

    def revoke_device(self, household: HouseholdId, device: DeviceId, now: str) -> bool:
        self.end_sessions_of_device(household, device, now)
        return self._run("revoke_device", household, device, now) > 0

    def seen(self, household: HouseholdId, device: DeviceId, now: str) -> None:
        self._run("seen", household, device, now)

    def add_session(self, session: Session) -> None:
        self._run("add_session", *astuple(session))

    def extend_session(self, household: HouseholdId, session: SessionId, expires_at: str) -> None:
        self._run("extend_session", household, session, expires_at)

    def end_session(self, household: HouseholdId, session: SessionId, now: str) -> None:
        self._run("end_session", household, session, now)

    def end_sessions_of_device(self, household: HouseholdId, device: DeviceId, now: str) -> None:
        self._run("end_sessions_of_device", household, device, now)

    def end_sessions_of_user(self, user: UserId, now: str) -> None:
        self._run("end_sessions_of_user", user, now)

    def add_refresh_token(self, token: RefreshToken, now: str) -> None:
        self._run("drop_refresh_tokens", now)
        self._run("add_refresh_token", token.hash, token.session, token.expires_at, token.given_for)

    def use_refresh_token(self, token_hash: str, now: str) -> None:
        self._run("use_refresh_token", token_hash, now)

    def void_followers(self, token_hash: str, now: str) -> None:
        self._run("void_followers", token_hash)
        self._run("use_refresh_token_anew", token_hash, now)

    def append_audit(self, entry: AuditEntry) -> None:
        self._run(
            "append_audit",
            entry.at,
            entry.event,
            entry.household,
            entry.user,
            entry.device,
            entry.address,
            entry.request,
            entry.said,
        )

    def _rows(self, statement: str, *values: object) -> list[Any]:
        return self._connection.execute(SQL[statement], values).fetchall()

    def _run(self, statement: str, *values: object) -> int:
        return self._connection.execute(SQL[statement], values).rowcount


class AccountsFile:
    """The file, opened once. One unit of work at a time; any thread may ask."""

    def __init__(self, path: Path) -> None:
        """Open it; it is made where there is none.

        Raises:
            StorageCorrupt: it is no database, or that of another program.
            Conflict: a newer release has written it.
        """
        self._turn = threading.Lock()
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with translated():
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=128
            )
            try:
                self._settle()
            except BaseException:
                self._connection.close()
                raise

    def look(self, work: Callable[[SqliteAccounts], T]) -> T:
        """Run ``work`` on one snapshot."""
        return self._within("begin_read", work)

    def change(self, work: Callable[[SqliteAccounts], T]) -> T:
        """Run ``work`` in one durable transaction."""
        return self._within("begin_write", work)

    def copy(self, target: Path) -> None:
        """Write a packed copy."""
        with self._turn, translated():
            os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            self._connection.execute(SQL["copy_into"], (str(target),))

    def close(self) -> None:
        """Release the file."""
        with self._turn:
            self._connection.close()

    def _within(self, begin: str, work: Callable[[SqliteAccounts], T]) -> T:
        with self._turn, translated():
            self._connection.execute(SQL[begin])
            try:
                result = work(SqliteAccounts(self._connection))
                self._connection.execute(SQL["commit"])
            except BaseException:
                self._connection.rollback()
                raise
            return result

    def _settle(self) -> None:
        execute = self._connection.execute
        for statement in ("set_wal", "set_synchronous", "set_foreign_keys"):
            execute(SQL[statement]).fetchone()
        migrations = sorted((_SQL_FOLDER / "migrations").glob("*.sql"))
        with self._written():
            (application,) = execute(SQL["application_id"]).fetchone()
            (schema,) = execute(SQL["user_version"]).fetchone()
            if application not in (0, APPLICATION):
                raise StorageCorrupt("the accounts file belongs to another program; it was not touched")
            if schema > len(migrations):
                raise newer_schema(schema, len(migrations))
            for migration in migrations[schema:]:
                for statement in _statements(migration.read_text("utf-8")):
                    execute(statement)
            if schema < len(migrations):
                # PRAGMA takes no parameters; both are numbers of ours.
                execute(f"PRAGMA application_id = {APPLICATION}")
                execute(f"PRAGMA user_version = {len(migrations)}")

    @contextmanager
    def _written(self) -> Iterator[None]:
        self._connection.execute(SQL["begin_write"])
        try:
            yield
            self._connection.execute(SQL["commit"])
        except BaseException:
            self._connection.rollback()
            raise


def _statements(text: str) -> Iterator[str]:
    said = ""
    for line in text.splitlines(keepends=True):
        said += line
        if sqlite3.complete_statement(said):
            yield said
            said = ""


def _member(row: tuple[Any, ...]) -> Member:
    user, name, role, since = row
    return Member(user, name, Role(role), since)


def _device(row: tuple[Any, ...]) -> Device:
    device, household, name, user, role, created_at, seen_at, revoked_at = row
    return Device(device, household, name, user, None if role is None else Role(role), created_at, seen_at, revoked_at)
