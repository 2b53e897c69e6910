"""How people come to a hub and to a household: rules over the accounts, inside the caller's transaction."""

from goodies_mcp.errors import Conflict
from goodies_mcp.funkygibbon.core.accounts import Household, HouseholdId, Member, Role, User, UserId
from goodies_mcp.funkygibbon.storage.interface import Accounts


def add_member(
    accounts: Accounts,
    household: HouseholdId,
    user_id: UserId,
    name: str,
    role: Role,
    password_hash: str,
    now: str,
) -> Member:
    """A new user in a household. Raises Conflict when somebody on this hub has the name."""
    accounts.add_user(User(user_id, name, password_hash, now))
    accounts.put_member(household, user_id, role, now)
    return Member(user_id, name, role, now)


def found(accounts: Accounts, household: Household, user_id: UserId, name: str, password_hash: str, now: str) -> None:
    """The first user with the first household. Raises Conflict when there is a user already."""
    first = accounts.first_user()
    if first is not None:
        raise Conflict(
            f"this hub belongs to {first.name} already; nothing was changed",
            hint="`funkygibbon user add` lets others in",
        )
    accounts.add_household(household)
    add_member(accounts, household.id, user_id, name, Role.OWNER, password_hash, now)
