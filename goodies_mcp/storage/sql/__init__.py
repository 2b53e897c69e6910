"""Every SQL statement of the embedded store, by name. A statement is text in ``queries.sql`` and nowhere else; a new
one is a block there, ``-- name: x`` and a sentence above it.
"""

import re
from collections.abc import Mapping

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def parsed(text: str) -> dict[str, str]:
    """The statements of a file by name, without their sentences.

    Raises ValueError when a name comes twice or a sentence is missing.
    """
    parts = _NAME.split(text)[1:]
    found: dict[str, str] = {}
    for name, block in zip(parts[::2], parts[1::2], strict=True):
        lines = block.strip().splitlines()
        if name in found or not lines[0].startswith("-- "):
            raise ValueError(f"statement {name} is named twice or says nothing about itself")
        found[name] = "\n".join(line for line in lines if not line.startswith("--")).strip().removesuffix(";")
    return found


def resource(name: str) -> str:
    """The text of a file in this folder."""
    # The loader reads beside this file also from a zip; importlib.resources costs more than opening the database.
    loader = __spec__.loader
    folder = (__file__ or "").removesuffix("__init__.py")
    return str(loader.get_data(folder + name), "utf-8")  # type: ignore[union-attr]


SQL: Mapping[str, str] = parsed(resource("queries.sql"))
"""The statements by name."""

_LIST = "json_each(?1) AS wanted"

FOR_ONE: Mapping[str, str] = {
    name: text.replace(_LIST, "(SELECT ?1 AS value) AS wanted") for name, text in SQL.items() if _LIST in text
}
"""The same statements for a list of one, which is given as it is: quicker, and JSON in SQLite ends a text at a NUL."""
