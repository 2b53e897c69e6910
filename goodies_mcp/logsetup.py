"""The only place that configures logging: everything goes to stderr, because stdout belongs to the protocol."""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "nothing": logging.CRITICAL + 1,
}


def configure(level: str, form: str) -> None:
    """Log from this level on (``nothing``: not at all), as ``text`` or as ``json`` lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if form == "json" else logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    # Not by the logger's own level alone: a host may want to hear more (mcpserver/telling.py), and nobody else does.
    handler.addFilter(lambda record: record.levelno >= LEVELS[level] or not record.name.startswith("goodies_mcp"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Other people's libraries speak up from warnings on, or at debug: their info is about themselves.
    root.setLevel(LEVELS[level] if level in {"debug", "error", "nothing"} else LEVELS["warning"])
    logging.getLogger("goodies_mcp").setLevel(LEVELS[level])
    logging.captureWarnings(capture=True)


class _JsonLines(logging.Formatter):
    """One JSON object a record; what a line was made of by name has keys of its own."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if isinstance(record.args, Mapping):
            said = {**record.args, **said}
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said)
