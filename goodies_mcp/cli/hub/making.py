"""``init`` and ``key``: the secrets of a hub and its first user. Nothing has a default."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.hub.asking import change, settings_of
from goodies_mcp.cli.output import Printer
from goodies_mcp.cli.passwords import add_password_flag, password


def _init_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--user", metavar="NAME", default="owner", help="Name of the first user (default: owner).")
    parser.add_argument("--household", metavar="NAME", default="Home", help="Name of the household (default: Home).")
    add_password_flag(parser)


def _init(arguments: Namespace) -> int:
    from goodies_mcp.app import prepare_hub_folder  # start-up: a wrong flag needs none of it
    from goodies_mcp.clock import RandomIds, SystemClock
    from goodies_mcp.funkygibbon.auth.keys import KEYS, make_keys
    from goodies_mcp.funkygibbon.auth.passwords import hashed
    from goodies_mcp.funkygibbon.auth.people import found
    from goodies_mcp.funkygibbon.core.accounts import Household, HouseholdId, UserId

    settings = settings_of(arguments)
    prepare_hub_folder(settings, create=True)
    folder = Path(settings.data_dir)
    hashed_password = hashed(password(arguments, f"Password of {arguments.user}"))
    clock, ids = SystemClock(), RandomIds()
    if not (folder / KEYS).exists():
        make_keys(folder, clock, ids)
    household = Household(HouseholdId(ids.new_id()), arguments.household, clock.now())
    user = UserId(ids.new_id())
    change(settings, lambda accounts: found(accounts, household, user, arguments.user, hashed_password, clock.now()))
    Printer(as_json=arguments.json).result(
        {"data_dir": str(folder), "user": arguments.user, "household": {"id": household.id, "name": household.name}},
        f"Made a hub in {folder}, with {arguments.user} as the owner of {household.name}\n"
        "Next: `funkygibbon serve`, then on each device `goodies-mcp hub login URL`.",
    )
    return 0


def _key_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=["rotate"], metavar="rotate", help="The only thing to do with a key.")


def _key(arguments: Namespace) -> int:
    from goodies_mcp.app import prepare_hub_folder  # start-up
    from goodies_mcp.clock import RandomIds, SystemClock
    from goodies_mcp.funkygibbon.auth.keys import rotate_keys

    settings = settings_of(arguments)
    prepare_hub_folder(settings, create=False)
    ring = rotate_keys(Path(settings.data_dir), SystemClock(), RandomIds())
    said = {"kid": ring.keys[0].kid, "kept": [key.kid for key in ring.keys[1:]]}
    Printer(as_json=arguments.json).result(
        said, f"Tokens are signed with the new key {ring.keys[0].kid} once `funkygibbon serve` is started again."
    )
    return 0


COMMANDS = {"init": Command(_init_arguments, _init), "key": Command(_key_arguments, _key)}
