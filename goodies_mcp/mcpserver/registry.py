"""The one list of tools, built from what each handler declares where it is defined.

Listing, calling, documentation and tests all read it. Neither the MCP SDK nor the graph is imported here: a tool must
be callable from the command line, and listed before the first answer, without loading either.
"""

import inspect
from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, get_args

from goodies_mcp.errors import InvalidInput, NotFound, Unavailable
from goodies_mcp.mcpserver.arguments import Arguments, nearest

if TYPE_CHECKING:
    from goodies_mcp.core.protocols import Progress, SyncControl
    from goodies_mcp.graph.home_graph import HomeGraph
    from goodies_mcp.graph.writes import Writer
    from goodies_mcp.mcpserver.questions import Ask

Toolset = Literal["query", "management", "content", "sync", "import", "control"]
TOOLSETS: tuple[str, ...] = get_args(Toolset)

A = TypeVar("A", bound=Arguments)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What a call runs against: the home, the client that calls (``undo`` is per client), sync where there is any,
    a way to tell how far long work is, and one to ask the person, where the host has it."""

    graph: "HomeGraph"
    client: str = "unknown"
    open_sync: "Callable[[], SyncControl] | None" = None
    progress: "Progress | None" = None
    ask: "Ask | None" = None

    @property
    def sync(self) -> "SyncControl":
        """Sync of this home.

        Raises:
            Unavailable: this server has none.
        """
        if self.open_sync is None:
            raise Unavailable("this server does not sync", hint="`goodies-mcp sync` does")
        return self.open_sync()

    def by(self, tool: str, idempotency_key: str | None = None) -> "Writer":
        """Who writes, as HomeGraph wants to know it."""
        from goodies_mcp.graph.writes import Writer  # noqa: PLC0415  start-up: most calls only read

        return Writer(client=self.client, tool=tool, idempotency_key=idempotency_key)


Handler: TypeAlias = Callable[[ToolContext, A], Awaitable[R]]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: what it is called, takes and answers, what it may do, and who does it.

    ``result`` is the class of the answer, or its name in ``graph.results``. ``concise`` thins one item of a list when
    the caller did not ask for ``detail: full``. ``app`` is the address of the page that hosts with MCP Apps show beside
    the answer.
    """

    name: str
    title: str
    description: str
    toolset: Toolset
    default: bool
    arguments: type[Arguments]
    result: type | str
    handler: Callable[[ToolContext, Any], Awaitable[object]]
    read_only: bool
    destructive: bool
    idempotent: bool
    open_world: bool
    concise: Callable[[Any], object] | None = None
    app: str | None = None

    def annotations(self) -> dict[str, object]:
        """The hints of MCP, all five, so that a host need not know their defaults."""
        return {
            "title": self.title,
            "readOnlyHint": self.read_only,
            "destructiveHint": self.destructive,
            "idempotentHint": self.idempotent,
            "openWorldHint": self.open_world,
        }


def tool(  # noqa: PLR0913 - each is a fact about the tool, given by its name
    title: str,
    *,
    toolset: Toolset,
    default: bool = False,
    read_only: bool = True,
    destructive: bool = False,
    idempotent: bool = True,
    open_world: bool = False,
    concise: Callable[[Any], object] | None = None,
    app: str | None = None,
) -> Callable[[Handler[A, R]], Tool]:
    """Make a tool of a handler: name and description are the function's, arguments and result are in its signature.

    A handler may name its result as text, which :mod:`listing` looks up in ``graph.results``: start-up.
    """

    def made(handler: Handler[A, R]) -> Tool:
        _, arguments, result = handler.__annotations__.values()
        return Tool(
            name=getattr(handler, "__name__", ""),
            title=title,
            description=" ".join((inspect.getdoc(handler) or "").split()),
            toolset=toolset,
            default=default,
            arguments=arguments,
            result=result,
            handler=handler,
            read_only=read_only,
            destructive=destructive,
            idempotent=idempotent,
            open_world=open_world,
            concise=concise,
            app=app,
        )

    return made


@dataclass(frozen=True, slots=True)
class Registry:
    """Tools by name, in the order in which they are defined: hosts cache a list that does not move.

    ``for_apps`` are offered besides to hosts that show apps, and can be called by all.
    """

    tools: dict[str, Tool] = field(default_factory=dict)
    for_apps: dict[str, Tool] = field(default_factory=dict)

    @classmethod
    def of(cls, *modules: ModuleType) -> "Registry":
        """All tools that the modules define."""
        found = [value for module in modules for value in vars(module).values() if isinstance(value, Tool)]
        return cls({tool.name: tool for tool in found})

    def __iter__(self) -> Iterator[Tool]:
        return iter(self.tools.values())

    def __len__(self) -> int:
        return len(self.tools)

    def __contains__(self, name: object) -> bool:
        return name in self.tools or name in self.for_apps

    def offered(self, *, apps: bool) -> list[str]:
        """The names that a host is told, which shows apps or does not."""
        return [*self.tools, *(self.for_apps if apps else ())]

    def select(self, toolsets: str | Collection[str] = "default", *, read_only: bool = False) -> "Registry":
        """The tools of these toolsets: names or one comma-separated text; ``default`` is the starred set, with which
        hosts that show apps are also offered those that have a page; ``all`` is all.

        Raises:
            InvalidInput: a toolset that does not exist.
        """
        wanted = {name.strip() for name in (toolsets.split(",") if isinstance(toolsets, str) else toolsets)} - {""}
        for name in sorted(wanted - {"all", "default", *TOOLSETS}):
            raise InvalidInput(
                f"unknown toolset {name!r}", argument="toolsets", hint=f"one of default, all, {', '.join(TOOLSETS)}"
            )
        fitting = [tool for tool in self if tool.read_only or not read_only]
        chosen = {
            tool.name: tool
            for tool in fitting
            if "all" in wanted or tool.toolset in wanted or ("default" in wanted and tool.default)
        }
        paged = (tool for tool in fitting if tool.app is not None and "default" in wanted)
        return Registry(chosen, {tool.name: tool for tool in paged if tool.name not in chosen})

    def named(self, name: str) -> Tool:
        """The tool of this name.

        Raises:
            NotFound: there is none; the hint names the nearest.
        """
        found = self.tools.get(name) or self.for_apps.get(name)
        if found is None:
            raise NotFound(f"there is no tool {name[:80]!r}", hint=nearest(name, self.tools, "tools"), argument="name")
        return found
