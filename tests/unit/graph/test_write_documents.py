"""Notes and procedures."""

import pytest

from goodies_mcp.errors import InvalidInput, NotFound, TooLarge
from tests.support.desk import ANN, only


async def test_a_note_is_called_by_its_first_line_and_tied_to_its_subject(desk):
    boiler = await desk.make("device", "Boiler")
    text = "\n\n  Descaled it.  \nUsed\x07 vinegar.\n"
    done = await desk.graph.add_note(ANN, text, about="boiler", category="maintenance")
    note = await desk.entity(only(done).id)
    assert (note.entity_type, note.name) == ("note", "Descaled it.")
    assert dict(note.content) == {"text": text, "category": "maintenance"}
    assert await desk.edges_from(boiler) == [("documented_by", note.id)]
    assert len(await desk.store.read(lambda view: view.batch_versions(done.batch))) == 2


async def test_the_same_note_twice_is_two_notes(desk):
    first = only(await desk.graph.add_note(ANN, "Descaled"))
    second = only(await desk.graph.add_note(ANN, "Descaled"))
    assert (first.action, second.action) == ("created", "created")
    assert first.id != second.id


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("x" * 81, "x" * 79 + "…"),
        ("word " * 20, "word " * 15 + "word…"),
        ("x" * 80, "x" * 80),
        ("\u200b\nreal\ttitle", "real title"),
    ],
)
async def test_a_long_first_line_is_cut_between_words(desk, text, name):
    assert only(await desk.graph.add_note(ANN, text)).name == name


@pytest.mark.parametrize(
    ("arguments", "argument", "error"),
    [
        ({"text": " \n "}, "text", InvalidInput),
        ({"text": "\ud800"}, "text", InvalidInput),
        ({"text": "x" * 1_048_577}, "text", TooLarge),
        ({"text": "x", "about": "Nobody"}, "about", NotFound),
        ({"text": "x", "category": ""}, "category", InvalidInput),
    ],
)
async def test_a_note_that_cannot_be_kept_is_refused(desk, arguments, argument, error):
    call = dict(arguments)
    with pytest.raises(error) as caught:
        await desk.graph.add_note(ANN, call.pop("text"), **call)
    assert caught.value.argument == argument
    assert (await desk.status()).feed == 0


async def test_a_long_note_is_kept_whole(desk):
    text = "x" * 1_000_000
    assert (await desk.entity(only(await desk.graph.add_note(ANN, text)).id)).content["text"] == text


async def test_a_procedure_is_tied_to_what_it_is_for(desk):
    boiler, room = await desk.make("device", "Boiler"), await desk.make("room", "Cellar")
    done = await desk.graph.create_procedure(
        ANN,
        "Bleed the radiators",
        ["Turn the pump off", "Open the valve"],
        for_entities=["Boiler", room, boiler],
        description="Every autumn",
        category="heating",
        tools_needed=["Key"],
    )
    procedure = await desk.entity(only(done).id)
    assert dict(procedure.content) == {
        "steps": ["Turn the pump off", "Open the valve"],
        "description": "Every autumn",
        "category": "heating",
        "tools_needed": ["Key"],
    }
    assert await desk.edges_from(procedure.id) == sorted([("procedure_for", boiler), ("procedure_for", room)])


async def test_the_same_procedure_for_the_same_things_is_not_doubled(desk):
    await desk.make("device", "Boiler")
    await desk.make("device", "Fan")
    first = only(await desk.graph.create_procedure(ANN, "Clean", ["Wipe"], for_entities=["Boiler"]))
    again = await desk.graph.create_procedure(ANN, "clean", ["Wipe", "Dry"], for_entities=["Boiler"])
    assert (only(again).action, only(again).id, again.batch) == ("exists", first.id, None)
    assert "content stays" in again.note
    other = only(await desk.graph.create_procedure(ANN, "Clean", ["Wipe"], for_entities=["Fan"]))
    loose = only(await desk.graph.create_procedure(ANN, "Clean", ["Wipe"]))
    assert len({first.id, other.id, loose.id}) == 3
    assert only(await desk.graph.create_procedure(ANN, "Clean", ["Wipe"])).id == loose.id


@pytest.mark.parametrize(
    ("arguments", "argument", "error"),
    [
        ({"steps": []}, "steps", InvalidInput),
        ({"steps": ["Do", " "]}, "steps[1]", InvalidInput),
        ({"steps": ["x"] * 501}, "steps", TooLarge),
        ({"title": "\n"}, "title", InvalidInput),
        ({"for_entities": ["Boiler", "Nobody"]}, "for_entities[1]", NotFound),
        ({"for_entities": ["Other procedure"]}, "for_entities", InvalidInput),
        ({"tools_needed": [""]}, "tools_needed[0]", InvalidInput),
        ({"description": "x" * 1_048_577}, "description", TooLarge),
    ],
)
async def test_a_procedure_that_cannot_be_kept_is_refused(desk, arguments, argument, error):
    await desk.make("device", "Boiler")
    await desk.make("procedure", "Other procedure")
    call = {"title": "Clean", "steps": ["Wipe"], **arguments}
    with pytest.raises(error) as caught:
        await desk.graph.create_procedure(ANN, call.pop("title"), call.pop("steps"), **call)
    assert caught.value.argument == argument
