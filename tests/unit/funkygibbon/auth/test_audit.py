"""The audit log only grows, belongs to its household, and holds nothing up."""

import sqlite3

import pytest

from goodies_mcp.errors import GoodiesError
from goodies_mcp.funkygibbon.auth.audit import Origin
from goodies_mcp.funkygibbon.core.accounts import Role
from tests.support.hub import hub_in

HERE = Origin("192.0.2.1", "request-1")


@pytest.fixture
async def hub(tmp_path):
    async with hub_in(tmp_path) as inside:
        yield inside


async def test_entries_are_told_in_order_with_where_they_came_from(hub):
    await hub.audit.note("first", HERE)
    await hub.audit.note("second", HERE, said="x" * 1000 + "\ud800")
    first, second = await hub.audited()
    assert (first.event, first.address, first.request) == ("first", "192.0.2.1", "request-1")
    assert len(second.said) <= 300


@pytest.mark.parametrize(
    "statement", ["DELETE FROM audit", "UPDATE audit SET said = ''", "DELETE FROM audit WHERE seq = 1"]
)
async def test_what_is_written_is_neither_changed_nor_removed(hub, statement):
    await hub.audit.note("login", HERE)
    with sqlite3.connect(hub.folder / "hub.db") as other, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        other.execute(statement)
    assert len(await hub.audited()) == 1


async def test_a_household_sees_its_own_entries_page_by_page(hub):
    tokens = [await hub.token(Role.OWNER, await hub.household(name), name) for name in ("north", "south")]
    for token in tokens:
        said = (await hub.ask("GET", "/api/v1/audit?limit=1", token)).json()["entries"]
        assert [each["event"] for each in said] == ["login"]
        rest = (await hub.ask("GET", f"/api/v1/audit?before={said[0]['seq']}", token)).json()["entries"]
        assert rest == []


async def test_a_refused_login_is_shown_to_the_households_of_whom_it_was_about(hub):
    here, there = await hub.household("north"), await hub.household("south")
    owner = await hub.token(Role.OWNER, here, "ann")
    stranger = await hub.token(Role.OWNER, there, "eve")
    await hub.http.post("/api/v1/auth/login", json={"user": "ann", "password": "a guess of eve"})
    seen = [
        [each["event"] for each in (await hub.ask("GET", "/api/v1/audit", token)).json()["entries"]]
        for token in (owner, stranger)
    ]
    assert seen == [["login_refused", "login"], ["login"]]


async def test_a_log_that_cannot_be_written_is_told_to_the_operator(hub, caplog):
    await hub.store.close()
    await hub.audit.note("login", HERE)
    assert "could not be written" in caplog.text
    with pytest.raises(GoodiesError):
        await hub.audited()
