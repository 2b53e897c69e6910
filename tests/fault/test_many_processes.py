"""Four writers and four readers on one file at CI size; ``python -m tools.fault.writers`` is the full run."""

import pytest

from tools.fault import writers


@pytest.mark.timeout(300)
def test_many_processes_lose_nothing_and_hear_of_no_lock(tmp_path):
    assert writers.run(tmp_path, seconds=4, seed=20260728, talk=False) == []
