"""P1 at CI size; ``python -m tools.fault.power_cut`` is the full run. And that its check can fail."""

import random
import subprocess
import sys

import pytest

from tools.fault import power, power_cut

SEED = 20260728

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or power.compiler() is None, reason="needs Linux and a C compiler to watch a disk"
)


@pytest.mark.timeout(400)
def test_p01_nothing_acked_is_lost_when_the_power_goes(tmp_path):
    tally = power_cut.cuts(tmp_path, 20, SEED)
    assert tally.faults == []
    assert tally.kills == 20
    assert tally.acked > 50
    assert tally.syncs > 20
    assert tally.lost_changes > 20


@pytest.mark.timeout(400)
def test_p01_the_check_sees_what_a_disk_lost_that_only_says_it_synced(tmp_path):
    assert power_cut.cuts(tmp_path, 20, SEED, lying=True).faults


WRITES = """
import os, sys
folder = sys.argv[1]
synced = os.open(folder + "/synced", os.O_RDWR)
os.pwrite(synced, b"B" * 10, 5)
os.fsync(synced)
os.write(synced, b"CCC")
os.ftruncate(synced, 8)
loose = os.open(folder + "/new", os.O_CREAT | os.O_WRONLY, 0o600)
os.write(loose, b"D" * 4)
os.fsync(loose)
os.rename(folder + "/new", folder + "/renamed")
os.write(loose, b"E" * 4)
os.unlink(folder + "/gone")
"""


def test_the_disk_has_what_was_synced_and_some_of_the_rest(tmp_path):
    library, log, folder = power.library(tmp_path), tmp_path / "log", tmp_path / "disk"
    folder.mkdir()
    seen = set()
    for seed in range(40):
        (folder / "synced").write_bytes(b"A" * 8)
        (folder / "gone").write_bytes(b"x")
        disk = power.Disk(folder)
        log.unlink(missing_ok=True)
        environ = {"LD_PRELOAD": str(library), "DISK_LOG": str(log), "DISK_FOLDER": str(folder)}
        if not seen:
            subprocess.run([sys.executable, "-c", WRITES, folder], env=environ, check=True)
            kept = log.read_bytes()
        log.write_bytes(kept)
        assert disk.live(log) == 2
        disk.cut(random.Random(seed))
        assert sorted(each.name for each in folder.iterdir()) == ["renamed", "synced"]
        seen.add(((folder / "synced").read_bytes(), (folder / "renamed").read_bytes()))
        (folder / "renamed").unlink()
    synced, renamed = ({each[number] for each in seen} for number in (0, 1))
    whole = b"AAAAA" + b"B" * 10
    assert synced == {whole, b"CCC" + whole[3:], whole[:8], b"CCC" + whole[3:8]}
    assert renamed == {b"DDDD", b"DDDDEEEE"}
