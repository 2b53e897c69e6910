"""The normative text and its tests hold each other: every clause is quoted by a test, every quoted clause exists."""

import re
from pathlib import Path

import goodies_mcp.inbetweenies

TEXT = Path(goodies_mcp.inbetweenies.__file__).with_name("PROTOCOL.md").read_text("utf-8")
PACKAGE = Path(goodies_mcp.inbetweenies.__file__).parents[1]
TESTS = Path(__file__).parents[2]
ROOT = TESTS.parent

CLAUSE = re.compile(r"^- \*\*(V3-\d+\.\d+)\*\* ", re.MULTILINE)
QUOTED = re.compile(r"V3-\d+\.\d+")

# Clauses that later steps prove. This list only ever shrinks: a clause that a test quotes must leave it.
STILL_TO_COME = {
    "V3-1.5": "step 2: device state is in no store verb that sync may ask",
    "V3-13.1": "step 3: live notices",
    "V3-13.2": "step 3: live notices",
}

CLAUSES = CLAUSE.findall(TEXT)


def quoted(folder, pattern="*.py"):
    return {
        clause: path.relative_to(ROOT).as_posix()
        for path in sorted(folder.rglob(pattern))
        if path != Path(__file__)
        for clause in QUOTED.findall(path.read_text("utf-8"))
    }


def test_clauses_are_numbered_once_and_in_order():
    numbers = [tuple(map(int, clause[3:].split("."))) for clause in CLAUSES]
    assert numbers == sorted(set(numbers))
    sections = [int(number) for number in re.findall(r"^## (\d+)\.", TEXT, re.MULTILINE)]
    assert sections == list(range(1, 14))
    assert {section for section, _ in numbers} == set(sections)
    for section in sections:
        within = [number for outer, number in numbers if outer == section]
        assert within == list(range(1, len(within) + 1))


def test_every_clause_is_quoted_by_a_test():
    unproved = set(CLAUSES) - set(quoted(TESTS)) - set(STILL_TO_COME)
    assert unproved == set()


def test_what_a_test_proves_is_no_longer_to_come():
    assert STILL_TO_COME.keys() & quoted(TESTS).keys() == set()
    assert STILL_TO_COME.keys() <= set(CLAUSES)


def test_every_quoted_clause_exists():
    everywhere = quoted(TESTS) | quoted(PACKAGE) | quoted(ROOT / "tools") | quoted(PACKAGE, "*.md")
    assert {clause: where for clause, where in everywhere.items() if clause not in CLAUSES} == {}
