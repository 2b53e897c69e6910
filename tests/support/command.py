"""The command as people run it: a process of its own, on files of its own."""

import json
import os
import subprocess
import sys

PROGRAM = (sys.executable, "-m", "goodies_mcp")


class Ran(subprocess.CompletedProcess):
    """What a command came to."""

    @property
    def json(self):
        return json.loads(self.stdout)

    @property
    def error(self):
        """The one line that says what was wrong, without its mark."""
        return self._said("error: ", "message")

    @property
    def hint(self):
        return self._said("hint: ", "hint")

    def _said(self, mark, key):
        (line,) = [line for line in self.stderr.splitlines() if line.startswith((mark, '{"error": '))]
        return line.removeprefix(mark) if line.startswith(mark) else json.loads(line)["error"][key]


class Command:
    """``goodies-mcp`` on one data folder."""

    def __init__(self, data_dir, **environ):
        self.program = PROGRAM
        self.data_dir = data_dir
        self.database = data_dir / "goodies.db"
        self.environ = {"GOODIES_DATA_DIR": str(data_dir), **environ}

    def started(self, *words, **how):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
        return subprocess.Popen([*self.program, *map(str, words)], env={**os.environ, **self.environ}, **pipes)

    def __call__(self, *words, stdin=b"", code=0, **how):
        """Run to the end; a trace on stderr fails, and so does any other exit code than expected."""
        with self.started(*words, **how) as process:
            stdout, stderr = process.communicate(stdin if isinstance(stdin, bytes) else stdin.encode(), timeout=60)
        ran = Ran(words, process.returncode, *((raw or b"").decode("utf-8") for raw in (stdout, stderr)))
        assert "Traceback" not in ran.stderr, ran.stderr
        assert ran.returncode == code, (ran.returncode, ran.stdout, ran.stderr)
        return ran

    def tool(self, tool, /, *, code=0, **arguments):
        """Call a tool; its structured answer."""
        ran = self("call", tool, "-", "--json", stdin=json.dumps(arguments), code=code)
        return ran.json if code == 0 else ran

    def digest(self):
        """The digest of everything that the home holds, versions and all."""
        return next(f for f in self("doctor", "--no-start", "--json").json["findings"] if f["what"] == "digest")[
            "message"
        ]
