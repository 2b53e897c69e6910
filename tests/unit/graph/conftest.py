"""An empty home to write in, on each engine."""

import pytest

from tests.support import desk as support


@pytest.fixture(params=["memory", "sqlite"])
async def desk(request, tmp_path):
    async with support.desk(request.param, tmp_path) as desk:
        yield desk
