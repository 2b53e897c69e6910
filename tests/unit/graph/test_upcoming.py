import pytest

from goodies_mcp.errors import InvalidInput
from tests.support.desk import ANN


def _due(page):
    return [(item.due, item.name, item.what, item.overdue_days) for item in page.items]


# The fake clock begins on Thursday, 1 January 2026.
NEXT_30_DAYS = [
    ("2025-12-30", "Dishwasher", "clean the filter", 2),
    ("2026-01-02", "Morning heat", "runs at 06:30", -1),
    ("2026-01-20", "Dishwasher", "warranty ends", -19),
]


async def test_dates_schedules_and_overdue_things_soonest_first(house):
    page = await house.graph.what_is_due()
    assert _due(page) == NEXT_30_DAYS
    assert page.until == "2026-01-31"
    assert page.items[0].where == "Our house › Ground floor › Kitchen"


async def test_low_batteries_are_due_today(house):
    await house.graph.record_states([(house.ids["Smoke detector"], "battery", {"percent": 9})])
    assert ("2026-01-01", "Smoke detector", "battery: 9 %", 0) in _due(await house.graph.what_is_due())
    assert all(what != "battery: 9 %" for _, _, what, _ in _due(await house.graph.what_is_due(until="2025-12-31")))
    await house.graph.record_states([(house.ids["Smoke detector"], "battery", {"percent": 90})])
    assert len((await house.graph.what_is_due()).items) == 3


async def test_until_is_a_day_and_included(house):
    assert _due(await house.graph.what_is_due(until="2026-01-20")) == NEXT_30_DAYS
    assert _due(await house.graph.what_is_due(until="2026-01-19T23:00:00Z")) == NEXT_30_DAYS[:2]
    assert _due(await house.graph.what_is_due(until="2025-12-29")) == []
    with pytest.raises(InvalidInput) as refused:
        await house.graph.what_is_due(until="soon")
    assert refused.value.argument == "until"


async def test_within_keeps_to_a_place(house):
    assert _due(await house.graph.what_is_due(within="First floor")) == []
    assert _due(await house.graph.what_is_due(within="kitchen")) == [NEXT_30_DAYS[0], NEXT_30_DAYS[2]]
    assert len((await house.graph.what_is_due(within="Dishwasher")).items) == 2


async def test_the_past_has_its_own_days(house):
    before = house.desk.clock.now()
    await house.graph.update_entity(ANN, "Dishwasher", {"maintenance": None, "warranty_until": None})
    assert [item.name for item in (await house.graph.what_is_due()).items] == ["Morning heat"]
    assert _due(await house.graph.what_is_due(at=before)) == NEXT_30_DAYS


async def test_a_warranty_that_ended_long_ago_is_not_told(house):
    await house.graph.update_entity(ANN, "Dishwasher", {"warranty_until": "2025-12-15"})
    assert "warranty ends" in [item.what for item in (await house.graph.what_is_due()).items]
    await house.graph.update_entity(ANN, "Dishwasher", {"warranty_until": "2025-11-01"})
    assert "warranty ends" not in [item.what for item in (await house.graph.what_is_due()).items]


async def test_pages_cover_everything_once_even_many_things_on_one_day(house):
    tasks = [{"what": f"task {n:03}", "due_on": "2026-01-05"} for n in range(90)]
    for name in ("Boiler", "Furnace"):
        await house.make("device", name, content={"maintenance": tasks})
    seen, cursor = [], None
    while True:
        page = await house.graph.what_is_due(limit=7, cursor=cursor)
        seen += [(item.due, item.id, item.what) for item in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert len(seen) == 183
    assert seen == sorted(set(seen))


async def test_chunks_of_the_store_never_split_a_day(house, monkeypatch):
    monkeypatch.setattr("goodies_mcp.graph.upcoming._CHUNK", 4)
    tasks = [{"what": f"task {n:03}", "due_on": "2026-01-05"} for n in range(30)]
    await house.make("device", "Boiler", content={"maintenance": tasks})
    page = await house.graph.what_is_due(limit=200)
    assert len(page.items) == 33
