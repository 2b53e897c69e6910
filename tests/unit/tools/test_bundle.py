"""What is put into the bundle and said to the registry: the project's own facts, and a server that starts."""

import io
import json
import os
import subprocess
import sys
import tomllib
import zipfile

import pytest
from PIL import Image

from goodies_mcp.config import SETTINGS
from goodies_mcp.mcpserver.catalogue import catalogue
from tools.bundle import registry
from tools.bundle.facts import ROOT, facts, pins
from tools.bundle.manifest import manifest


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """The bundle, and the same built again."""
    built = []
    installed = os.environ.get("TEST_INSTALLED_WHEEL")  # where the tests run without the package's source
    wheel = ["--wheel", installed] if installed else []
    for name in ("one", "other"):
        folder = tmp_path_factory.mktemp(name)
        command = [sys.executable, "-m", "tools.bundle", "--out", folder, *wheel]
        subprocess.run(command, cwd=ROOT, check=True, timeout=120)
        (file,) = folder.glob("*.mcpb")
        built.append(file)
    return built


def test_it_holds_all_that_a_start_needs_and_is_the_same_each_time(bundle):
    one, other = bundle
    assert one.read_bytes() == other.read_bytes()
    with zipfile.ZipFile(one) as opened:
        told = json.loads(opened.read("manifest.json"))
        project = tomllib.loads(opened.read("pyproject.toml").decode())
        wheel = project["tool"]["uv"]["sources"]["goodies-mcp"]["path"]
        with zipfile.ZipFile(io.BytesIO(opened.read(wheel))) as package:
            assert "goodies_mcp/cli/main.py" in package.namelist()
        assert project["tool"]["uv"]["constraint-dependencies"] == pins()
        assert {told["server"]["entry_point"], told["icon"]} <= set(opened.namelist())
        assert Image.open(io.BytesIO(opened.read(told["icon"]))).size == (512, 512)


def test_the_manifest_asks_only_for_settings_that_exist_and_gives_each_a_default():
    told = manifest(facts())
    environment = told["server"]["mcp_config"]["env"]
    known = {setting.variable for setting in SETTINGS}
    assert {name for name in environment if name.startswith("GOODIES_")} <= known
    for key, asked in told["user_config"].items():
        assert f"${{user_config.{key}}}" in environment.values()
        assert "default" in asked
    assert [tool["name"] for tool in told["tools"]] == [tool.name for tool in catalogue().select()]


def test_the_registry_is_told_this_release_under_the_name_that_the_readme_has():
    assert registry.FILE.read_text("utf-8") == registry.page(), "run `python -m tools.bundle.registry`"
    told = registry.server(facts())
    assert len(told["description"]) <= 100
    assert facts().description.startswith(told["description"])
    known = {setting.variable for setting in SETTINGS}
    assert {each["name"] for each in told["packages"][0]["environmentVariables"]} <= known
    assert f"mcp-name: {told['name']}" in (ROOT / "README.md").read_text("utf-8")
