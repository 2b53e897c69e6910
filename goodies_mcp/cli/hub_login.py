"""``hub login`` and ``hub logout``: which hub this home belongs to."""

import asyncio
import os
from argparse import ArgumentParser, Namespace
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.output import Printer
from goodies_mcp.cli.parsing import settings_of
from goodies_mcp.cli.passwords import add_password_flag, password
from goodies_mcp.config import Settings
from goodies_mcp.errors import Conflict, GoodiesError, InvalidInput

if TYPE_CHECKING:
    from goodies_mcp.sync.credentials import Credentials, CredentialsFile


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=["login", "logout"], metavar="login|logout", help="What to do.")
    parser.add_argument("url", metavar="URL", nargs="?", help="Address of the hub (default: the setting hub_url).")
    add_password_flag(parser)
    parser.add_argument("--user", help="Name to log in with, where the hub knows several people.")
    parser.add_argument("--household", help="Household to belong to, where the user has several.")
    parser.add_argument("--ca-file", metavar="FILE", help="Certificate that vouches for the hub, in PEM form.")
    parser.add_argument("--allow-http", action="store_true", help="Allow plain HTTP to another machine.")
    parser.add_argument(
        "--forget", action="store_true", help="With logout: belong to no household; all that is in the home stays."
    )


def _hub(arguments: Namespace) -> int:
    settings = settings_of(arguments)
    return _login(arguments, settings) if arguments.action == "login" else _logout(arguments, settings)


def _login(arguments: Namespace, settings: Settings) -> int:
    from goodies_mcp.app import prepare_folder  # start-up
    from goodies_mcp.sync.addresses import hub_url
    from goodies_mcp.sync.credentials import CredentialsFile

    given = arguments.url or settings.hub_url
    if given is None:
        raise InvalidInput("no address was given", argument="url", hint="goodies-mcp hub login https://hub.example")
    address = hub_url(given, allow_http=arguments.allow_http)
    prepare_folder(settings, create=True)
    file = CredentialsFile(Path(settings.data_dir))
    secret = password(arguments, f"Password for {address}", again=False)
    found = asyncio.run(_ask(arguments, settings, address, secret, _device_id(file)))
    _check_household(settings, found)
    file.save(found)
    said = {"hub": found.url, "device_id": found.device_id, "household": found.household, "role": found.role}
    Printer(as_json=arguments.json).result(said, f"Logged in to {found.url}; `goodies-mcp sync` syncs now.")
    return 0


async def _ask(arguments: Namespace, settings: Settings, address: str, secret: str, device_id: str) -> "Credentials":
    from goodies_mcp.clock import SystemClock
    from goodies_mcp.sync.http_transport import Wish, login

    ca_file = None if arguments.ca_file is None else os.path.abspath(arguments.ca_file)  # noqa: ASYNC240, PTH100
    wish = Wish(secret, device_id, settings.device, user=arguments.user, household=arguments.household)
    return await login(address, wish, clock=SystemClock(), ca_file=ca_file, allow_http=arguments.allow_http)


def _device_id(file: "CredentialsFile") -> str:
    """That of the login before, so that the hub knows the device again; else a new one."""
    from goodies_mcp.clock import RandomIds

    try:
        known = file.load()
    except GoodiesError:  # a login that cannot be read is replaced
        known = None
    return known.device_id if known is not None else RandomIds().new_id()


def _check_household(settings: Settings, found: "Credentials") -> None:
    """Two homes must not run together because somebody took the wrong address."""
    from goodies_mcp.app import finished, inline_home
    from goodies_mcp.sync import kept

    if found.household is None or not os.path.exists(settings.database):  # noqa: PTH110
        return
    with inline_home(settings, read_only=True) as home:
        known = finished(home.store.read(kept.household))
    if known is not None and known != found.household:
        raise Conflict(
            f"this home belongs to household {known}, and the hub's is {found.household}",
            argument="url",
            hint="`goodies-mcp hub logout --forget` lets this home join another; everything in it goes along",
        )


def _logout(arguments: Namespace, settings: Settings) -> int:
    from goodies_mcp.app import finished, inline_home  # start-up
    from goodies_mcp.sync import kept
    from goodies_mcp.sync.credentials import CredentialsFile
    from goodies_mcp.sync.http_transport import logout

    file = CredentialsFile(Path(settings.data_dir))
    with suppress(GoodiesError):  # what cannot be read is removed all the same
        known = file.load()
        if known is not None:
            asyncio.run(logout(known))
    was = file.remove()
    if arguments.forget and os.path.exists(settings.database):  # noqa: PTH110
        with inline_home(settings) as home:
            finished(home.store.write(kept.forget))
    text = "Logged out; what was not sent yet waits for the next login." if was else "Nobody was logged in."
    Printer(as_json=arguments.json).result({"logged_out": was, "forgotten": arguments.forget}, text)
    return 0


COMMANDS = {"hub": Command(_arguments, _hub)}
