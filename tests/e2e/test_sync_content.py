"""Files of a home on two devices and a hub, all of it in processes of their own: added here, found and read there."""

import base64
import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.command import Command
from tests.support.cutting_line import line_to
from tests.support.hub_process import PASSWORD, HubCommand
from tests.support.papers import a_pdf, a_photo
from tests.support.served_device import ServedDevice

MIB = 1 << 20


@pytest.fixture
def hub_command(tmp_path):
    command = HubCommand(tmp_path / "hub")
    command.init("--user", "ann", "--household", "Our house")
    return command


@pytest.fixture
def hub(hub_command):
    with hub_command.serving() as running:
        yield running


def device(tmp_path, name, url, **environ):
    """A home that is logged in, with an inbox."""
    made = Command(tmp_path / name, GOODIES_DEVICE=name, GOODIES_AUTHOR="ann", **environ)
    made("init")
    made("hub", "login", url, "--password-stdin", stdin=PASSWORD + "\n")
    made("sync")
    (made.data_dir / "inbox").mkdir(exist_ok=True)
    return made


def attach(home, name, data, **more):
    """A file of the boiler, which is made for it."""
    (home.data_dir / "inbox" / name).write_bytes(data)
    if not home.tool("search_entities", query="Boiler")["items"]:
        home.tool("create_entity", entity_type="device", name="Boiler")
    return home.tool("attach_file", entity="Boiler", file=name, **more)


def status(home):
    return home("status", "--json").json["content"]


def test_a_manual_and_a_photo_of_one_device_are_found_and_read_on_another(tmp_path, hub):
    """V3-9.5: a sentence is found before the file has come, and the file comes when it is read."""
    laptop, tablet = (device(tmp_path, name, hub.url) for name in ("laptop", "tablet"))
    laptop.tool("create_entity", entity_type="device", name="Boiler")
    manual = a_pdf(["Switch it on.", "Error E24 means that the drain hose is kinked."], {"Errors": 2})
    (laptop.data_dir / "inbox" / "boiler.pdf").write_bytes(manual)
    laptop.tool("add_device_manual", device="Boiler", title="Boiler manual", file="boiler.pdf")
    attach(laptop, "plate.jpg", a_photo(2_000, 1_500), caption="Type plate")
    assert status(laptop)["waiting"] == 3  # the photo's preview is one of them
    assert "Files: 3 on this device only" in laptop("status").stdout
    laptop("sync")
    assert status(laptop)["waiting"] == 0
    tablet("sync")
    told = status(tablet)
    assert (told["away"], told["waiting"]) == (3, 0)
    assert "3 not here yet" in tablet("status").stdout
    [hit] = tablet.tool("search_entities", query="drain hose kinked")["items"]
    assert hit["page"] == 2
    assert "E24" in tablet.tool("read_content", content="Boiler manual", find="E24")["items"][0]["snippet"]
    refused = tablet.tool("read_content", content="Type plate", code=10)
    assert "not on this device yet" in refused.error
    assert "--fetch-content always" in refused.hint
    with ServedDevice(tablet, GOODIES_SYNC="false") as host:
        shown = host.call("read_content", content="Type plate")
        [picture] = [each for each in shown["content"] if each["type"] == "image"]
        assert base64.b64decode(picture["data"]).startswith(b"\xff\xd8")
        assert host.call("get_sync_status")["structuredContent"]["content"]["away"] == 2
    export = tmp_path / "tablet.jsonl"
    assert "2 files are not in it" in tablet("export", str(export)).stdout
    tablet("sync", "--fetch-content", "always")
    assert status(tablet)["away"] == 0
    assert "not in it" not in tablet("export", str(tmp_path / "whole.jsonl")).stdout
    assert sha256(manual).hexdigest() in (tmp_path / "whole.jsonl").read_text()
    assert tablet.digest() == laptop.digest()


def test_a_file_that_is_away_cannot_be_read_while_the_hub_is(tmp_path, hub_command):
    with hub_command.serving() as hub:
        laptop, tablet = (device(tmp_path, name, hub.url) for name in ("laptop", "tablet"))
        attach(laptop, "plate.jpg", a_photo(), caption="Type plate")
        laptop("sync")
        tablet("sync")
    with ServedDevice(tablet, GOODIES_SYNC="false") as host:
        said = host.call("read_content", content="Type plate")
    assert said["isError"]
    assert said["structuredContent"]["code"] == "unavailable"
    assert "not on this device yet" in said["structuredContent"]["message"]
    assert "cannot be reached" in said["structuredContent"]["message"]


