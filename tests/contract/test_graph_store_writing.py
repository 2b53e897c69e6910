"""Units of work: all or nothing, their own writes in sight, and the small things a store keeps beside versions."""

import asyncio
from dataclasses import replace

import pytest

from goodies_mcp.core.models import DeviceState, Dot, DueDate
from goodies_mcp.errors import InvalidInput, NotFound
from goodies_mcp.storage.interface import Answer, TextQuery
from tests.support.build import Device, a_batch, a_file, record
from tests.support.clock import moment
from tests.support.observed import everything

HALL, LAMP, PLACE = record(1), record(2), record(10)
ANSWER = Answer(arguments="a" * 64, answer='{"id":"x"}', at=moment(0))


class Refusal(Exception):
    pass


def fill(tx, device):
    """Something of everything that a transaction can write."""
    tx.begin_batch(a_batch(f"batch-{device.made}"))
    hall = device.entity(HALL, "Hall", entity_type="room")
    lamp = device.entity(LAMP, "Lamp", content={"warranty_until": "2026-06-01"})
    tx.apply([hall, lamp, device.edge(PLACE, LAMP, HALL)], local=True)
    tx.put_states([DeviceState(LAMP, "on_off", {"on": True}, moment(1), moment(1))])
    tx.put_content(a_file(b"bytes"), b"bytes")
    tx.put_value("key", "text")
    tx.remember("idem", ANSWER)
    return lamp


def beside(view):
    """What ``everything`` leaves out: the parts that are no one's but this store's."""
    return (
        everything(view),
        view.feed(),
        view.status(),
        view.value("key"),
        view.answer("idem"),
        view.content_bytes(a_file(b"bytes").sha256),
        view.near_words("lamp"),
    )


async def test_p12_a_unit_of_work_that_raises_leaves_no_trace(store):
    before = await store.read(beside)

    def work(tx):
        fill(tx, Device(1))
        assert beside(tx) != before
        raise Refusal

    with pytest.raises(Refusal):
        await store.write(work)
    assert await store.read(beside) == before


async def test_p12_a_failure_over_existing_things_leaves_them_as_they_were(store):
    device = Device(1)
    lamp = await store.write(lambda tx: fill(tx, device))
    before = await store.read(beside)

    def work(tx):
        tx.begin_batch(a_batch("later"))
        tx.apply([device.tombstone(lamp)], local=True)
        tx.put_value("key", None)
        tx.remember("idem", replace(ANSWER, at=moment(30 * 86_400)))
        raise NotFound("gone", hint="look again")

    with pytest.raises(NotFound) as raised:
        await store.write(work)
    assert raised.value.hint == "look again"
    assert await store.read(beside) == before


async def test_a_transaction_sees_what_it_has_written(store):
    def work(tx):
        device = Device(1)
        lamp = fill(tx, device)
        assert tx.at is None
        assert tx.entities([LAMP])[LAMP].name == "Lamp"
        assert [each.id for each in tx.named("lamp")] == [LAMP]
        assert [each.id for each in tx.edges([LAMP], "out")] == [PLACE]
        assert [hit.entity.id for hit in tx.search(TextQuery((("lamp",),)), 9)] == [LAMP]
        assert [each.on for each in tx.due("2027-01-01", after=None, limit=9)] == ["2026-06-01"]
        assert tx.counts() == {"room": 1, "device": 1}
        assert tx.value("key") == "text"
        assert tx.answer("idem") == ANSWER
        assert tx.content_bytes(a_file(b"bytes").sha256) == b"bytes"
        assert len(tx.states([LAMP])) == 1
        assert len(tx.batch_versions("batch-0")) == 3
        assert tx.batch("batch-0") is not None
        assert tx.feed() == tx.versions(PLACE)[0].seq
        tx.apply([device.tombstone(lamp)], local=True)
        assert tx.entities([LAMP]) == {}
        assert tx.edges([HALL], "in") == []
        assert tx.search(TextQuery((("lamp",),)), 9) == []
        return beside(tx)

    inside = await store.write(work)
    assert await store.read(beside) == inside


async def test_a_unit_of_work_answers_what_it_returns(store):
    assert await store.write(lambda tx: ("as", "it", "is")) == ("as", "it", "is")
    assert await store.read(lambda view: {"of": view.at}, at=moment(0)) == {"of": moment(0)}


