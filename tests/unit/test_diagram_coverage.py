"""docs/diagram-coverage.md names files that exist: a box that moved or vanished is noticed."""

import re
from pathlib import Path

import pytest

import goodies_mcp

ROOT = Path(__file__).parents[2]
PACKAGE = Path(goodies_mcp.__file__).parents[1]
PAGE = ROOT / "docs" / "diagram-coverage.md"
NAMED = sorted(set(re.findall(r"`((?:goodies_mcp|docs|tests|tools)/[^`]*)`", PAGE.read_text("utf-8"))))


def test_the_page_names_files():
    assert len(NAMED) > 30


@pytest.mark.parametrize("name", NAMED)
def test_each_file_named_is_there(name):
    assert ((PACKAGE if name.startswith("goodies_mcp/") else ROOT) / name).exists()
