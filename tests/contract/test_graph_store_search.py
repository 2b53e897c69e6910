"""Full text: what is found, where, how marked, and that no character of a query or a text has power over a store."""

from typing import get_args

import pytest

from goodies_mcp.storage.interface import TextQuery, Weighing
from tests.support.build import Device, record


async def put(store, *versions):
    return await store.write(lambda tx: tx.apply(versions, local=True))


async def names(store, *groups, limit=50, **kwargs):
    query = TextQuery(tuple((group,) if isinstance(group, str) else tuple(group) for group in groups), **kwargs)

    def found(view):
        hits = view.search(query, limit)
        told = [(hit.id, hit.entity_type, hit.name, dict(hit.content)) for hit in hits]
        whole = [hit.entity for hit in hits]
        assert told == [(each.id, each.entity_type, each.name, dict(each.content)) for each in whole]
        return [hit.name for hit in hits]

    return await store.read(found)


@pytest.fixture
async def house(store):
    device = Device(1)
    entities = [
        ("Kitchen light", "device", {"notes": "LED strip below the cupboard"}),
        ("Kitchen", "room", {"notes": "where the kettle lives"}),
        ("Cupboard", "device", {"notes": "holds the spare light bulbs for the kitchen"}),
        ("Thermostat", "device", {"manufacturer": "Nest", "notes": "set to 21"}),
        ("Café lamp", "device", {"notes": "naïve façade, Straße"}),
        ("How to descale", "procedure", {"steps": ["Pour vinegar", "Wait one hour", "Rinse twice"]}),
    ]
    await put(
        store,
        *(device.entity(record(n), name, entity_type=kind, content=c) for n, (name, kind, c) in enumerate(entities)),
    )


@pytest.mark.usefixtures("house")
async def test_words_are_found_in_names_and_texts(store):
    assert await names(store, "thermostat") == ["Thermostat"]
    assert await names(store, "vinegar") == ["How to descale"]
    assert set(await names(store, "kitchen")) == {"Kitchen light", "Kitchen", "Cupboard"}
    assert await names(store, "submarine") == []


@pytest.mark.usefixtures("house")
async def test_every_group_must_match_and_any_alternative_does(store):
    assert set(await names(store, "kitchen", "light")) == {"Kitchen light", "Cupboard"}
    assert set(await names(store, ["thermostat", "kettle"])) == {"Thermostat", "Kitchen"}
    assert await names(store, ["thermostat", "kettle"], "kitchen") == ["Kitchen"]
    assert await names(store, "kitchen", "submarine") == []


@pytest.mark.usefixtures("house")
async def test_several_words_are_a_phrase(store):
    assert await names(store, "light bulbs") == ["Cupboard"]
    assert await names(store, "bulbs light") == []
    assert await names(store, "spare light bul*") == ["Cupboard"]
    assert await names(store, "spa* light") == []


@pytest.mark.usefixtures("house")
async def test_a_star_at_the_end_asks_for_a_prefix(store):
    assert await names(store, "therm*") == ["Thermostat"]
    assert set(await names(store, "kit*")) == {"Kitchen light", "Kitchen", "Cupboard"}
    assert await names(store, "herm*") == []
    assert await names(store, "therm") == []


@pytest.mark.parametrize("asked", ["cafe", "CAFÉ", "cafe\u0301", "facade", "Naive"])
@pytest.mark.usefixtures("house")
async def test_case_and_accents_do_not_matter(store, asked):
    assert await names(store, asked) == ["Café lamp"]


@pytest.mark.usefixtures("house")
async def test_names_only_looks_at_names_alone(store):
    assert set(await names(store, "kitchen", names_only=True)) == {"Kitchen", "Kitchen light"}
    assert await names(store, "vinegar", names_only=True) == []


@pytest.mark.usefixtures("house")
async def test_types_narrow(store):
    assert await names(store, "kitchen", types=("room",)) == ["Kitchen"]
    assert set(await names(store, "kitchen", types=("room", "device"))) == {"Kitchen", "Kitchen light", "Cupboard"}
    assert await names(store, "kitchen", types=("scene",)) == []


@pytest.mark.usefixtures("house")
async def test_types_are_words_too_where_that_is_asked_for(store):
    assert await names(store, "procedure") == []
    assert await names(store, "procedure", types_too=True) == ["How to descale"]
    assert await names(store, "kettle", "zone", types_too=True) == []
    assert await names(store, "kettle", "room", types_too=True) == ["Kitchen"]


@pytest.mark.usefixtures("house")
async def test_best_comes_first_and_the_limit_holds(store):
    hits = await store.read(lambda view: view.search(TextQuery((("kitchen",),)), 50))
    assert [hit.rank for hit in hits] == sorted(hit.rank for hit in hits)
    assert hits[-1].name == "Cupboard", "a word in the name is worth more than one in the text"
    assert await names(store, "kitchen", limit=2) == [hit.name for hit in hits[:2]]


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("weighing", get_args(Weighing))
async def test_the_same_is_found_however_it_is_weighed(store, weighing):
    assert set(await names(store, "kitchen", weighing=weighing)) == {"Kitchen", "Kitchen light", "Cupboard"}
    assert await names(store, "kitchen", types=("room",), weighing=weighing) == ["Kitchen"]
    assert len(await names(store, "kitchen", limit=2, weighing=weighing)) == 2


