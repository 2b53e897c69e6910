"""``status``, ``audit`` and ``config``: what there is, what happened, what is set."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.hub.asking import household_of, hub_does, look, settings_of
from goodies_mcp.cli.output import Printer, columns
from goodies_mcp.cli.settings import shown
from goodies_mcp.errors import InvalidInput

if TYPE_CHECKING:
    from goodies_mcp.app import OpenHub
    from goodies_mcp.funkygibbon.core.accounts import AuditEntry
    from goodies_mcp.funkygibbon.storage.interface import AccountsView


def _nothing(_: ArgumentParser) -> None:
    """No arguments of its own."""


def _status(arguments: Namespace) -> int:
    settings = settings_of(arguments)

    async def looked(hub: "OpenHub") -> list[dict[str, object]]:
        homes: list[dict[str, object]] = []
        for household in await hub.store.look(lambda accounts: accounts.households()):
            home = await hub.store.home(household.id)
            now = await home.read(lambda view: view.status())
            devices = await hub.store.look(lambda accounts, household=household: accounts.devices(household.id))  # type: ignore[misc]
            homes.append(
                {
                    "id": household.id,
                    "name": household.name,
                    "epoch": home.epoch,
                    "digest": now.digest,
                    "seq": now.feed,
                    **now.counts,
                    "open_conflicts": now.open_conflicts,
                    "devices": sum(device.revoked_at is None for device in devices),
                }
            )
        return homes

    homes = hub_does(settings, looked)
    lines = [f"A hub in {settings.data_dir}"]
    lines += [
        f"{each['name']}: {each['entities']} things, {each['relationships']} relationships, "
        f"{each['versions']} versions, {each['open_conflicts']} open conflicts, {each['devices']} devices"
        for each in homes
    ]
    Printer(as_json=arguments.json).result({"data_dir": settings.data_dir, "households": homes}, "\n".join(lines))
    return 0


def _audit_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--household", metavar="NAME", help="Entries of one household (default: all there are).")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="How many entries (default 50).")


def _audit(arguments: Namespace) -> int:
    if arguments.limit < 1:
        raise InvalidInput("--limit must be at least 1", argument="limit", hint="left out, it is 50")

    def entries(accounts: "AccountsView") -> "list[AuditEntry]":
        household = household_of(accounts, arguments.household).id if arguments.household else None
        return accounts.audit(household, before=None, limit=arguments.limit)

    found = look(settings_of(arguments), entries)
    said = [{name: getattr(entry, name) for name in entry.__slots__} for entry in found]
    rows = [(entry.at[:19], entry.event, entry.address or "-", entry.said) for entry in found]
    Printer(as_json=arguments.json).result({"entries": said}, columns(rows))
    return 0


def _config_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "action", choices=["show"], nargs="?", default="show", metavar="show", help="The only thing to do, so far."
    )


def _config(arguments: Namespace) -> int:
    rows = settings_of(arguments).described()
    text = columns([(str(row["key"]), shown(row["value"]), str(row["origin"])) for row in rows])
    Printer(as_json=arguments.json).result({"settings": rows}, text)
    return 0


COMMANDS = {
    "status": Command(_nothing, _status),
    "audit": Command(_audit_arguments, _audit),
    "config": Command(_config_arguments, _config),
}
