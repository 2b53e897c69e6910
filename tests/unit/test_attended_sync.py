"""Sync beside an open home: loaded when it is needed, refused where it must not go."""

import asyncio
import os
import subprocess
import sys

import pytest

from goodies_mcp import config
from goodies_mcp.app import finished, inline_home, served_home, synced_home
from goodies_mcp.attended_sync import LOGIN_FILE, AttendedSync, process_lives
from goodies_mcp.errors import InvalidInput, Unauthorized, Unavailable
from goodies_mcp.sync.credentials import FILE, Credentials, CredentialsFile
from tests.support.tiny_hub import TinyHub, serving

ROOM = ("goodies_mcp.sync", "goodies_mcp.inbetweenies", "httpx2", "backports")


def settings(folder, **given):
    return config.load({"data_dir": str(folder), **given}, {})


def loaded_after(program):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split() if name.startswith(ROOM)]


def test_a_call_and_the_start_of_a_server_load_nothing_of_sync():
    modules = "goodies_mcp.cli.serve, goodies_mcp.cli.call, goodies_mcp.app, goodies_mcp.mcpserver.catalogue"
    assert loaded_after(f"import sys, {modules}; print(*sys.modules)") == []


def test_a_question_about_sync_loads_no_http_client(tmp_path):
    with inline_home(settings(tmp_path), create=True):
        pass
    program = (
        "import sys\nfrom goodies_mcp import app, config\n"
        f"with app.inline_home(config.load({{'data_dir': {str(tmp_path)!r}}}, {{}})) as home:\n"
        "    app.finished(home.sync().status())\nprint(*sys.modules)"
    )
    loaded = loaded_after(program)
    assert "goodies_mcp.sync.status" in loaded
    assert not [name for name in loaded if name.startswith(("httpx2", "backports", "goodies_mcp.sync.http"))]


def test_the_login_file_has_one_name():
    assert LOGIN_FILE == FILE


def test_a_single_call_can_ask_and_cannot_sync(tmp_path):
    with inline_home(settings(tmp_path), create=True) as home:
        assert finished(home.sync().status()).hub is None
        with pytest.raises(InvalidInput, match="single call"):
            finished(home.sync().sync_now())


def test_a_single_call_fetches_no_file_and_says_what_does(tmp_path):
    with inline_home(settings(tmp_path), create=True) as home:
        with pytest.raises(Unavailable, match="a single call does not fetch it") as refused:
            finished(home.sync().fetch("0" * 64))
        assert "goodies-mcp sync --fetch-content always" in refused.value.hint


async def test_a_home_that_is_only_read_keeps_no_file(tmp_path):
    async with served_home(settings(tmp_path)):
        pass
    sync = AttendedSync(settings(tmp_path, read_only=True))
    async with served_home(settings(tmp_path, read_only=True), sync):
        with pytest.raises(Unavailable, match="opened read-only"):
            await sync.fetch("0" * 64)


async def test_without_a_home_there_is_nothing_to_sync(tmp_path):
    sync = AttendedSync(settings(tmp_path))
    with pytest.raises(Unavailable, match="not open"):
        await sync.status()


async def test_a_command_syncs_once_it_is_logged_in(tmp_path):
    with inline_home(settings(tmp_path), create=True):
        pass
    async with synced_home(settings(tmp_path)) as sync:
        with pytest.raises(Unauthorized):
            await sync.sync_now()
        assert await sync.retry_parked() == 0


async def test_another_hub_than_the_settings_name_gets_nothing(tmp_path):
    async with serving(TinyHub()) as hub:
        with inline_home(settings(tmp_path), create=True):
            CredentialsFile(tmp_path).save(Credentials(hub.url, "device-1", "token"))
        async with synced_home(settings(tmp_path, hub_url="https://elsewhere.example")) as sync:
            with pytest.raises(InvalidInput, match="the login is at"):
                await sync.sync_now()
        assert hub.requests == []


async def test_a_server_syncs_by_itself_only_where_it_may(tmp_path):
    for given in ({"sync": "off"}, {"read_only": "on"}):
        sync = AttendedSync(settings(tmp_path, **given))
        async with sync.by_itself():
            assert "sync" not in {task.get_name() for task in asyncio.all_tasks()}
    sync = AttendedSync(settings(tmp_path))
    async with sync.by_itself():
        assert "sync" in {task.get_name() for task in asyncio.all_tasks()}
    assert "sync" not in {task.get_name() for task in asyncio.all_tasks()}


async def test_a_home_that_was_served_can_be_served_again(tmp_path):
    sync = AttendedSync(settings(tmp_path))
    for _ in range(2):
        async with served_home(settings(tmp_path), sync) as home:
            assert (await home.get_home_overview()).homes == ()
            assert (await sync.status()).hub is None


def test_news_reach_who_asked_for_them(tmp_path):
    heard = []
    with inline_home(settings(tmp_path), create=True) as home:
        sync = home.sync()
        end = sync.subscribe(heard.append)
        sync._service()._tell(frozenset({"a"}))
        end()
        end()
        sync._service()._tell(frozenset({"b"}))
    assert heard == [frozenset({"a"})]


def test_a_process_lives_or_not():
    assert process_lives(os.getpid())
    assert process_lives(1)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert not process_lives(gone.pid)
