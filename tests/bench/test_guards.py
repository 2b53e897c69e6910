"""Guards with generous budgets, for a machine that does other things too: ``pytest -m bench``. The figures themselves
are what ``make bench`` prints.
"""

import pytest

from tools.bench.homes import Homes
from tools.bench.running import Run
from tools.bench.running_long import memory, sizes
from tools.bench.start_up import start_up
from tools.bench.syncing import syncing
from tools.bench.tool_calls import tool_calls
from tools.bench.transfer import transfer
from tools.bench.writing import writing

GENEROUS = 4
"""Times the target: what is slower than that is broken, not busy."""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return Run(Homes(tmp_path_factory.mktemp("homes")), ("1k",), patience=0.1)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("bench", [start_up, tool_calls, writing, transfer, syncing, memory, sizes])
def test_no_figure_is_far_from_its_target(run, bench):
    for line in bench(run):
        if line.limit is None:
            continue
        value = line.judged if line.judged is not None else line.ratio
        far = value < line.limit / GENEROUS if line.at_least else value > line.limit * GENEROUS
        assert not far, line
