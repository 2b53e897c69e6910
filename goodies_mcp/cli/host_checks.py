"""Whether Claude Desktop, where it knows this program, would find it."""

from collections.abc import Iterator
from pathlib import Path

from goodies_mcp.cli.claude import read, settings_file
from goodies_mcp.cli.finding import Finding
from goodies_mcp.cli.host_settings import HostSettings
from goodies_mcp.errors import GoodiesError

_WHAT = "Claude Desktop"


def look_at_claude() -> Iterator[Finding]:
    """One finding for each entry that starts this program; none where Claude Desktop has no settings here."""
    file = settings_file()
    if not file.exists():
        return
    try:
        entries = HostSettings(read(file), str(file)).ours
    except GoodiesError as error:
        yield Finding(_WHAT, "note", error.message, error.hint)
        return
    if not entries:
        yield Finding(_WHAT, "note", "does not know this home", "`goodies-mcp claude install` puts it in")
    for name, entry in entries.items():
        command = str(entry.get("command"))
        if Path(command).is_file():
            yield Finding(_WHAT, "ok", f"starts {command} as {name!r}")
        else:
            hint = f"`goodies-mcp claude install --name {name}` puts it right"
            yield Finding(_WHAT, "wrong", f"its entry {name!r} starts {command}, which is not there", hint)
