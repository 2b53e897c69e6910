"""Every command with the module that carries it out and one line about it. A module is loaded when its command runs:
start-up time is the reason for each import inside a function in this room.
"""

TYPE_CHECKING = False  # typing itself would cost each start 4 ms
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

PROGRAM = "goodies-mcp"
DEFAULT = "serve"


class Command:
    """How a command's arguments are declared, and what it does with them: the exit code comes back."""

    def __init__(self, arguments: "Callable[[ArgumentParser], None]", run: "Callable[[Namespace], int]") -> None:
        self.arguments = arguments
        self.run = run


COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("serve", "Serve the home over MCP: on stdin and stdout, or over HTTP. The default command."),
    "init": ("init", "Make the home's database, and with --home its first home."),
    "call": ("call", "Call one tool without an MCP host."),
    "tools": ("tools", "List the tools, or show what one takes."),
    "history": ("call", "Show the versions of one thing: when, who, what changed."),
    "import": ("transfer", "Read versions from a JSON-lines file into the home."),
    "export": ("transfer", "Write every version of everything to a JSON-lines file."),
    "book": ("book", "Write all that is known of the house into one file to print."),
    "hub": ("hub_login", "Log in to the hub that this home is synced with, or out."),
    "sync": ("syncing", "Send what was changed here to the hub, and take in what others changed."),
    "status": ("syncing", "Show where sync stands."),
    "conflicts": ("syncing", "Show what two devices said differently."),
    "resolve": ("syncing", "Settle a conflict."),
    "backup": ("safekeeping", "Copy the database to a file while it is in use."),
    "restore": ("safekeeping", "Put a backup in the place of the database."),
    "compact": ("safekeeping", "Let go what old versions said, to make the database smaller."),
    "claude": ("claude", "Put this home into Claude Desktop, or take it out."),
    "doctor": ("doctor", "Look for anything that is wrong, and say what to do about it."),
    "config": ("settings", "Show every setting and where it comes from."),
}
