"""The file of accounts: made for its owner alone, never mistaken for another's, its statements all named and used."""

import re
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from goodies_mcp.errors import Conflict, StorageCorrupt
from goodies_mcp.funkygibbon.core.accounts import Household, HouseholdId
from goodies_mcp.funkygibbon.storage import sqlite_accounts
from goodies_mcp.funkygibbon.storage.sqlite_accounts import APPLICATION, SQL, AccountsFile

SOURCE = Path(sqlite_accounts.__file__)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "hub.db"


def test_a_new_file_is_for_its_owner_alone_and_knows_its_schema(path):
    AccountsFile(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with sqlite3.connect(path) as look:
        assert look.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
        assert look.execute("PRAGMA user_version").fetchone() == (2,)
        assert look.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_file_of_the_first_release_opens_and_only_tokens_of_unknown_followers_are_gone(path):
    with sqlite3.connect(path) as old:
        old.executescript((SOURCE.parent / "sql" / "sqlite" / "migrations" / "0001_accounts.sql").read_text("utf-8"))
        old.executescript(
            f"""
            PRAGMA application_id = {APPLICATION};
            PRAGMA user_version = 1;
            INSERT INTO households (id, name, created_at) VALUES ('home', 'Home', '2026');
            INSERT INTO sessions (id, household, created_at, expires_at) VALUES ('s', 'home', '2026', '2027');
            INSERT INTO refresh_tokens VALUES ('used', 's', '2027', '2026'), ('kept', 's', '2027', NULL);
            """
        )
    file = AccountsFile(path)
    found = file.look(lambda accounts: {name: accounts.refresh_token(name) for name in ("used", "kept")})
    file.close()
    assert found["used"] is None
    token, session = found["kept"]
    assert (token.hash, token.given_for, token.void, session.id) == ("kept", None, False, "s")


def test_a_file_of_another_program_is_refused_and_not_touched(path):
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA application_id = 7")
        other.execute("CREATE TABLE households (x)")
    with pytest.raises(StorageCorrupt, match="another program"):
        AccountsFile(path)
    with sqlite3.connect(path) as look:
        assert [row[0] for row in look.execute("SELECT name FROM sqlite_master")] == ["households"]


def test_what_is_no_database_is_refused_and_not_touched(path):
    path.write_bytes(b"dear diary" * 1000)
    with pytest.raises(StorageCorrupt):
        AccountsFile(path)
    assert path.read_bytes() == b"dear diary" * 1000


def test_a_file_of_a_newer_release_is_refused(path):
    AccountsFile(path).close()
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version = 99")
    with pytest.raises(Conflict, match="schema 99"):
        AccountsFile(path)


def test_every_statement_is_used_and_none_stands_elsewhere():
    text = "".join(file.read_text("utf-8") for file in SOURCE.parent.glob("*.py"))
    unused = [name for name in SQL if f'"{name}"' not in text]
    assert unused == []
    # Two pragmas take no parameters.
    assert re.findall(r'"(?:SELECT|INSERT|UPDATE|DELETE|CREATE)\b', text) == []


def test_several_threads_may_ask_at_once(path):
    accounts = AccountsFile(path)

    def add(n):
        household = Household(HouseholdId(str(n)), str(n), "now")
        accounts.change(lambda transaction: transaction.add_household(household))

    crew = [threading.Thread(target=add, args=(n,)) for n in range(16)]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    assert len(accounts.look(lambda view: view.households())) == 16
    accounts.close()


def test_two_processes_worth_of_connections_see_each_others_changes(path):
    one, two = AccountsFile(path), AccountsFile(path)
    one.change(lambda accounts: accounts.add_household(Household(HouseholdId("h"), "Home", "now")))
    assert [each.name for each in two.look(lambda accounts: accounts.households())] == ["Home"]
    one.close()
    two.close()


def test_a_copy_is_whole_and_private(path, tmp_path):
    accounts = AccountsFile(path)
    accounts.change(lambda transaction: transaction.add_household(Household(HouseholdId("h"), "Home", "now")))
    accounts.copy(tmp_path / "copy.db")
    accounts.close()
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    copy = AccountsFile(tmp_path / "copy.db")
    assert [each.name for each in copy.look(lambda view: view.households())] == ["Home"]
    copy.close()
