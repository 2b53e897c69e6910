import subprocess
import sys

PROGRAM = """
import gc
from goodies_mcp.cli.garbage import collect_garbage
gc.disable()
loaded = [[] for _ in range(50_000)]
looks = []
gc.callbacks.append(lambda phase, about: looks.append(about["generation"]))
collect_garbage()
made = [[] for _ in range(1_000)]
print(gc.isenabled(), len(looks))
for _ in range(150_000):
    made.append([])
print(len(looks) > 0)
"""


def test_what_was_loaded_is_not_looked_at_again_and_what_comes_later_is():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "0", "True"]
