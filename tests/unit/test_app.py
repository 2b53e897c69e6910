"""Putting a home together: what is refused before a database is touched."""

import os
import stat

import pytest

from goodies_mcp import app, config
from goodies_mcp.errors import Forbidden, InvalidInput, LocalProtocolError, NotFound


def settings(folder):
    return config.load({"data_dir": str(folder)}, {})


@pytest.mark.parametrize(
    ("folder", "service"),
    [
        ("Dropbox/home", "Dropbox"),
        ("Dropbox (Personal)/home", "Dropbox"),
        ("Library/Mobile Documents/com~apple~CloudDocs/home", "iCloud Drive"),
        ("iCloudDrive", "iCloud Drive"),
        ("OneDrive - Example Ltd/home", "OneDrive"),
        ("OneDrive", "OneDrive"),
        ("Library/CloudStorage/GoogleDrive-me@example.org/My Drive", "a cloud provider"),
        ("Google Drive/home", "Google Drive"),
        ("GoogleDrive-me@example.org/home", "Google Drive"),
        ("dropboxes/home", None),
        ("my-dropbox", None),
        ("drive/home", None),
        (".local/share/goodies-mcp", None),
    ],
)
def test_a_folder_that_a_cloud_service_copies_is_known_by_its_path(folder, service, tmp_path):
    assert app.synced_by(str(tmp_path / folder)) == service


def test_a_link_does_not_hide_a_synchronised_folder(tmp_path):
    (tmp_path / "Dropbox").mkdir()
    (tmp_path / "home").symlink_to(tmp_path / "Dropbox")
    with pytest.raises(Forbidden, match="Dropbox") as refused:
        app.prepare_folder(settings(tmp_path / "home"), create=True)
    assert "--data-dir" in refused.value.hint
    assert list((tmp_path / "Dropbox").iterdir()) == []


def test_a_new_folder_is_for_its_owner_alone(tmp_path):
    before = os.umask(0)
    try:
        app.prepare_folder(settings(tmp_path / "a" / "home"), create=True)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a" / "home").stat().st_mode) == 0o700


def test_nothing_is_made_unless_asked(tmp_path):
    with pytest.raises(NotFound, match="no home") as refused:
        app.prepare_folder(settings(tmp_path / "home"), create=False)
    assert "init" in refused.value.hint
    assert not (tmp_path / "home").exists()


def test_a_file_in_the_folders_place_is_refused(tmp_path):
    (tmp_path / "home").write_text("a file")
    with pytest.raises(InvalidInput, match="no folder"):
        app.prepare_folder(settings(tmp_path / "home"), create=True)


def test_a_folder_in_the_databases_place_is_refused(tmp_path):
    (tmp_path / config.DATABASE).mkdir()
    with pytest.raises(InvalidInput, match="not a database"):
        app.prepare_folder(settings(tmp_path), create=True)


class Pause:
    def __await__(self):
        yield


async def at_once():
    return 5


async def waiting():
    await Pause()


def test_a_coroutine_that_never_waits_needs_no_loop():
    assert app.finished(at_once()) == 5
    with pytest.raises(LocalProtocolError):
        app.finished(waiting())
