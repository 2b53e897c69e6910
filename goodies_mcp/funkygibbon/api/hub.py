"""What the routes work with, put together once and handed to each request."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from starlette.requests import HTTPConnection

from goodies_mcp.core.protocols import Clock, IdSource
from goodies_mcp.funkygibbon.auth.audit import Audit
from goodies_mcp.funkygibbon.auth.sessions import Sessions
from goodies_mcp.funkygibbon.core.accounts import Principal
from goodies_mcp.funkygibbon.core.counts import Counts
from goodies_mcp.funkygibbon.storage.interface import HubStore
from goodies_mcp.funkygibbon.sync.server import InbetweeniesServer


@dataclass(frozen=True, slots=True)
class Hub:
    """The hub's parts, and the few settings that requests are held to."""

    store: HubStore
    sessions: Sessions
    audit: Audit
    sync: InbetweeniesServer
    clock: Clock
    ids: IdSource
    counts: Counts
    version: str
    max_content: int
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()


@dataclass(slots=True)
class Line:
    """What the one log line of a request tells; routes add counts, and never content."""

    request: str
    address: str
    principal: Principal | None = None
    outcome: str = "ok"
    counts: dict[str, int] = field(default_factory=dict)


def hub_of(request: HTTPConnection) -> Hub:
    """The hub that a request is for."""
    hub: Hub = request.app.state.hub
    return hub


def line_of(request: HTTPConnection) -> Line:
    """The request's line in the log."""
    line: Line = request.state.line
    return line


def principal_of(request: HTTPConnection) -> Principal:
    """Who makes the request; the guard has let them in."""
    principal: Principal = request.state.principal
    return principal