@pytest.mark.parametrize("dies", [False, True])
def test_an_upload_that_was_cut_off_goes_on_where_it_stopped(tmp_path, hub_command, dies):
    """V3-9.3: by a line that broke, and by a hub that was killed."""
    data = os.urandom(12 * MIB)
    with hub_command.serving() as hub, line_to(hub.url) as line:
        laptop = device(tmp_path, "laptop", line.url)
        attach(laptop, "film.mp4", data)
        line.cut = hub.kill if dies else lambda: None
        line.up, line.cut_after = 0, 7 * MIB
        if dies:
            failed = laptop("sync", code=10)
            assert "hub" in failed.error
            assert status(laptop)["waiting"] == 1
            assert laptop("status", "--json").json["pending"] >= 2
        else:
            laptop("sync")
        assert line.cuts == 1
        if dies:
            with hub_command.serving() as again:
                line.target = again.url
                laptop("sync")
        # What had arrived before, but for one part at most and for what the hub had not written down.
        assert line.up < (12 + 4 + 1) * MIB
    with hub_command.serving() as hub, hub.client(hub.login(device_id="look")["access_token"]) as http:
        got = http.get(f"/api/v1/content/{sha256(data).hexdigest()}")
        assert got.content == data
    assert laptop("status", "--json").json["pending"] == 0


def test_what_the_hub_finds_too_large_stays_and_everything_else_goes(tmp_path, hub_command):
    """V3-9.6, V3-11.6."""
    hub_command.environ["FUNKYGIBBON_MAX_CONTENT_MIB"] = "1"
    with hub_command.serving() as hub:
        laptop = device(tmp_path, "laptop", hub.url)
        attach(laptop, "film.mp4", os.urandom(2 * MIB))
        laptop("sync")
        said = laptop("status")
        assert "1 not wanted by the hub (2.0 MiB)" in said.stdout
        assert 'stays here: "film.mp4" (2.0 MiB) too_large' in said.stdout
        assert laptop("status", "--json").json["pending"] == 0
    del hub_command.environ["FUNKYGIBBON_MAX_CONTENT_MIB"]
    with hub_command.serving() as hub:
        laptop("hub", "login", hub.url, "--password-stdin", stdin=PASSWORD + "\n")
        laptop("sync", "--retry-parked")
        assert status(laptop)["held_back_count"] == 0


PROC = Path("/proc/self/status")
AT_ITS_END = """
import sys
from pathlib import Path
from goodies_mcp.cli.main import run
code = run(sys.argv[1:])
sys.stdout.flush()
print(Path("/proc/self/status").read_text(), file=sys.stderr)
sys.exit(code)
"""


def most(said):
    """The most memory that a process took, in bytes, out of what the system says of it."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", said)[1]) * 1024


def peak(home, *words):
    """The most memory that a command took."""
    done = subprocess.run(
        [sys.executable, "-c", AT_ITS_END, *words],
        env={**os.environ, **home.environ},
        capture_output=True,
        text=True,
        check=True,
        timeout=90,
    )
    return most(done.stderr)


@pytest.mark.skipif(not PROC.exists(), reason="nobody tells what a process took")
def test_a_hundred_megabytes_cross_in_the_memory_of_a_few(tmp_path, hub):
    """V3-9.3: not more than some parts are in memory, at the hub and on either device."""
    laptop, tablet = (device(tmp_path, name, hub.url) for name in ("laptop", "tablet"))
    the_hub = Path(f"/proc/{hub.process.pid}/status")
    attach(laptop, "note.txt", b"small")
    before_up = peak(laptop, "sync")
    before_down = peak(tablet, "sync", "--fetch-content", "always")
    hub_before = most(the_hub.read_text())
    attach(laptop, "film.mp4", os.urandom(MIB) * 100)
    assert peak(laptop, "sync") - before_up < 40 * MIB
    assert status(laptop)["waiting"] == 0
    assert peak(tablet, "sync", "--fetch-content", "always") - before_down < 40 * MIB
    assert status(tablet)["away"] == 0
    assert most(the_hub.read_text()) - hub_before < 40 * MIB
    assert (tablet.data_dir / "goodies.db").stat().st_size > 100 * MIB


@pytest.mark.skipif(not PROC.exists(), reason="nobody tells what a process took")
def test_large_files_are_exported_and_imported_in_the_memory_of_a_few(tmp_path):
    home, other = Command(tmp_path / "home"), Command(tmp_path / "other")
    home("init")
    (home.data_dir / "inbox").mkdir(exist_ok=True)
    small = attach(home, "note.txt", b"small") and peak(home, "export", str(tmp_path / "small.jsonl"))
    attach(home, "film.mp4", os.urandom(MIB) * 60)
    export = tmp_path / "home.jsonl"
    assert peak(home, "export", str(export)) < small + 40 * MIB
    assert peak(other, "import", str(export)) < small + 40 * MIB
    assert (other.data_dir / "goodies.db").stat().st_size > 60 * MIB
