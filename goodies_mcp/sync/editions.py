"""Which session speaks which edition of the protocol. All have the same actions and outcomes; a hub's edition is found
out once and remembered with its address.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from goodies_mcp.inbetweenies.asking import Identity
from goodies_mcp.inbetweenies.client_session import ClientSession, Observer
from goodies_mcp.inbetweenies.messages import V2, V3
from goodies_mcp.inbetweenies.v2_client_session import V2ClientSession
from goodies_mcp.inbetweenies.verdicts import Policy
from goodies_mcp.sync.client import Session


@dataclass(frozen=True, slots=True)
class Begun:
    """What a session of any edition is made from; see ``ClientSession``."""

    identity: Identity
    name: str
    chance: Callable[[], float]
    policy: Policy
    observe: Observer
    repair: bool


MakeSession: TypeAlias = Callable[[Begun], Session]


def v3_session(begun: Begun) -> Session:
    """A session as this program and its hub speak among themselves."""
    return ClientSession(
        begun.identity,
        begun.name,
        chance=begun.chance,
        policy=begun.policy,
        observe=begun.observe,
        repair=begun.repair,
    )


def v2_session(begun: Begun) -> Session:
    """A session as fielded hubs speak."""
    return V2ClientSession(
        begun.identity, chance=begun.chance, policy=begun.policy, observe=begun.observe, repair=begun.repair
    )


EDITIONS: Mapping[str, MakeSession] = MappingProxyType({V2: v2_session, V3: v3_session})
"""How a session is made, by edition."""
