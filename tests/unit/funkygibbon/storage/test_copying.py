"""A copy of a hub, and the way back."""

import pytest

from goodies_mcp.errors import GoodiesError
from goodies_mcp.funkygibbon.core.accounts import Role
from goodies_mcp.funkygibbon.storage.copying import check_copy, copy_hub, put_in_place
from tests.support.build import Device, record
from tests.support.hub import hub_in


async def test_what_is_copied_comes_back_and_what_was_there_is_kept(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    async with hub_in(data) as hub:
        household, empty = await hub.household("Home"), await hub.household("Empty")
        await hub.user("ann", Role.OWNER, household)
        home = await hub.store.home(household.id)
        await home.write(lambda transaction: transaction.apply([Device(1).entity(record(1))], local=False))
        assert copy_hub(data, tmp_path / "copy", [household.id, empty.id]) > 0
        await home.write(lambda transaction: transaction.apply([Device(2).entity(record(2))], local=False))
    check_copy(tmp_path / "copy")
    put_in_place(tmp_path / "copy", data, tmp_path / "kept")
    (data / "keys.json").unlink()
    async with hub_in(data, family=0xCC) as hub:
        assert [each.name for each in await hub.store.look(lambda accounts: accounts.members(household.id))] == ["ann"]
        restored = await hub.store.home(household.id)
        assert await restored.read(lambda view: view.feed()) == 1
        assert restored.epoch != home.epoch
    assert (tmp_path / "kept" / "households" / household.id / "home.db").exists()


def test_a_broken_copy_is_found(tmp_path):
    home = tmp_path / "households" / "x" / "home.db"
    home.parent.mkdir(parents=True)
    home.write_bytes(b"half")
    with pytest.raises(GoodiesError):
        check_copy(tmp_path)
