"""What is noted of every request, around all handlers: one line in the log for each call, and numbers where somebody
collects them. Never content: a line has names of tools, prompts and kinds, milliseconds, an outcome and the client.
"""

import logging
from asyncio import CancelledError
from collections.abc import Mapping
from time import perf_counter
from typing import Any, NamedTuple

from mcp.server.connection import Connection
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS
from pydantic import ValidationError

from goodies_mcp.core.protocols import Metrics
from goodies_mcp.errors import GoodiesError, NotFound
from goodies_mcp.mcpserver.addresses import address_of
from goodies_mcp.mcpserver.plain_messages import HOME_MAP
from goodies_mcp.mcpserver.prompts import prompts_beside
from goodies_mcp.mcpserver.registry import Registry
from goodies_mcp.mcpserver.telling import Telling
from goodies_mcp.mcpserver.tool_calls import client_name

logger = logging.getLogger(__name__)

OTHER = "other"
"""What stands for every name that somebody made up: it must neither write the log nor become a series."""

_CALLS = {
    "tools/call": "tool",
    "prompts/get": "prompt",
    "resources/read": "resource",
    "completion/complete": "completion",
}
"""What has a line, and what the line begins with."""

_LINES = {sort: f"{sort}=%({sort})s ms=%(ms).1f outcome=%(outcome)s client=%(client)s" for sort in _CALLS.values()}
_NAMED = {"tool": "gen_ai.tool.name", "prompt": "gen_ai.prompt.name"}
_REFERENCES = {"ref/prompt": "prompt", "ref/resource": "resource"}

_Context = ServerRequestContext[Any, Any]


class Observing:
    """The SDK's middleware that notes. ``telling`` passes what is logged meanwhile on to the host that wants it."""

    def __init__(self, server: Server[Any], registry: Registry, telling: Telling, metrics: Metrics | None) -> None:
        self._server = server
        self._registry = registry
        self._prompts = prompts_beside(registry)
        self._telling = telling
        self._metrics = metrics

    async def __call__(self, ctx: _Context, call_next: CallNext) -> HandlerResult:
        """Let the request be answered, and note how that went."""
        sort = _CALLS.get(ctx.method)
        if (sort is None and self._metrics is None) or ctx.request_id is None:
            return await call_next(ctx)
        level = None if sort is None else self._telling.wanted(ctx)
        if level is None:
            return await self._noted(ctx, call_next, sort)
        async with self._telling.told(ctx, level):
            return await self._noted(ctx, call_next, sort)

    async def _noted(self, context: _Context, call_next: CallNext, sort: str | None) -> HandlerResult:
        started = perf_counter()
        try:
            result = await call_next(context)
            ending = _ending(result)
            return result
        except BaseException as error:
            ending = _failure(error)
            raise
        finally:
            seconds = perf_counter() - started
            if sort is not None and logger.isEnabledFor(logging.INFO):
                self._log(context, sort, ending, seconds)
            if self._metrics is not None:
                self._count(self._metrics, context, sort, ending, seconds)

    def _log(self, context: _Context, sort: str, ending: "_Ending", seconds: float) -> None:
        said = {
            sort: self._target(context, sort),
            "ms": round(seconds * 1000, 1),
            "outcome": ending.outcome,
            "client": client_name(context),
        }
        logger.info(_LINES[sort], said)

    def _count(self, metrics: Metrics, context: _Context, sort: str | None, ending: "_Ending", seconds: float) -> None:
        method = context.method
        about = {
            "mcp.method.name": method if method == "initialize" or self._server.get_request_handler(method) else OTHER,
            "mcp.protocol.version": context.protocol_version,
            "error.type": ending.error_type,
        }
        target = None if sort is None else self._target(context, sort)
        if sort in _NAMED and target is not None:
            about[_NAMED[sort]] = target
        metrics.observe("mcp.server.operation.duration", seconds, about)
        if sort == "tool" and target is not None:
            metrics.add("goodies.tool.calls", 1, {"gen_ai.tool.name": target, "outcome": ending.outcome})
        connection = context.session._connection  # noqa: SLF001 - what lasts longer than this request
        if method == "initialize" and not ending.error_type and connection.client_params is None:
            _until_closed(metrics, connection)

    def _target(self, context: _Context, sort: str) -> str:
        """What is called, as far as it is one of ours. Nothing has been checked yet."""
        params = context.params or {}
        if sort == "completion":
            ref = params.get("ref")
            return _REFERENCES.get(str(ref.get("type")), OTHER) if isinstance(ref, Mapping) else OTHER
        said = params.get("uri" if sort == "resource" else "name")
        if not isinstance(said, str):
            return OTHER
        if sort == "resource":
            return _kind(said)
        return said if said in (self._registry if sort == "tool" else self._prompts) else OTHER


class _Ending(NamedTuple):
    """How a request went: for people who read the log, and (nothing where it went well) as OpenTelemetry calls it."""

    outcome: str
    error_type: str = ""


_BUG = _Ending("internal", "internal")


def _ending(result: HandlerResult) -> _Ending:
    said = result if isinstance(result, Mapping) else {}
    if said.get("isError"):
        return _Ending(said["structuredContent"]["code"], "tool_error")
    return _Ending("input_required" if said.get("resultType") == "input_required" else "ok")


def _failure(error: BaseException) -> _Ending:
    if isinstance(error, CancelledError):
        return _Ending("cancelled", "cancelled")
    if isinstance(error, ValidationError):
        return _Ending(str(INVALID_PARAMS), str(INVALID_PARAMS))
    if not isinstance(error, MCPError):
        return _BUG
    code, cause = str(error.error.code), error.__cause__
    return _Ending(cause.code if isinstance(cause, GoodiesError) else code, code)


def _kind(uri: str) -> str:
    if uri == HOME_MAP:
        return "page"
    try:
        return address_of(uri).kind
    except NotFound:
        return OTHER


def _until_closed(metrics: Metrics, connection: Connection) -> None:
    """Measure a session that begins: nobody was greeted on this connection before."""
    began = perf_counter()

    def closed() -> None:
        about = {"mcp.protocol.version": connection.protocol_version}
        metrics.observe("mcp.server.session.duration", perf_counter() - began, about)

    connection.exit_stack.callback(closed)
