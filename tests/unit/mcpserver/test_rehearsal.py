import json
import logging
from pathlib import Path

import pytest
from mcp_types import METHOD_NOT_FOUND, PaginatedRequestParams

from goodies_mcp import __version__
from goodies_mcp.mcpserver import rehearsal
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.preamble import WITH_APPS, Opening, recalled
from goodies_mcp.mcpserver.rehearsal import ASKED, rehearse, remember
from goodies_mcp.mcpserver.server import build_server
from tests.support.openings import HANDSHAKE, MODERN, hello


@pytest.fixture
def file(tmp_path):
    return tmp_path / "cache" / "opening-default.json"


async def kept(file):
    await remember(str(file), catalogue().select(), synced=True)
    return json.loads(file.read_text("utf-8"))


async def test_every_version_is_rehearsed_and_nothing_of_it_failed():
    said = await rehearse(catalogue().select(), synced=True)
    assert set(said["handshake"]) == {*HANDSHAKE, MODERN}
    assert set(said["modern"]) == {MODERN}
    for era, asked in (("handshake", {"initialize", *ASKED}), ("modern", {*ASKED})):
        for version, tails in said[era].items():
            assert set(tails) == {*asked, "tools/list" + WITH_APPS}, version
            messages = [json.loads('{"id":0' + tail) for tail in tails.values()]
            assert all("result" in message or message["error"]["code"] == METHOD_NOT_FOUND for message in messages)


async def test_what_needs_the_home_or_sync_is_never_remembered(monkeypatch):
    """Issue 4 adds resources and prompts: those that depend on the home must not be told from memory."""

    def with_more(registry, home, sync):
        server = build_server(registry, home, sync)

        async def from_home(_context, _params):
            try:
                await home()
            except Exception:  # noqa: BLE001  a handler may have an answer even so
                return {"resources": []}

        async def from_sync(_context, _params):
            return {"resourceTemplates": [], "hub": await sync.status()}

        async def from_nothing(_context, _params):
            return {"prompts": [{"name": "home_tour"}]}

        server.add_request_handler("resources/list", PaginatedRequestParams, from_home)
        server.add_request_handler("resources/templates/list", PaginatedRequestParams, from_sync)
        server.add_request_handler("prompts/list", PaginatedRequestParams, from_nothing)
        return server

    monkeypatch.setattr(rehearsal, "build_server", with_more)
    tails = (await rehearse(catalogue().select(), synced=True))["handshake"]["2025-11-25"]
    assert "home_tour" in tails["prompts/list"]
    assert {"resources/list", "resources/templates/list"} & set(tails) == set()
    assert {"tools/list", "ping"} <= set(tails), "one that needs the home does not spoil the next"


async def test_what_is_kept_is_recalled_until_the_code_is_another(file, monkeypatch):
    said = await kept(file)
    assert (
        recalled(str(file), __version__)
        .answer(hello("2025-11-25").strip(), Opening())
        .startswith(b'{"jsonrpc":"2.0","id":0')
    )
    assert recalled(str(file), "0.0.0") is None
    sources = {Path(path).name for path, _, _ in said["made_of"]}
    assert {"server.py", "query_tools.py", "schemas.py", "results.py", "runner.py", "METADATA"} <= sources
    path, changed, size = said["made_of"][0]
    for made_of in ([[path, changed + 1, size]], [[path, changed, size + 1]], [["/nowhere", 1, 1]], [[path]], None):
        file.write_text(json.dumps({**said, "made_of": made_of}), "utf-8")
        assert recalled(str(file), __version__) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": "' + __version__ + '", "made_of": []}', "\udcff"])
async def test_a_damaged_memory_is_none(file, text):
    file.parent.mkdir()
    file.write_text(text, "utf-8", errors="surrogateescape")
    assert recalled(str(file), __version__) is None
    await kept(file)
    assert recalled(str(file), __version__) is not None


async def test_a_memory_that_others_may_write_is_none(file):
    await kept(file)
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o622)
    assert recalled(str(file), __version__) is None


async def test_where_nothing_can_be_kept_all_goes_on(tmp_path, caplog):
    caplog.set_level(logging.DEBUG, "goodies_mcp")
    (tmp_path / "cache").write_text("a file where the folder should be")
    await remember(str(tmp_path / "cache" / "opening.json"), catalogue().select(), synced=True)
    assert "could not be rehearsed" in caplog.text
    (tmp_path / "taken.json").mkdir()
    await remember(str(tmp_path / "taken.json"), catalogue().select(), synced=True)
    left = sorted(each.name for each in tmp_path.iterdir())
    assert left == ["cache", "taken.json"], "no half-written file stays behind"