async def test_a_read_that_raises_harms_nothing(store):
    def work(view):
        raise Refusal

    with pytest.raises(Refusal):
        await store.read(work)
    assert await store.read(lambda view: view.feed()) == 0


async def test_writes_at_once_are_all_kept(store):
    devices = [Device(n) for n in range(1, 21)]
    await asyncio.gather(
        *(store.write(lambda tx, d=d, n=n: tx.apply([d.entity(record(n))], local=True)) for n, d in enumerate(devices))
    )
    assert await store.read(lambda view: view.counts()) == {"device": 20}
    assert (await store.read(lambda view: view.status())).unpushed == 20


async def test_one_failing_write_among_many_takes_no_other_with_it(store):
    device = Device(1)
    versions = [device.entity(record(n)) for n in range(20)]

    def add(n):
        def work(tx):
            tx.apply([versions[n]], local=True)
            if n % 3 == 0:
                raise Refusal

        return work

    answers = await asyncio.gather(*(store.write(add(n)) for n in range(20)), return_exceptions=True)
    assert [isinstance(each, Refusal) for each in answers] == [n % 3 == 0 for n in range(20)]
    kept = await store.read(lambda view: view.entities([record(n) for n in range(20)]))
    assert set(kept) == {record(n) for n in range(20) if n % 3}


async def test_dots_count_up_and_are_never_given_twice(store):
    taken = []

    def work(tx):
        taken.extend([tx.next_dot(), tx.next_dot()])
        raise Refusal

    with pytest.raises(Refusal):
        await store.write(work)
    taken.append(await store.write(lambda tx: tx.next_dot()))
    incarnation = (await store.read(lambda view: view.status())).incarnation
    assert {dot.incarnation for dot in taken} == {incarnation}
    assert [dot.n for dot in taken] == sorted({dot.n for dot in taken})
    assert Dot(incarnation, 1) in taken


async def test_batches_come_newest_first_and_by_client(store):
    for n in range(6):
        await store.write(lambda tx, n=n: tx.begin_batch(a_batch(f"b{n}", client="ab"[n % 2], at=moment(n))))
    undo = replace(a_batch("u", client="a", tool="undo", at=moment(9)), undoes="b4")
    await store.write(lambda tx: tx.begin_batch(undo))
    everyone = await store.read(lambda view: view.batches(None, 4))
    assert [each.id for each in everyone] == ["u", "b5", "b4", "b3"]
    assert [each.id for each in await store.read(lambda view: view.batches("a", 9))] == ["u", "b4", "b2", "b0"]
    assert await store.read(lambda view: view.batches("nobody", 9)) == []
    assert await store.read(lambda view: view.batch("u")) == undo
    assert await store.read(lambda view: view.batch("b3")) == a_batch("b3", client="b", at=moment(3))


async def test_answers_are_remembered_for_seven_days(store):
    days = 86_400
    await store.write(lambda tx: tx.remember("first", ANSWER))
    await store.write(lambda tx: tx.remember("sixth", replace(ANSWER, at=moment(6 * days))))
    await store.write(lambda tx: tx.remember("seventh", replace(ANSWER, at=moment(7 * days))))
    assert await store.read(lambda view: view.answer("first")) == ANSWER
    await store.write(lambda tx: tx.remember("later", replace(ANSWER, at=moment(7 * days + 1))))
    kept = await store.read(lambda view: [view.answer(key) for key in ("first", "sixth", "seventh", "later")])
    assert [each is not None for each in kept] == [False, True, True, True]


async def test_values_are_set_replaced_and_removed(store):
    await store.write(lambda tx: tx.put_value("k", "one"))
    await store.write(lambda tx: tx.put_value("k", ""))
    assert await store.read(lambda view: view.value("k")) == ""
    await store.write(lambda tx: tx.put_value("k", None))
    await store.write(lambda tx: tx.put_value("never", None))
    assert await store.read(lambda view: (view.value("k"), view.value("never"))) == (None, None)


