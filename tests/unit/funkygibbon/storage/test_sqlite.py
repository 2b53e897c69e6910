"""A home's file shows that it was put back in place, although a hub makes no versions of its own."""

from tests.support.build import Device, record
from tests.support.hub import hub_in


async def test_every_write_counts_in_the_side_file(tmp_path):
    async with hub_in(tmp_path) as hub:
        household = await hub.household()
        home = await hub.store.home(household.id)
        side = tmp_path / "households" / household.id / "home.db.incarnation"
        before = side.read_text()
        await home.write(lambda transaction: transaction.apply([Device(1).entity(record(1))], local=False))
        token, inode, count = side.read_text().split()
        assert [token, inode] == before.split()[:2]
        assert int(count) == int(before.split()[2]) + 1


async def test_a_home_is_opened_once_however_many_ask(tmp_path):
    import asyncio

    async with hub_in(tmp_path) as hub:
        household = await hub.household()
        homes = await asyncio.gather(*(hub.store.home(household.id) for _ in range(20)))
        assert len({id(home) for home in homes}) == 1
