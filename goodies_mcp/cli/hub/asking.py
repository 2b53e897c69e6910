"""What the hub's commands share: a password from a person or a pipe, one transaction over the accounts."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from goodies_mcp.cli.parsing import settings_as
from goodies_mcp.config import HubSettings
from goodies_mcp.errors import Ambiguous, InvalidInput, NotFound

if TYPE_CHECKING:
    from goodies_mcp.app import OpenHub
    from goodies_mcp.funkygibbon.core.accounts import Household
    from goodies_mcp.funkygibbon.storage.interface import Accounts, AccountsView

T = TypeVar("T")


def settings_of(arguments: Namespace) -> HubSettings:
    """The hub's settings."""
    return settings_as(HubSettings, arguments)


def add_password_flag(parser: ArgumentParser) -> None:
    """Add ``--password-stdin``."""
    parser.add_argument(
        "--password-stdin", action="store_true", help="Read the password from stdin, to its first line's end."
    )


def password(arguments: Namespace, question: str) -> str:
    """The password, from stdin or typed twice.

    Raises:
        InvalidInput: nobody is there to type it, or it was typed in two ways.
    """
    if arguments.password_stdin:
        given = sys.stdin.readline() if sys.stdin is not None else ""
        if not given.rstrip("\r\n"):
            raise InvalidInput("no password came on stdin", argument="password")
        return given.rstrip("\r\n")
    if sys.stdin is None or not sys.stdin.isatty():
        raise InvalidInput(
            "there is nobody to type a password", argument="password", hint="--password-stdin reads it from stdin"
        )
    from getpass import getpass  # start-up: pipes need none

    first = getpass(f"{question}: ")
    if getpass("Again: ") != first:
        raise InvalidInput("the two passwords are not the same", argument="password")
    return first


def hub_does(settings: HubSettings, work: "Callable[[OpenHub], Awaitable[T]]") -> T:
    """Run something on the hub, opened for it alone; a hub that serves the same folder need not be stopped."""
    from goodies_mcp.app import open_hub  # start-up: a wrong flag needs no hub

    async def within() -> T:
        async with open_hub(settings) as hub:
            return await work(hub)

    return asyncio.run(within())


def change(settings: HubSettings, work: "Callable[[Accounts], T]") -> T:
    """One transaction over the accounts."""
    return hub_does(settings, lambda hub: hub.store.change(work))


def look(settings: HubSettings, work: "Callable[[AccountsView], T]") -> T:
    """One snapshot of the accounts."""
    return hub_does(settings, lambda hub: hub.store.look(work))


def household_of(accounts: "AccountsView", wanted: str | None) -> "Household":
    """The household of this name or id; the only one when none is named.

    Raises:
        NotFound: there is none of this name.
        Ambiguous: there are several.
    """
    every = accounts.households()
    found = [each for each in every if wanted is None or wanted in (each.id, each.name)]
    if not found:
        raise NotFound(f"there is no household {wanted!r}", hint="`funkygibbon household list` shows them")
    if len(found) > 1:
        raise Ambiguous(
            "there are several households: say which one with --household",
            candidates=[{"id": each.id, "type": "household", "name": each.name} for each in found],
            argument="household",
        )
    return found[0]
