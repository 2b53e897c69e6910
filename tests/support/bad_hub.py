"""A device before a hub that is about to go wrong, and what must be true of it then and afterwards."""

from contextlib import asynccontextmanager

import pytest

from tests.support.syncing import a_device
from tests.support.tiny_hub import TinyHub, serving


@asynccontextmanager
async def met(tmp_path, **options):
    """A device with one unpushed lamp, which has synced before with this hub."""
    async with serving(TinyHub()) as hub, a_device(tmp_path, **options) as device:
        await device.log_in(hub)
        await device.make("Ceiling light")
        await device.service.sync_now()
        await device.make("Lamp")
        hub.requests.clear()
        yield hub, device


async def refused(device, kind):
    """Sync, and it must fail so; the status tells it, the lamp still waits, and another try ends too."""
    with pytest.raises(kind) as caught:
        await device.service.sync_now()
    status = await device.service.status()
    assert (status.failure.code, status.failure.message) == (caught.value.code, caught.value.message)
    assert status.state == "Idle"
    assert status.pending + status.parked_count == 1
    return caught.value


async def recovered(hub, device):
    """Once the hub is well, everything is there, once."""
    hub.always = None
    hub.turns.clear()
    status = await device.service.sync_now()
    assert status.failure is None
    assert (status.pending, status.parked_count) == (0, 0)
    assert await hub.store.read(lambda view: view.status().digest) == await device.digest()
