"""Standard streams that are closed or odd, seen from a process of its own."""

import subprocess
import sys

import pytest


def run(script, *, closed=(), **how):
    close = " ".join(f"{number}>&-" for number in closed)
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" -c "$1" {close}', sys.executable, script],
        capture_output=True,
        check=False,
        timeout=60,
        **how,
    )


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_closed_stream_gives_its_number_to_nobody(number, tmp_path):
    script = (
        "from goodies_mcp.cli import streams\n"
        "streams.fill_closed()\n"
        f"file = open({str(tmp_path / 'file')!r}, 'wb')\n"
        "file.write(str(file.fileno()).encode())\n"
    )
    assert run(script, closed=[number]).returncode == 0
    assert int((tmp_path / "file").read_text()) > 2


def test_after_stdout_was_taken_everything_printed_is_on_stderr():
    script = (
        "import os, sys\n"
        "from goodies_mcp.cli import streams\n"
        "wire = streams.take_stdout()\n"
        "print('printed', flush=True)\n"
        "os.write(1, b'written')\n"
        "os.write(wire, b'protocol')\n"
    )
    ran = run(script)
    assert (ran.stdout, ran.stderr) == (b"protocol", b"printed\nwritten")


def test_what_cannot_be_shown_is_escaped():
    script = "from goodies_mcp.cli import streams\nstreams.forgive_odd_text()\nprint('K\\u00fcche \\ud800')\n"
    assert run(script, env={"PYTHONIOENCODING": "ascii"}).stdout == b"K\\xfcche \\ud800\n"
