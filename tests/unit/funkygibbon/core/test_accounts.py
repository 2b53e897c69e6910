"""What each role may do, spelled out: the table of scopes is pinned, so that a slip shows."""

import pytest

from goodies_mcp.funkygibbon.core.accounts import (
    MACHINES,
    PEOPLE,
    SCOPES,
    HouseholdId,
    Principal,
    Role,
    Scope,
    SessionId,
)


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.OWNER, {"home:read", "home:write", "home:private", "admin"}),
        (Role.MEMBER, {"home:read", "home:write", "home:private"}),
        (Role.GUEST, {"home:read"}),
        (Role.DEVICE, {"home:read", "home:write", "home:private"}),
        (Role.SERVICE, {"home:read", "home:write"}),
    ],
)
def test_a_role_may_do_this_and_nothing_else(role, may):
    who = Principal(HouseholdId("h"), SessionId("s"), role, None, "x", None, "2026-01-01")
    assert {scope.value for scope in who.scopes} == may
    assert {scope.value for scope in Scope if who.may(scope)} == may


def test_every_role_is_a_persons_or_a_machines():
    assert {*PEOPLE, *MACHINES} == set(Role) == set(SCOPES)
    assert not set(PEOPLE) & set(MACHINES)
