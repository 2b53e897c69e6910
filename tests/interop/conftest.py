"""A fielded hub, two devices of ours that are logged in there, and the clients of others."""

import pytest

from tests.interop import foreign
from tests.interop.v2_home import a_fielded_hub, a_v2_device
from tests.interop.v2_scene import a_scene


@pytest.fixture
async def fielded():
    async with a_fielded_hub() as hub:
        yield hub


@pytest.fixture
async def one(tmp_path, fielded):
    async with a_v2_device(tmp_path, fielded) as device:
        yield device


@pytest.fixture
async def two(tmp_path, fielded):
    async with a_v2_device(tmp_path, fielded, 2) as device:
        yield device


@pytest.fixture
async def scene(tmp_path):
    async with a_scene(tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def kit():
    """The clients of others and the official suite, where they were fetched."""
    return foreign.found()