async def test_states_keep_since_while_the_value_stays(store):
    def state(value, at, entity=LAMP, capability="thermostat"):
        return DeviceState(entity, capability, value, at, at)

    async def put(*states):
        await store.write(lambda tx: tx.put_states(states))
        [held] = await store.read(lambda view: view.states([LAMP], "thermostat"))
        return dict(held.value), held.since, held.seen_at

    warm, warmer = {"c": 21.5, "mode": "heat"}, {"c": 22, "mode": "heat"}
    assert await put(state(warm, moment(1))) == (warm, moment(1), moment(1))
    assert await put(state({"mode": "heat", "c": 21.5}, moment(2))) == (warm, moment(1), moment(2))
    assert await put(state(warmer, moment(3))) == (warmer, moment(3), moment(3))
    assert await put(state(warm, moment(4)), state(warm, moment(5))) == (warm, moment(4), moment(5))


async def test_a_state_of_false_and_of_zero_are_two_values(store):
    for n, value in enumerate(({"on": False}, {"on": 0})):
        await store.write(
            lambda tx, n=n, value=value: tx.put_states([DeviceState(LAMP, "on_off", value, moment(n), moment(n))])
        )
    [held] = await store.read(lambda view: view.states([LAMP]))
    assert (held.since, type(held.value["on"])) == (moment(1), int)


async def test_states_are_found_by_entity_and_by_capability(store):
    pairs = [(LAMP, "on_off"), (LAMP, "brightness"), (HALL, "on_off")]
    await store.write(lambda tx: tx.put_states([DeviceState(*pair, {}, moment(0), moment(0)) for pair in pairs]))

    async def found(ids, capability=None):
        return {(each.entity_id, each.capability) for each in await store.read(lambda v: v.states(ids, capability))}

    assert await found(None) == set(pairs)
    assert await found(None, "on_off") == {(LAMP, "on_off"), (HALL, "on_off")}
    assert await found([LAMP]) == {(LAMP, "on_off"), (LAMP, "brightness")}
    assert await found([LAMP], "on_off") == {(LAMP, "on_off")}
    assert await found([record(77)]) == await found([]) == set()


async def test_content_is_read_in_ranges(store):
    data = bytes(range(256)) * 5_000
    about = a_file(data, "image/png", "hall \N{SNOWMAN}.png")
    await store.write(lambda tx: tx.put_content(about, data))
    await store.write(lambda tx: tx.put_content(about, data))
    assert await store.read(lambda view: view.content(about.sha256)) == about
    for offset, size in ((0, None), (0, 10), (999_990, 20), (1_279_990, 20), (1_280_000, 5), (2_000_000, None), (7, 0)):
        expected = data[offset:] if size is None else data[offset : offset + size]
        got = await store.read(lambda view, o=offset, s=size: view.content_bytes(about.sha256, o, s))
        assert got == expected, (offset, size)
    assert await store.read(lambda view: view.content_bytes(a_file(b"other").sha256)) == b""


async def test_empty_content_is_content(store):
    about = a_file(b"")
    await store.write(lambda tx: tx.put_content(about, b""))
    assert await store.read(lambda view: (view.content(about.sha256), view.content_bytes(about.sha256))) == (about, b"")


async def test_content_that_is_not_what_it_says_is_refused(store):
    about = a_file(b"true")
    for wrong, data in (
        (about, b"lies"),
        (replace(about, size=5), b"true"),
        (replace(about, sha256="0" * 64), b"true"),
    ):
        with pytest.raises(InvalidInput):
            await store.write(lambda tx, wrong=wrong, data=data: tx.put_content(wrong, data))
        assert await store.read(lambda view, wrong=wrong: view.content(wrong.sha256)) is None


def in_pieces(data, size=7):
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize("data", [b"", b"seven b", b"how to change a bulb" * 100], ids=len)
async def test_content_that_comes_in_pieces_is_the_same_content(store, data):
    about = a_file(data, "application/pdf", "lamp.pdf")
    await store.write(lambda tx: tx.stream_content(about, in_pieces(data)))
    kept = await store.read(lambda view: (view.content(about.sha256), view.content_bytes(about.sha256)))
    assert kept == (about, data)


async def test_pieces_of_content_that_is_known_are_left_alone(store):
    about = a_file(b"known")

    def unread():
        pytest.fail("it was read again")
        yield b""

    await store.write(lambda tx: tx.put_content(about, b"known"))
    await store.write(lambda tx: tx.stream_content(replace(about, content_type="text/html"), unread()))
    assert await store.read(lambda view: view.content(about.sha256)) == about


