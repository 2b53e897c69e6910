"""The stores that keep the contract, each empty at the beginning of a test."""

import pytest

from tests.support.clock import FakeClock
from tests.support.stores import ENGINES, opened


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
async def store(engine, tmp_path, clock):
    async with opened(engine, tmp_path, clock=clock) as store:
        yield store
