"""The reference pages are those of this program, and a stale one is found."""

import subprocess
import sys
from pathlib import Path

import pytest

from goodies_mcp.cli.commands import COMMANDS
from goodies_mcp.cli.exit_codes import EXIT_CODES
from goodies_mcp.cli.hub import main as hub
from goodies_mcp.config import HUB_SETTINGS, SETTINGS
from goodies_mcp.mcpserver.addresses import TEMPLATES
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.prompts import PROMPTS
from goodies_mcp.mcpserver.shelves import FIXED
from goodies_mcp.metrics import METRICS

ROOT = Path(__file__).parents[2]


def render(*words):
    command = [sys.executable, "-m", "tools.render_docs", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    docs = tmp_path_factory.mktemp("docs")
    assert render("--docs", docs).returncode == 0
    return docs


def test_the_pages_in_the_repository_are_current():
    checked = render("--check")
    assert checked.returncode == 0, checked.stderr


def test_every_tool_command_setting_and_exit_code_is_there(pages):
    tools, cli, settings = ((pages / name).read_text("utf-8") for name in ("tools.md", "cli.md", "configuration.md"))
    assert [f"### `{tool.name}`" for tool in catalogue() if f"### `{tool.name}`" not in tools] == []
    assert [name for name in COMMANDS if f"## `goodies-mcp {name}" not in cli] == []
    assert [kind for kind in EXIT_CODES if f"`{kind}`" not in cli] == []
    assert [setting.key for setting in SETTINGS if f"| `{setting.key}` | `{setting.variable}` |" not in settings] == []


def test_every_prompt_and_address_is_there(pages):
    prompts, resources = ((pages / name).read_text("utf-8") for name in ("prompts.md", "resources.md"))
    for prompt in PROMPTS:
        _, _, said = prompts.partition(f"## `{prompt.name}`")
        assert [name for name in prompt.arguments.declared if f"| `{name}` |" not in said.partition("## ")[0]] == []
    addresses = [*(each["uri"] for each in FIXED), *(each["uriTemplate"] for each in TEMPLATES)]
    assert [each for each in addresses if f"| `{each}` |" not in resources] == []


def test_every_number_is_there(pages):
    page = (pages / "metrics.md").read_text("utf-8")
    assert [metric.name for metric in METRICS if f"| `{metric.exported}` | {metric.kind} |" not in page] == []


def test_every_command_and_setting_of_the_hub_is_there(pages):
    page = (pages / "funkygibbon.md").read_text("utf-8")
    assert [name for name in hub.COMMANDS if f"## `funkygibbon {name}" not in page] == []
    assert [setting.key for setting in HUB_SETTINGS if f"| `{setting.key}` | `{setting.variable}` |" not in page] == []


def test_a_stale_or_missing_page_is_found_and_left(pages):
    page = pages / "cli.md"
    current = page.read_text("utf-8")
    page.write_text(current + "\n", "utf-8")
    (pages / "tools.md").unlink()
    checked = render("--check", "--docs", pages)
    assert checked.returncode == 1
    assert "cli.md" in checked.stderr
    assert "tools.md" in checked.stderr
    assert "configuration.md" not in checked.stderr
    assert page.read_text("utf-8") == current + "\n"
    render("--docs", pages)
    assert render("--check", "--docs", pages).returncode == 0
