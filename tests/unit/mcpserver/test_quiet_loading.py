import gc

import pytest

from goodies_mcp.mcpserver.quiet_loading import quiet_loading


@pytest.fixture(autouse=True)
def _thawed():
    yield
    gc.unfreeze()
    gc.enable()


def test_no_garbage_is_looked_for_while_loading_nor_among_what_was_loaded():
    with quiet_loading():
        assert not gc.isenabled()
        kept = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= len(kept)


def test_whoever_switched_it_off_keeps_it_off_and_failing_changes_nothing():
    gc.disable()
    with pytest.raises(KeyError), quiet_loading():
        raise KeyError
    assert not gc.isenabled()
