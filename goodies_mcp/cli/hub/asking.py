"""What the hub's commands share: its settings, one transaction over the accounts."""

import asyncio
from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from goodies_mcp.cli.parsing import settings_as
from goodies_mcp.config import HubSettings
from goodies_mcp.errors import Ambiguous, NotFound

if TYPE_CHECKING:
    from goodies_mcp.app import OpenHub
    from goodies_mcp.funkygibbon.core.accounts import Household
    from goodies_mcp.funkygibbon.storage.interface import Accounts, AccountsView

T = TypeVar("T")


def settings_of(arguments: Namespace) -> HubSettings:
    """The hub's settings."""
    return settings_as(HubSettings, arguments)


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
