"""Values made to hurt: they are stored as data and read back unchanged, or refused; nothing else happens (P15)."""

import pytest

from goodies_mcp.core.models import DeviceState, RecordId, RelationshipPayload
from goodies_mcp.core.text import fold
from goodies_mcp.errors import GoodiesError
from goodies_mcp.storage.interface import Answer, TextQuery
from tests.support.build import Device, a_batch, a_file, record
from tests.support.clock import moment
from tests.support.observed import everything

TEXTS = [
    "'; DROP TABLE entities; --",
    "\"quoted\" 'twice'",
    "%_\\%",
    "a\x00b",
    "\x00",
    "\x00\x00tail",
    "\x02marked\x03",
    "\r\n\t\x0b",
    "\u202eright to left\u202c",
    "שלום عربي",
    "🏠👨\u200d👩\u200d👧",
    "\u0000\uffff\U0010ffff",
    "\ufeffbom",
    "é" * 3 + "e\u0301",
    "I\u0307stanbul ıi",
    "ſtraße ﬁn ½",
    "NULL",
    "None",
    "0",
    "1e999",
    "-1",
    "true",
    "[]",
    "{}",
    "\\u0000",
    "../../etc/passwd",
    "${HOME}",
    "%s%n{0}",
    "<script>alert(1)</script>",
    "x" * 1_000_000,
    "𐀀\uffff",
    "",
    " ",
    "\N{COMBINING ACUTE ACCENT}" * 500,
]

hostile = pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:40])


async def put(store, *versions):
    return await store.write(lambda tx: tx.apply(versions, local=True))


@hostile
async def test_p15_a_name_and_a_content_come_back_unchanged(store, text):
    device = Device(1)
    content = {text: text, "list": [text, {text: None}], "notes": text}
    said = device.entity(record(1), text, content=content)
    await put(store, said)
    shown = (await store.read(lambda view: view.entities([record(1)])))[record(1)]
    assert shown.name == text
    assert dict(shown.content) == content
    assert [each.value for each in await store.read(lambda view: view.versions(record(1)))] == [said]
    assert [each.id for each in await store.read(lambda view: view.named(text))] == [record(1)]
    assert [each.id for each in await store.read(lambda view: view.named("nothing like it"))] == []
    [listed] = await store.read(lambda view: view.listed([], after=None, limit=9))
    assert await store.read(lambda view: view.listed([], after=(fold(text), listed.id), limit=9)) == []
    await store.read(lambda view: (view.search(TextQuery(((text[:100],),)), 9), view.near_words(text[:100])))


@hostile
async def test_p15_ids_and_kinds_are_data(store, text):
    one, other = RecordId(f"a{text}"), RecordId(f"b{text}")
    edge = RecordId(f"e{text}")
    device = Device(1)
    said = [
        device.entity(one, "One", entity_type=text),
        device.entity(other, "Other"),
        device.edge(edge, one, other, relationship_type=text, properties={text: text}),
    ]
    await put(store, *said)
    found = await store.read(
        lambda view: (
            set(view.entities([one, other])),
            view.counts().get(text),
            [each.id for each in view.listed([text], after=None, limit=9)],
            [each.id for each in view.edges([one], "out", [text])],
            [each.id for each in view.edges([other], "in", [text])],
            dict(view.relationship(edge).properties),
        )
    )
    assert found == ({one, other}, 2 if text == "device" else 1, [one], [edge], [edge], {text: text})


@hostile
async def test_p15_the_small_things_are_data(store, text):
    about = a_file(text.encode(), content_type=text, file_name=text)
    state = DeviceState(RecordId(text), text, {text: text}, moment(0), moment(0))
    answer = Answer("a" * 64, text, moment(0))
    batch = a_batch(text, client=text, tool=text)

    def work(tx):
        tx.begin_batch(batch)
        tx.apply([Device(1).entity(record(1))], local=True)
        tx.put_value(text, text)
        tx.remember(text, answer)
        tx.put_content(about, text.encode())
        tx.put_states([state])

    await store.write(work)
    found = await store.read(
        lambda view: (
            view.value(text),
            view.answer(text),
            view.content(about.sha256),
            view.content_bytes(about.sha256),
            view.batch(text),
            view.batches(text, 9),
            len(view.batch_versions(text)),
        )
    )
    assert found == (text, answer, about, text.encode(), batch, [batch], 1)
    [held] = await store.read(lambda view: view.states([RecordId(text)], text))
    assert dict(held.value) == {text: text}


async def test_names_that_differ_only_behind_a_nul_are_two_names(store):
    device = Device(1)
    await put(store, device.entity(record(1), "lamp\x00one"), device.entity(record(2), "lamp\x00two"))
    assert [each.id for each in await store.read(lambda view: view.named("lamp\x00two"))] == [record(2)]
    await put(store, device.entity(RecordId("id\x00a"), "A"), device.entity(RecordId("id\x00b"), "B"))
    assert list(await store.read(lambda view: view.entities([RecordId("id\x00b")]))) == [RecordId("id\x00b")]


async def test_a_lone_surrogate_is_refused_and_leaves_no_trace(store):
    device = Device(1)
    before = await store.read(everything)
    for said in (
        device.entity(record(1), "half \ud83d"),
        device.entity(record(1), "Lamp", content={"notes": "\udc00"}),
        device.version(record(1), RelationshipPayload(record(2), record(3), "controls", {"\ud800": 1})),
    ):
        with pytest.raises(GoodiesError):
            await put(store, said)
    assert await store.read(everything) == before


async def test_numbers_keep_their_kind_and_size(store):
    content = {"big": 2**80, "small": -(2**70), "float": 0.1, "whole": 1.0, "one": 1, "true": True, "tiny": 5e-324}
    await put(store, Device(1).entity(record(1), content=content))
    shown = (await store.read(lambda view: view.entities([record(1)])))[record(1)]
    assert {key: (type(value), value) for key, value in shown.content.items()} == {
        key: (type(value), value) for key, value in content.items()
    }


async def test_deep_content_is_kept_or_refused_and_never_breaks_the_store(store):
    content: dict[str, object] = {}
    inner = content
    for _ in range(60):
        inner["in"] = {}
        inner = inner["in"]  # type: ignore[assignment]
    await put(store, Device(1).entity(record(1), content=content))
    shown = (await store.read(lambda view: view.entities([record(1)])))[record(1)]
    assert dict(shown.content) == content


async def test_an_odd_moment_is_only_compared(store):
    await put(store, Device(1).entity(record(1)))
    for at, there in (("", 0), ("'; --", 0), ("\x00", 0), ("zzzz", 1), ("9999-12-31T23:59:59.999999+00:00", 1)):
        assert len(await store.read(lambda view: view.entities([record(1)]), at=at)) == there, at