@pytest.mark.parametrize("data", [b"true", b"lies, and many", b"tru", b""], ids=len)
async def test_pieces_that_are_not_what_they_should_be_leave_nothing_even_when_the_work_goes_on(store, data):
    about = a_file(b"lies")

    def work(tx):
        with pytest.raises(InvalidInput):
            tx.stream_content(about, in_pieces(data, 3))
        tx.put_value("went", "on")

    await store.write(work)
    assert await store.read(lambda view: (view.content(about.sha256), view.value("went"))) == (None, "on")


async def test_pieces_that_end_in_an_error_leave_nothing(store):
    about = a_file(b"first and second")

    def torn():
        yield b"first "
        message = "the disk was pulled out"
        raise OSError(message)

    def work(tx):
        tx.put_value("went", "on")
        tx.stream_content(about, torn())

    with pytest.raises(OSError, match="pulled out"):
        await store.write(work)
    assert await store.read(lambda view: (view.content(about.sha256), view.value("went"))) == (None, None)


async def test_due_dates_page_by_date_and_id(store):
    device = Device(1)
    days = ["2026-03-01", "2026-02-01", "2026-03-01", "2026-02-15", "2027-01-01"]
    versions = [device.entity(record(n), f"d{n}", content={"warranty_until": on}) for n, on in enumerate(days)]
    await store.write(lambda tx: tx.apply(versions, local=True))
    wanted = sorted((on, record(n)) for n, on in enumerate(days) if on <= "2026-03-01")
    paged, after = [], None
    while page := await store.read(lambda view, after=after: view.due("2026-03-01", after=after, limit=2)):
        paged += page
        after = (page[-1].on, page[-1].entity_id)
    assert [(each.on, each.entity_id) for each in paged] == wanted
    assert all(isinstance(each, DueDate) and each.what for each in paged)


async def test_due_dates_follow_edits_and_deletions(store):
    device = Device(1)

    async def due():
        return [
            (each.on, each.entity_id) for each in await store.read(lambda v: v.due("2099-01-01", after=None, limit=9))
        ]

    lamp = device.entity(LAMP, content={"warranty_until": "2026-03-01"})
    await store.write(lambda tx: tx.apply([lamp], local=True))
    assert await due() == [("2026-03-01", LAMP)]
    longer = device.entity(LAMP, "Lamp", lamp, content={"warranty_until": "2028-03-01"})
    await store.write(lambda tx: tx.apply([longer], local=True))
    assert await due() == [("2028-03-01", LAMP)]
    await store.write(lambda tx: tx.apply([device.tombstone(longer)], local=True))
    assert await due() == []


async def test_status_counts(store):
    device = Device(1)
    empty = await store.read(lambda view: view.status())
    lamp = await store.write(lambda tx: fill(tx, device))
    full = await store.read(lambda view: view.status())
    assert (empty.feed, empty.unpushed, empty.open_conflicts) == (0, 0, 0)
    assert (full.unpushed, full.open_conflicts) == (3, 0)
    assert full.feed == await store.read(lambda view: view.feed())
    assert {name: full.counts[name] for name in ("entities", "relationships", "versions")} == {
        "entities": 2,
        "relationships": 1,
        "versions": 3,
    }
    assert full.schema == empty.schema >= 1
    assert full.digest != empty.digest
    await store.write(lambda tx: tx.apply([device.tombstone(lamp)], local=True))
    gone = await store.read(lambda view: view.status())
    assert (gone.counts["entities"], gone.counts["versions"]) == (1, 4)


async def test_what_was_committed_moves_the_store_and_nothing_else_does(store):
    device = Device(1)
    before = await store.moved()
    await store.read(lambda view: view.status())
    assert await store.moved() == before
    with pytest.raises(ZeroDivisionError):
        await store.write(lambda tx: 1 / 0)
    assert await store.moved() == before
    await store.write(lambda tx: tx.apply([device.entity(LAMP)], local=True))
    after = await store.moved()
    assert after != before
    await store.write(lambda tx: tx.put_value("sync.state", "Idle"))
    assert await store.moved() not in {before, after}


async def test_closing_twice_is_closing_once(store):
    await store.close()
    await store.close()
