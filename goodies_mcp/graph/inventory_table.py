"""An inventory as a table that spreadsheets open: text in, rows out, and back. No home is looked at here.

The first line names the columns. ``id``, ``type``, ``name``, ``room`` and ``room_id`` are told apart; every other
column is a fact about the device under its own name, kept as text.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from goodies_mcp.errors import InvalidInput, TooLarge

LARGEST = 64 << 20
"""Bytes of a table."""

MOST_ROWS = 20_000
MOST_COLUMNS = 200

_TOLD = ("id", "type", "name", "room", "room_id")
_ALIASES = {"location": "room", "entity_type": "type", "device": "name"}
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_MARK = "\ufeff"
"""With it at the beginning spreadsheets read the file as UTF-8."""


@dataclass(frozen=True, slots=True)
class InventoryRow:
    """One device. ``line`` is where the table has it; empty texts say nothing."""

    line: int = 0
    id: str = ""
    type: str = ""
    name: str = ""
    room: str = ""
    room_id: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


def parse(text: str) -> list[InventoryRow]:
    """The rows of a table with commas, semicolons or tabs between the cells.

    Raises:
        InvalidInput: there is no column ``name``, a column is named twice, a row has more cells than columns, or what
            stands in quotes does not end.
        TooLarge: more rows, columns or characters in a cell than are taken.
    """
    text = text.removeprefix(_MARK)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        columns = _columns(next(reader, []))
        rows: list[InventoryRow] = []
        line = reader.line_num
        for cells in reader:
            if len(rows) >= MOST_ROWS:
                raise TooLarge(f"the table has more than {MOST_ROWS} rows", argument="file", hint="split it")
            if any(cell.strip() for cell in cells):
                rows.append(_row(line + 1, columns, cells))
            line = reader.line_num
    except csv.Error as error:
        kind = TooLarge if "field limit" in str(error) else InvalidInput
        raise kind(f"line {reader.line_num}: {error}", argument="file", hint="is it a CSV file?") from None
    return rows


def render(rows: Sequence[InventoryRow]) -> str:
    """The rows as a table with commas, facts in alphabetical order."""
    facts = sorted({name for row in rows for name in row.facts})
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow([*_TOLD, *map(_quoted, facts)])
    for row in rows:
        cells = [row.id, row.type, row.name, row.room, row.room_id, *(row.facts.get(name, "") for name in facts)]
        writer.writerow([_quoted(cell) for cell in cells])
    return _MARK + written.getvalue()


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _columns(header: Sequence[str]) -> list[str]:
    columns = [_column(cell) for cell in header]
    if "name" not in columns:
        raise InvalidInput(
            "the first line names no column `name`",
            argument="file",
            hint="the first line names the columns: name, type, room, manufacturer, model, ...",
        )
    if len(columns) > MOST_COLUMNS:
        raise TooLarge(f"the table has {len(columns)} columns; at most {MOST_COLUMNS} are taken", argument="file")
    twice = next((name for name in columns if name and columns.count(name) > 1), None)
    if twice is not None:
        raise InvalidInput(f"two columns are named {twice!r}", argument="file", hint="rename or remove one of them")
    return columns


def _column(cell: str) -> str:
    """As people head their columns: ``Serial number`` is ``serial_number``, ``serialNumber`` is what it is."""
    words = _plain(cell).split()
    name = "_".join(words)
    folded = name.lower()
    if folded in _TOLD or folded in _ALIASES:
        return _ALIASES.get(folded, folded)
    return folded if len(words) > 1 or name.istitle() else name


def _row(line: int, columns: Sequence[str], cells: Sequence[str]) -> InventoryRow:
    if any(cell.strip() for cell in cells[len(columns) :]):
        hint = "a cell that holds the separator must stand in quotes"
        raise InvalidInput(f"line {line}: there are more cells than columns", argument="file", hint=hint)
    said = {name: _plain(cell) for name, cell in zip(columns, cells, strict=False) if name and cell.strip()}
    told = {name: said.pop(name).strip() for name in _TOLD if name in said}
    return InventoryRow(line, facts=said, **told)


def _quoted(cell: str) -> str:
    """A spreadsheet would reckon with what begins like a formula; a mark that it does not show keeps it from that."""
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