@pytest.mark.usefixtures("house")
async def test_snippets_mark_what_matched(store):
    async def marked(*groups):
        query = TextQuery(tuple((group,) for group in groups))
        [excerpt] = await store.read(lambda view: [hit.excerpt() for hit in view.search(query, 9)])
        parts = excerpt.split("\x02")[1:]
        assert all("\x03" in part for part in parts)
        return {word.casefold() for part in parts for word in part.partition("\x03")[0].split()}

    assert await marked("vinegar") == {"vinegar"}
    assert await marked("light bulbs") == {"light", "bulbs"}
    assert await marked("therm*") == {"thermostat"}
    assert await marked("facade") == {"façade"}


async def test_what_is_renamed_is_found_by_its_new_name_only(store):
    device = Device(1)
    lamp = device.entity(record(1), "Lamp", content={"notes": "old brass"})
    new = device.entity(record(1), "Chandelier", lamp, content={"notes": "cut crystal"})
    await put(store, lamp)
    await put(store, new)
    assert [await names(store, word) for word in ("lamp", "brass", "chandelier", "crystal")] == [
        [],
        [],
        ["Chandelier"],
        ["Chandelier"],
    ]
    await put(store, device.tombstone(new))
    assert await names(store, "chandelier") == []


@pytest.mark.usefixtures("house")
async def test_near_words_corrects_a_slip(store):
    near = await store.read(lambda view: {word: view.near_words(word) for word in ("termostat", "kichen", "xyzzyq")})
    assert near["termostat"][0] == "thermostat"
    assert near["kichen"][0] == "kitchen"
    assert near["xyzzyq"] == []


@pytest.mark.usefixtures("house")
async def test_near_words_finds_a_word_inside_another(store):
    assert "cupboard" in await store.read(lambda view: view.near_words("board"))
    assert len(await store.read(lambda view: view.near_words("e", 3))) <= 3


OPERATORS = [
    '"', '""', "'", "''", "%", "_", "\\", "*", "**", "^kitchen", "kitchen OR thermostat", "kitchen AND", "NOT kitchen",
    "kitchen NEAR thermostat", "NEAR(kitchen light, 2)", "name:kitchen", "{name text}: kitchen", "-kitchen", "+kitchen",
    "(kitchen", "kitchen)", "kitchen'; DROP TABLE entities; --", 'kitchen" OR "thermostat', "\x00", "kit\x00chen",
    "\u202enehctik", "🏠", "\ud83d", "a" * 100_000, "", " ", "\n\t", ";", "--", "/* */", "rank", "kitchen\x02", "١٢٣",
]  # fmt: skip


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("asked", OPERATORS, ids=lambda asked: repr(asked)[:40])
async def test_p15_no_query_has_power_over_the_store(store, asked):
    """The words between the signs may match; the signs mean nothing, whatever they mean in some query language."""
    before = await store.read(lambda view: view.status())
    for names_only in (False, True):
        for alternative in (asked, asked + "*"):
            found = await names(store, alternative, names_only=names_only)
            assert "Thermostat" not in found or "thermostat" in asked
            found = await names(store, alternative, "thermostat", names_only=names_only)
            assert set(found) <= {"Thermostat"}
    await store.read(lambda view: view.near_words(asked))
    assert await store.read(lambda view: view.status()) == before


@pytest.mark.parametrize("groups", [(), ((),), (("",),), (("*",),), (("!?",),)])
@pytest.mark.usefixtures("house")
async def test_a_query_without_words_finds_nothing(store, groups):
    assert await store.read(lambda view: view.search(TextQuery(groups), 9)) == []


@pytest.mark.usefixtures("house")
async def test_an_empty_alternative_does_not_spoil_its_group(store):
    assert await names(store, ["", "thermostat", "?"]) == ["Thermostat"]


async def test_a_word_in_very_many_things_is_still_answered(store):
    device = Device(1)
    await put(store, *(device.entity(record(n), f"Sensor {n}", content={"notes": "common"}) for n in range(3_000)))
    assert len(await names(store, "sensor", limit=20)) == 20
    assert len(await names(store, "common", limit=20)) == 20
    assert await names(store, "2718") == ["Sensor 2718"]


async def test_where_there_are_no_spaces_any_characters_in_a_row_are_found(store):
    device = Device(1)
    await put(
        store,
        device.entity(record(1), "智能灯"),
        device.entity(record(2), "Note", entity_type="note", content={"text": "厨房的智能灯坏了,请修理。"}),
        device.entity(record(3), "灯能", content={"text": "キッチンのライト"}),
    )
    assert set(await names(store, "智能")) == {"智能灯", "Note"}
    assert set(await names(store, "灯")) == {"智能灯", "Note", "灯能"}
    assert await names(store, "修理") == ["Note"]
    assert await names(store, "ライト") == ["灯能"]
    assert await names(store, "灯智") == []
    assert set(await names(store, "智*")) == {"智能灯", "Note"}

    def marked(view):
        (hit,) = view.search(TextQuery((("修理",),)), 5)
        return hit.excerpt()

    assert "修理" in (await store.read(marked)).split("\x02")[1].split("\x03")[0]


@pytest.mark.parametrize("asked", ["智能", "修理"])
async def test_what_is_found_where_there_are_no_spaces_goes_with_it(store, asked):
    device = Device(1)
    lamp = device.entity(record(1), "智能灯", content={"text": "请修理"})
    await put(store, lamp)
    assert await names(store, asked) == ["智能灯"]
    await put(store, device.tombstone(lamp))
    assert await names(store, asked) == []
