"""A table of devices: what a spreadsheet makes of it comes back, and a home is brought up to it or left alone."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.errors import GoodiesError, InvalidInput, NotFound, TooLarge
from goodies_mcp.graph.inventory import NewRooms
from goodies_mcp.graph.inventory_table import MOST_ROWS, InventoryRow, parse, render
from goodies_mcp.graph.writes import Writer

BY = Writer("ann", "import")
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
FACTS = st.dictionaries(
    st.sampled_from(["serial_number", "serialNumber", "note", "größe", "x-1"]), CELL.filter(lambda c: c.strip())
)


@given(st.lists(st.tuples(CELL.map(str.strip).filter(bool), FACTS), max_size=6))
def test_what_is_written_is_read_again(devices):
    rows = [InventoryRow(name=name, facts=facts) for name, facts in devices]
    read = parse(render(rows))
    assert [(row.name, dict(row.facts)) for row in read] == [(name, facts) for name, facts in devices]


@pytest.mark.parametrize("cell", ["=1+1", "+49 170", "-lamp", "@home", "\tx", "'=1", "''=1"])
def test_a_spreadsheet_finds_nothing_to_reckon_with(cell):
    written = render([InventoryRow(name="Lamp", facts={"note": cell})])
    (_, (*_, seen)) = csv.reader(io.StringIO(written))
    assert seen == f"'{cell}"
    assert parse(written)[0].facts["note"] == cell


def test_numbers_stay_numbers():
    assert ",-5\r\n" in render([InventoryRow(name="Lamp", facts={"offset": "-5"})])


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_may_be_headed_as_people_do(separator):
    text = separator.join(["Name", "Location", "Serial number", "Manufacturer", ""]) + "\r\n"
    text += separator.join(["Lamp", "Hall", "00123", "Acme", ""]) + "\r\n\r\n"
    (row,) = parse(text)
    assert (row.line, row.name, row.room) == (2, "Lamp", "Hall")
    assert row.facts == {"serial_number": "00123", "manufacturer": "Acme"}


@pytest.mark.parametrize(
    ("text", "error", "why"),
    [
        ("", InvalidInput, "no column `name`"),
        ("room,model\nHall,X\n", InvalidInput, "no column `name`"),
        ("name,Model,model\nLamp,1,2\n", InvalidInput, "two columns are named 'model'"),
        ("name\nLamp,Hall\n", InvalidInput, "line 2: there are more cells"),
        ('name\n"Lamp\n', InvalidInput, "line 2: "),
        ("name\n" + "L" * 200_000, TooLarge, "line 2: "),
        ("name\n" + "Lamp\n" * (MOST_ROWS + 1), TooLarge, f"more than {MOST_ROWS} rows"),
        (",".join(["name", *map(str, range(300))]), TooLarge, "301 columns"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_by_line(text, error, why):
    with pytest.raises(error) as refused:
        parse(text)
    assert why in refused.value.message


async def test_the_devices_of_a_home_and_back_change_nothing(house):
    rows = await house.graph.get_inventory()
    assert len(rows) > 5
    lamp = next(row for row in rows if row.name == "Ceiling lamp")
    assert (lamp.type, lamp.room, lamp.room_id) == ("device", "Kitchen", house.ids["Kitchen"])
    done = await house.graph.take_inventory(BY, parse(render(rows)))
    assert {item.action for item in done.items} == {"unchanged"}
    assert done.batch is None


async def test_rows_make_change_and_move(house):
    lamp, kitchen = house.ids["Ceiling lamp"], house.ids["Kitchen"]
    text = f"id,name,room,room_id,serial_number\n{lamp},Big lamp,Hall,{kitchen},007\n,Toaster,Kitchen,,1\n"
    done = await house.graph.take_inventory(BY, parse(text))
    assert sorted(item.action for item in done.items) == ["created", "moved", "updated"]
    details = await house.graph.get_entity_details(lamp)
    assert (details.name, details.content["serial_number"]) == ("Big lamp", "007")
    assert "Hall" in details.where
    assert "Kitchen" in (await house.graph.get_entity_details("Toaster")).where
    await house.graph.undo(BY)
    assert (await house.graph.get_entity_details(lamp)).name == "Ceiling lamp"


async def test_like_rows_are_like_things_and_are_known_again(house):
    rows = parse("name,room,serial_number\nToaster,Kitchen,1\nToaster,Kitchen,2\n")
    assert [item.action for item in (await house.graph.take_inventory(BY, rows)).items] == ["created"] * 2
    for table in (rows, rows[::-1]):
        assert {item.action for item in (await house.graph.take_inventory(BY, table)).items} == {"unchanged"}


async def test_a_number_that_is_there_stays_one_and_empty_cells_say_nothing(house):
    made = await house.make(
        "device", "Heater", content={"power_w": 900, "on_wall": True, "plan": {"a": 1}, "note": "x"}
    )
    (row,) = [row for row in await house.graph.get_inventory() if row.name == "Heater"]
    assert row.facts == {"power_w": "900", "on_wall": "true", "note": "x"}
    await house.graph.take_inventory(BY, parse(f"id,name,power_w,on_wall,note\n{made},Heater,950.5,FALSE,\n"))
    content = (await house.graph.get_entity_details(made)).content
    assert content == {"power_w": 950.5, "on_wall": False, "plan": {"a": 1}, "note": "x"}


async def test_new_rooms_are_made_only_when_asked_for(house):
    rows = parse("name,room\nKettle,Pantry\nJar,pantry\n")
    with pytest.raises(NotFound, match="line 2: there is no room 'Pantry'") as refused:
        await house.graph.take_inventory(BY, rows)
    assert "--new-rooms" in refused.value.hint
    done = await house.graph.take_inventory(BY, rows, new_rooms=NewRooms())
    assert [item.type for item in done.items] == ["room", "device", "device"]
    assert (await house.graph.get_entity_details("Pantry")).where == "Our house"


async def test_several_homes_have_to_be_told_apart(house):
    await house.make("home", "Cabin")
    rows = parse("name,room\nKettle,Pantry\n")
    with pytest.raises(InvalidInput, match="several homes"):
        await house.graph.take_inventory(BY, rows, new_rooms=NewRooms())
    await house.graph.take_inventory(BY, rows, new_rooms=NewRooms("Cabin"))
    assert (await house.graph.get_entity_details("Pantry")).where == "Cabin"


async def test_a_rehearsal_keeps_nothing(house):
    done = await house.graph.take_inventory(BY, parse("name,room\nToaster,Kitchen\n"), dry_run=True)
    assert ([item.action for item in done.items], done.batch) == (["created"], None)
    assert "rehearsal" in done.note
    with pytest.raises(NotFound):
        await house.graph.get_entity_details("Toaster")


@pytest.mark.parametrize(
    "line",
    [
        "nobody,,Lamp,",
        ",spaceship,Lamp,",
        ",room,Lamp,",
        ",,,Kitchen",
        ",,Lamp,Nowhere",
        ",,a\x07b,",
        ",,Lamp,Ceiling lamp",
    ],
)
async def test_one_wrong_row_keeps_the_whole_table_out(house, line):
    rows = parse(f"id,type,name,room\n,,Toaster,Kitchen\n{line}\n")
    with pytest.raises(GoodiesError, match=r"^line 3: ") as refused:
        await house.graph.take_inventory(BY, rows)
    assert refused.value.argument == "file"
    with pytest.raises(NotFound):
        await house.graph.get_entity_details("Toaster")


async def test_a_kind_of_device_in_the_column_type_is_told_where_it_belongs(house):
    with pytest.raises(GoodiesError, match="light") as refused:
        await house.graph.take_inventory(BY, parse("name,type\nLamp,light\n"))
    assert "device_type" in refused.value.hint
