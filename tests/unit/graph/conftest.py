"""An empty home to write in, and a small house to ask about, on each engine."""

import pytest

from tests.support import desk as support
from tests.support.home import build_house


@pytest.fixture(params=["memory", "sqlite"])
async def desk(request, tmp_path):
    async with support.desk(request.param, tmp_path) as desk:
        yield desk


@pytest.fixture
async def house(desk):
    return await build_house(desk)
