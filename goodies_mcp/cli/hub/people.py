"""``user`` and ``household``: who belongs to the hub. All of it works beside a hub that is serving."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.hub.asking import change, household_of, look, settings_of
from goodies_mcp.cli.output import Printer, columns
from goodies_mcp.cli.passwords import add_password_flag, password
from goodies_mcp.errors import Conflict, InvalidInput, NotFound

if TYPE_CHECKING:
    from goodies_mcp.funkygibbon.core.accounts import Member, User
    from goodies_mcp.funkygibbon.storage.interface import Accounts, AccountsView


def _user_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "action", choices=["list", "add", "password", "revoke"], metavar="list|add|password|revoke", help="What to do."
    )
    parser.add_argument("name", metavar="NAME", nargs="?", help="The person's name.")
    parser.add_argument("--role", choices=["owner", "member", "guest"], default="member", help="What they may do.")
    parser.add_argument("--household", metavar="NAME", help="The household, where there are several.")
    add_password_flag(parser)


def _user(arguments: Namespace) -> int:
    if arguments.action == "list":
        return _list_users(arguments)
    if not arguments.name:
        raise InvalidInput(f"who is it to {arguments.action}?", argument="name", hint="funkygibbon user --help")
    return {"add": _add_user, "password": _set_password, "revoke": _revoke_user}[arguments.action](arguments)


def _list_users(arguments: Namespace) -> int:
    def listed(accounts: "AccountsView") -> "list[tuple[str, Member]]":
        chosen = [household_of(accounts, arguments.household)] if arguments.household else accounts.households()
        return [(each.name, member) for each in chosen for member in accounts.members(each.id)]

    found = look(settings_of(arguments), listed)
    said = [
        {"id": member.user, "name": member.name, "role": member.role.value, "household": home, "since": member.since}
        for home, member in found
    ]
    text = columns([(member.name, member.role.value, home, member.since[:10]) for home, member in found])
    Printer(as_json=arguments.json).result({"users": said}, text)
    return 0


def _add_user(arguments: Namespace) -> int:
    from goodies_mcp.clock import RandomIds, SystemClock  # start-up
    from goodies_mcp.funkygibbon.auth.passwords import hashed
    from goodies_mcp.funkygibbon.auth.people import add_member
    from goodies_mcp.funkygibbon.core.accounts import Role, UserId

    settings, role = settings_of(arguments), Role(arguments.role)

    def known(accounts: "AccountsView") -> "User | None":
        household_of(accounts, arguments.household)
        return accounts.user_named(arguments.name)

    user = look(settings, known)
    # Somebody whom the hub knows keeps the password, and joins another household.
    secret = "" if user else hashed(password(arguments, f"Password of {arguments.name}"))
    new_id, now = UserId(RandomIds().new_id()), SystemClock().now()

    def add(accounts: "Accounts") -> str:
        household = household_of(accounts, arguments.household)
        if user is None:
            add_member(accounts, household.id, new_id, arguments.name, role, secret, now)
        else:
            accounts.put_member(household.id, user.id, role, now)
        return household.name

    home = change(settings, add)
    said = {"id": user.id if user else new_id, "name": arguments.name, "role": role.value, "household": home}
    Printer(as_json=arguments.json).result(said, f"{arguments.name} is {role.value} of {home}")
    return 0


def _set_password(arguments: Namespace) -> int:
    from goodies_mcp.clock import SystemClock  # start-up
    from goodies_mcp.funkygibbon.auth.passwords import hashed

    settings = settings_of(arguments)
    user = look(settings, lambda accounts: _user_named(accounts, arguments.name))
    secret, now = hashed(password(arguments, f"New password of {user.name}")), SystemClock().now()

    def put(accounts: "Accounts") -> None:
        accounts.set_password(user.id, secret)
        accounts.end_sessions_of_user(user.id, now)

    change(settings, put)
    Printer(as_json=arguments.json).result(
        {"name": user.name}, f"{user.name} has a new password; every login made with the old one is over"
    )
    return 0


def _revoke_user(arguments: Namespace) -> int:
    from goodies_mcp.clock import SystemClock  # start-up

    now = SystemClock().now()

    def drop(accounts: "Accounts") -> tuple[str, str]:
        user = _user_named(accounts, arguments.name)
        household = household_of(accounts, arguments.household)
        if not accounts.drop_member(household.id, user.id, now):
            raise NotFound(f"{user.name} does not belong to {household.name}", argument="name")
        return user.name, household.name

    name, home = change(settings_of(arguments), drop)
    Printer(as_json=arguments.json).result({"name": name, "household": home}, f"{name} has left {home}")
    return 0


def _user_named(accounts: "AccountsView", name: str) -> "User":
    user = accounts.user_named(name)
    if user is None:
        raise NotFound(f"there is no user {name!r}", argument="name", hint="`funkygibbon user list` shows them")
    return user


def _household_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=["list", "add"], metavar="list|add", help="What to do.")
    parser.add_argument("name", metavar="NAME", nargs="?", help="The new household's name.")
    parser.add_argument("--owner", metavar="USER", help="Who owns the new one (default: whom `init` made).")


def _household(arguments: Namespace) -> int:
    settings, printer = settings_of(arguments), Printer(as_json=arguments.json)
    if arguments.action == "list":
        found = look(settings, lambda accounts: accounts.households())
        said = [{"id": each.id, "name": each.name, "since": each.created_at} for each in found]
        text = columns([(each.name, each.id, each.created_at[:10]) for each in found])
        printer.result({"households": said}, text)
        return 0
    if not arguments.name:
        raise InvalidInput("the new household needs a name", argument="name", hint="funkygibbon household --help")
    from goodies_mcp.clock import RandomIds, SystemClock  # start-up
    from goodies_mcp.funkygibbon.core.accounts import Household, HouseholdId, Role

    household = Household(HouseholdId(RandomIds().new_id()), arguments.name, SystemClock().now())

    def add(accounts: "Accounts") -> str:
        owner = _user_named(accounts, arguments.owner) if arguments.owner else accounts.first_user()
        if owner is None:
            raise NotFound("this hub has no user yet", hint="`funkygibbon init` makes the first")
        if any(each.name == household.name for each in accounts.households()):
            hint = "choose another name: people log in to a household by its name"
            raise Conflict(f"there is a household {household.name} already", argument="name", hint=hint)
        accounts.add_household(household)
        accounts.put_member(household.id, owner.id, Role.OWNER, household.created_at)
        return owner.name

    owner = change(settings, add)
    printer.result(
        {"id": household.id, "name": household.name, "owner": owner}, f"{owner} owns the new household {household.name}"
    )
    return 0


COMMANDS = {"user": Command(_user_arguments, _user), "household": Command(_household_arguments, _household)}
