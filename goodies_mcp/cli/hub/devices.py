"""``device``: what syncs with the hub, and what acts for nobody in particular."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.hub.asking import change, household_of, hub_does, look, settings_of
from goodies_mcp.cli.output import Printer, columns
from goodies_mcp.errors import Conflict, InvalidInput, NotFound

if TYPE_CHECKING:
    from goodies_mcp.app import OpenHub
    from goodies_mcp.funkygibbon.core.accounts import Device
    from goodies_mcp.funkygibbon.storage.interface import Accounts, AccountsView


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=["list", "add", "revoke"], metavar="list|add|revoke", help="What to do.")
    parser.add_argument("id", metavar="ID", nargs="?", help="The device's id, as it names itself.")
    parser.add_argument("--name", help="What people call the new one (default: its id).")
    parser.add_argument("--role", choices=["device", "service"], default="device", help="What the new one may do.")
    parser.add_argument("--household", metavar="NAME", help="The household, where there are several.")


def _device(arguments: Namespace) -> int:
    if arguments.action == "list":
        return _list(arguments)
    if not arguments.id:
        raise InvalidInput(
            f"which device is it to {arguments.action}?", argument="id", hint="funkygibbon device --help"
        )
    return {"add": _add, "revoke": _revoke}[arguments.action](arguments)


def _list(arguments: Namespace) -> int:
    def listed(accounts: "AccountsView") -> "list[tuple[str, str, Device]]":
        chosen = [household_of(accounts, arguments.household)] if arguments.household else accounts.households()
        found = []
        for home in chosen:
            people = {member.user: member.name for member in accounts.members(home.id)}
            for device in accounts.devices(home.id):
                # Machines often have one name: whose it is tells them apart.
                of = people.get(device.user, "") if device.user else device.role.value if device.role else ""
                found.append((home.name, of or "-", device))
        return found

    found = look(settings_of(arguments), listed)
    said = [
        {
            "id": device.id,
            "name": device.name,
            "household": home,
            "user": device.user,
            "role": device.role.value if device.role else None,
            "seen_at": device.seen_at,
            "revoked_at": device.revoked_at,
        }
        for home, _, device in found
    ]
    rows = [
        (device.name, device.id, of, home, "revoked" if device.revoked_at else (device.seen_at or "never")[:16])
        for home, of, device in found
    ]
    Printer(as_json=arguments.json).result({"devices": said}, columns(rows))
    return 0


def _add(arguments: Namespace) -> int:
    from goodies_mcp.funkygibbon.core.accounts import Device, DeviceId, Role  # start-up

    device_id = DeviceId(arguments.id)

    async def add(hub: "OpenHub") -> tuple[str, str]:
        def new(accounts: "AccountsView") -> "tuple[str, Device]":
            household = household_of(accounts, arguments.household)
            known = accounts.device(household.id, device_id)
            if known is not None and known.revoked_at is None:
                raise Conflict(f"there is a device {arguments.id} already", hint="revoke it first")
            role, now = Role(arguments.role), hub.clock.now()
            return household.name, Device(device_id, household.id, arguments.name or arguments.id, None, role, now)

        home, device = await hub.store.look(new)
        return home, await hub.sessions.register(device)

    home, token = hub_does(settings_of(arguments), add)
    said = {"id": arguments.id, "role": arguments.role, "household": home, "refresh_token": token}
    text = f"{arguments.id} may come in to {home} as {arguments.role}. Its refresh token, told this once:\n{token}"
    Printer(as_json=arguments.json).result(said, text)
    return 0


def _revoke(arguments: Namespace) -> int:
    from goodies_mcp.clock import SystemClock  # start-up
    from goodies_mcp.funkygibbon.core.accounts import DeviceId

    now = SystemClock().now()

    def revoke(accounts: "Accounts") -> str:
        household = household_of(accounts, arguments.household)
        if not accounts.revoke_device(household.id, DeviceId(arguments.id), now):
            raise NotFound(
                f"no device {arguments.id!r} is let in to {household.name}",
                argument="id",
                hint="`funkygibbon device list` shows them",
            )
        return household.name

    home = change(settings_of(arguments), revoke)
    said = {"id": arguments.id, "household": home}
    Printer(as_json=arguments.json).result(said, f"{arguments.id} is shut out of {home}")
    return 0


COMMANDS = {"device": Command(_arguments, _device)}
