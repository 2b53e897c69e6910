"""Tools from the command line: the registry that the server lists, over a home that is opened without event loop or
MCP SDK.
"""

from collections.abc import Mapping

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.json_argument import read_json_object
from goodies_mcp.cli.output import Printer
from goodies_mcp.cli.parsing import settings_of

TYPE_CHECKING = False  # start-up, as in the next room: neither typing nor argparse is loaded for a plain call
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

CLIENT = "command line"


def _call_arguments(parser: "ArgumentParser") -> None:
    parser.add_argument("tool", metavar="TOOL", help="Name of the tool; `goodies-mcp tools` lists them.")
    parser.add_argument(
        "arguments",
        metavar="JSON",
        nargs="?",
        default="{}",
        help="Its arguments as a JSON object; - reads them from stdin, @FILE from a file. Left out: none.",
    )
    parser.add_argument("--read-only", action="store_true", default=None, help="Refuse every tool that writes.")
    parser.add_argument(
        "--allow-files", metavar="DIR", action="append", help="Folder that the tool may read files from."
    )


def _call(arguments: "Namespace") -> int:
    return answer_tool(arguments, arguments.tool, read_json_object(arguments.arguments))


def _history_arguments(parser: "ArgumentParser") -> None:
    parser.add_argument("entity", metavar="ENTITY", help="Id or name of the thing.")
    parser.add_argument("--limit", type=int, default=20, help="Most versions to show (default 20, most 200).")
    parser.add_argument("--cursor", help="Go on where an earlier answer ended.")


def _history(arguments: "Namespace") -> int:
    asked = {"entity": arguments.entity, "limit": arguments.limit, "cursor": arguments.cursor}
    return answer_tool(arguments, "get_entity_history", asked)


def answer_tool(arguments: "Namespace", tool: str, asked: Mapping[str, object]) -> int:
    """Call a tool and print what it answers."""
    from goodies_mcp.app import finished, inline_home  # start-up: a wrong argument needs no home
    from goodies_mcp.mcpserver.answering import answered
    from goodies_mcp.mcpserver.catalogue import catalogue
    from goodies_mcp.mcpserver.registry import ToolContext

    settings = settings_of(arguments)
    if settings.origins["log_level"] != "default":
        from goodies_mcp import logsetup  # start-up: a command says on stderr itself what went wrong

        logsetup.configure(settings.log_level, settings.log_format)
    registry = catalogue().select("all", read_only=settings.read_only)
    registry.named(tool)
    with inline_home(settings) as home:

        async def opened() -> ToolContext:
            return ToolContext(home.graph, CLIENT, home.sync)

        outcome = finished(answered(registry, opened, tool, asked))
    Printer(as_json=arguments.json).result(outcome.structured, outcome.text)
    return 0


COMMANDS = {
    "call": Command(_call_arguments, _call),
    "history": Command(_history_arguments, _history),
}
