"""Draws the client's states from the table that it runs by: ``docs/sync-states.md`` is what :func:`render` returns."""

import sys
from collections.abc import Iterator
from pathlib import Path

from goodies_mcp.inbetweenies.states import ADDED, DIAGRAM, Event, State

PAGE = Path(__file__).parents[1] / "docs" / "sync-states.md"
_MADE = "<!-- Made by tools/sync_states.py: change the table, then run `python -m tools.sync_states`. -->"


def render() -> str:
    """The page as Markdown, the picture as Mermaid."""
    return "\n".join(
        [
            "# The states of a sync",
            "",
            _MADE,
            "",
            "One session of the client, drawn from the table in `goodies_mcp/inbetweenies/states.py`. It goes round",
            "once for every page of the feed and every batch of changes, and saves rows and cursor together each time;",
            "a session that dies goes on from there. `ManualResolution` files what a person must decide.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            "    [*] --> Idle",
            *_ways(),
            "```",
            "",
            f"Besides, `{Event.STOPPED}` leads from every state of a running session to `{State.SYNC_FAILED}`: the",
            "program ends, and nothing is lost.",
            "",
        ]
    )


def _ways() -> Iterator[str]:
    for (state, event), following in (*DIAGRAM.items(), *ADDED.items()):
        if event is not Event.STOPPED:
            yield f"    {state} --> {following}: {event}"


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
    sys.exit(0)
