import threading

import pytest

from goodies_mcp.errors import Unavailable
from goodies_mcp.reading.endings import Ending


def test_when_time_is_over_the_end_is_called():
    ended = threading.Event()
    with Ending().within(0.01, ended.set) as watch:
        assert ended.wait(10)
    assert watch.late


def test_what_ends_by_itself_is_not_ended():
    ended = threading.Event()
    with Ending().within(60, ended.set) as watch:
        pass
    assert not ended.is_set()
    assert not watch.late


def test_giving_up_ends_what_runs_and_lets_nothing_begin():
    ending, ended = Ending(), threading.Event()
    ending.check()
    with ending.within(60, ended.set) as watch:
        ending.give_up()
        assert ended.is_set()
    assert not watch.late
    with pytest.raises(Unavailable):
        ending.check()
    with pytest.raises(Unavailable), ending.within(60, ended.set):
        pytest.fail("it began")
