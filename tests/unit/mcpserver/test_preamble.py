"""With the preamble or without: a host hears the same bytes, whatever it says."""

import asyncio
import json
import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.preamble import Opening, Preamble, can_converse, converse, memory
from goodies_mcp.mcpserver.rehearsal import rehearse
from goodies_mcp.mcpserver.server import build_server
from tests.support.openings import (
    HOST,
    INITIALIZED,
    MODERN,
    OPENINGS,
    envelope,
    enveloped,
    greeted,
    hello,
    line,
    said_by_sdk,
)

VARIANTS = [("default", False), ("all", False), ("all", True), ("query,content", True)]


def registry(toolsets="default", read_only=False):
    return catalogue().select(toolsets, read_only=read_only)


class Sync:
    """Where sync is, without anything behind it."""

    def subscribe(self, _news):
        return lambda: None


async def no_home():
    raise AssertionError("an opening asks for no home")


def server(tools, synced=True):
    return build_server(tools, no_home, Sync() if synced else None)


def preamble_of(said):
    return Preamble(said["handshake"], said["modern"])


async def both(tools, lines, said=None):
    """What is said with a preamble and without, each sorted, and how many lines the preamble took."""
    preamble, opening, early, count = preamble_of(said or await rehearse(tools, synced=True)), Opening(), [], 0
    opening.heard += b"".join(lines)
    for each in lines:
        answer = preamble.answer(each[:-1], opening)
        if answer is None:
            break
        count += 1
        opening.unanswered += len(each)
        early.append(answer)
    differed = []
    heard, told = opening.replayed()
    late = await said_by_sdk(server(tools), [heard], told, lambda: differed.append(1))
    assert not differed
    return sorted(filter(None, early + late)), sorted(await said_by_sdk(server(tools), lines)), count


@pytest.mark.parametrize(("toolsets", "read_only"), VARIANTS)
@pytest.mark.parametrize("version", OPENINGS)
async def test_every_opening_is_answered_as_the_sdk_does_byte_for_byte(toolsets, read_only, version):
    lines = OPENINGS[version]
    with_it, without, heard = await both(registry(toolsets, read_only), lines)
    assert with_it == without
    assert heard == len(lines), "nothing of this needs the SDK"


WITHOUT_APPS = {
    "nothing": {},
    "other extensions": {"extensions": {"example.org/x": {}}},
    "apps of another type": {"extensions": {"io.modelcontextprotocol/ui": {"mimeTypes": ["text/html"]}}},
    "apps of no type": {"extensions": {"io.modelcontextprotocol/ui": {"mimeTypes": "text/html;profile=mcp-app"}}},
}


@pytest.mark.parametrize("can", WITHOUT_APPS.values(), ids=WITHOUT_APPS)
@pytest.mark.parametrize("how", [greeted, enveloped])
async def test_a_host_that_shows_no_apps_is_not_offered_their_tools(how, can, rehearsed):
    lines = how(*(["2025-11-25"] if how is greeted else []), can=can)
    with_it, without, heard = await both(registry(), lines, rehearsed)
    assert with_it == without
    assert heard == len(lines)
    assert not any(b"get_home_map" in said for said in with_it)
    showing, *_ = await both(registry(), OPENINGS["2025-11-25" if how is greeted else MODERN], rehearsed)
    assert any(b"get_home_map" in said for said in showing)


async def test_without_sync_other_things_are_offered_and_told():
    for version, lines in OPENINGS.items():
        said = preamble_of(await rehearse(registry(), synced=False))
        opening = Opening()
        answers = [said.answer(each[:-1], opening) for each in lines]
        assert b"".join(filter(None, answers)) == b"".join(await said_by_sdk(server(registry(), False), lines)), version


ODD = {
    "an unknown version": greeted("2199-01-01"),
    "the newest version by handshake": greeted(MODERN),
    "a list before hello": [line(1, "tools/list"), hello("2025-11-25", 2)],
    "a ping before hello": [line(1, "ping"), hello("2025-11-25", 2), line(3, "tools/list")],
    "hello twice": [hello("2025-11-25", 1), hello("2025-11-25", 2), line(3, "ping")],
    "one id twice": [hello("2025-11-25", 1), line(2, "ping"), line(2, "tools/list")],
    "no capabilities": [line(1, "initialize", {"protocolVersion": "2025-11-25", "clientInfo": HOST}), line(2, "ping")],
    "no client": [line(1, "initialize", {"protocolVersion": "2025-11-25", "capabilities": {}}), line(2, "ping")],
    "wrong capabilities": greeted("2025-11-25", can={"roots": {"listChanged": "maybe"}}),
    "a list of capabilities": greeted("2025-11-25", can=["roots"]),
    "capabilities that are no objects": greeted("2025-11-25", can={"sampling": True}),
    "capabilities of tomorrow": greeted("2025-11-25", can={"dreaming": {"lucid": 3}}),
    "an extension that is no object": greeted("2025-11-25", can={"extensions": {"x": 3}}),
    "a client of numbers": greeted("2025-11-25", who={"name": 3, "version": 1}),
    "a client with half a character": [hello("2025-11-25").replace("ü".encode(), b"\xc3"), line(1, "ping")],
    "a client with an escape": [hello("2025-11-25").replace(b"a host", b"a \\ud800 host"), line(1, "ping")],
    "a version that is a number": greeted(20251125),
    "params that are a list": [hello("2025-11-25"), line(1, "tools/list", [])],
    "params that are null": [hello("2025-11-25"), b'{"jsonrpc":"2.0","id":1,"method":"tools/list","params":null}\n'],
    "a cursor": [hello("2025-11-25"), line(1, "tools/list", {"cursor": "nowhere"}), line(2, "ping")],
    "more beside": [hello("2025-11-25"), line(1, "ping", extra=1), line(2, "ping", {"x": 1})],
    "not json": [hello("2025-11-25"), b"{no json\n", line(2, "ping")],
    "json of Python's own": [hello("2025-11-25"), b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":NaN}}\n'],
    "a batch": [b"[" + hello("2025-11-25").strip() + b"]\n", hello("2025-11-25", 2)],
    "another JSON-RPC": [hello("2025-11-25").replace(b'"2.0"', b'"1.0"'), hello("2025-11-25", 2)],
    "ids of all sorts": [
        hello("2025-11-25"),
        *(line(each, "ping") for each in ("a", "ü", 'q"', "b\\", "", -1, 2**53, 2**70, 1.5, True, [1])),
        b'{"jsonrpc":"2.0","id":null,"method":"ping"}\n',
    ],
    "tokens of all sorts": [
        hello("2025-11-25"),
        *(line(n, "ping", {"_meta": {"progressToken": each}}) for n, each in enumerate(("a", 1, 1.5, True, None, []))),
    ],
    "blank lines": [b"\n", hello("2025-11-25"), b"  \r\n", line(1, "ping").replace(b"\n", b"\r\n")],
    "an envelope after hello": [hello("2025-11-25"), line(1, "tools/list", envelope())],
    "hello after an envelope": [*enveloped(), hello("2025-11-25", 50), line(51, "ping")],
    "an envelope of tomorrow": enveloped("2199-01-01"),
    "an envelope of yesterday": enveloped("2025-11-25"),
    "an envelope without a client": enveloped(who=None),
    "an envelope without capabilities": [
        line(1, "server/discover", {"_meta": {f"{'io.modelcontextprotocol/'}protocolVersion": MODERN}})
    ],
    "an envelope with more": enveloped(logLevel="debug"),
    "an envelope with wrong capabilities": enveloped(can={"roots": 3}),
    "a bare question of the newer era": [line(1, "server/discover", {}), hello("2025-11-25", 2)],
    "a cancellation": [
        hello("2025-11-25"),
        line(1, "tools/list"),
        line(None, "notifications/cancelled", {"requestId": 1}),
        line(2, "ping"),
    ],
    "initialized with more": [
        hello("2025-11-25"),
        line(None, "notifications/initialized", {"_meta": {}}),
        line(2, "ping"),
    ],
    "initialized first": [INITIALIZED, hello("2025-11-25"), line(2, "tools/list")],
    "a deep hole": [
        hello("2025-11-25", can={"experimental": {"x": {"y": json.loads("[" * 90 + "]" * 90)}}}),
        line(1, "ping"),
    ],
    "a deeper one": [
        hello("2025-11-25").replace(b'{"a"', b'{"b":' + b"[" * 500 + b"]" * 500 + b',"a"'),
        line(1, "ping"),
    ],
    "a tool": [*greeted("2025-11-25"), line(90, "tools/call", {"name": "nonsense", "arguments": {}}), line(91, "ping")],
}


@pytest.fixture(scope="module")
def rehearsed():
    return asyncio.run(rehearse(registry(), synced=True))


@pytest.mark.parametrize("what", ODD)
async def test_what_is_odd_is_answered_as_the_sdk_does_too(what, rehearsed):
    with_it, without, _ = await both(registry(), ODD[what], rehearsed)
    assert with_it == without


LINES = [each for lines in (*ODD.values(), *OPENINGS.values()) for each in lines]


@given(picked=st.lists(st.integers(0, len(LINES) - 1), max_size=8))
async def test_any_mix_of_lines_is_answered_as_the_sdk_does(picked):
    with_it, without, _ = await both(registry(), [LINES[number] for number in picked])
    assert with_it == without


@pytest.mark.parametrize("more", [True, False])
@pytest.mark.parametrize("version", OPENINGS)
async def test_the_sdk_hears_all_of_it_when_nobody_waits_and_else_only_who_is_there(version, more, rehearsed):
    preamble, opening = preamble_of(rehearsed), Opening()
    for each in OPENINGS[version]:
        preamble.answer(each[:-1], opening)
        opening.heard += each
    opening.unanswered = len(opening.heard)
    last = line(50, "tools/call", {"name": "nonsense"}) if more else b""
    opening.heard += last
    heard, told = opening.replayed()
    greeting = OPENINGS[version][: 1 if version == MODERN else 2]
    assert heard == b"".join([*(greeting if more else OPENINGS[version]), last])
    assert len(told) == (1 if more else len(opening.told))


# The conversation over pipes


class Pipes:
    """A host's ends of the two pipes, and the other ends."""

    def __init__(self):
        self.source, self.to_server = os.pipe()
        self.from_server, self.sink = os.pipe()

    def say(self, *lines):
        os.write(self.to_server, b"".join(lines))

    def hang_up(self):
        os.close(self.to_server)

    def heard(self, size=1 << 20):
        return os.read(self.from_server, size)


@pytest.fixture
def pipes():
    return Pipes()


def never():
    raise AssertionError("nothing was to be loaded")


def test_a_host_that_only_probes_is_served_without_loading_anything(pipes, rehearsed):
    pipes.say(*OPENINGS["2025-11-25"])
    pipes.hang_up()
    opening = converse(pipes.source, pipes.sink, preamble_of(rehearsed), never)
    assert opening.over
    assert pipes.heard().count(b"\n") == len(OPENINGS["2025-11-25"]) - 1


def test_the_first_line_that_asks_for_more_ends_it_and_nothing_is_lost(pipes, rehearsed):
    call = line(50, "tools/call", {"name": "undo"})
    pipes.say(*greeted("2025-11-25"), call, b'{"half')
    opening = converse(pipes.source, pipes.sink, preamble_of(rehearsed), never)
    assert not opening.over
    assert bytes(opening.heard) == b"".join(greeted("2025-11-25")) + call + b'{"half'
    assert set(opening.told) == {0, 1, 2, 3, 4, 5, "last-one"}
    assert pipes.heard() == b"".join(opening.told.values())


def test_loading_begins_when_the_host_pauses_and_answers_go_on_meanwhile(pipes, rehearsed):
    begun, may_end = threading.Event(), threading.Event()

    def load():
        begun.set()
        assert may_end.wait(60)

    def host():
        assert begun.wait(60)
        pipes.say(hello("2025-11-25"))
        pipes.heard()
        pipes.say(line(1, "tools/list"))
        pipes.heard()
        may_end.set()

    talk = threading.Thread(target=host)
    talk.start()
    opening = converse(pipes.source, pipes.sink, preamble_of(rehearsed), load)
    talk.join()
    assert (set(opening.told), opening.over) == ({0, 1}, False)


def test_a_loading_that_fails_is_left_to_who_needs_it(pipes, rehearsed):
    opening = converse(pipes.source, pipes.sink, preamble_of(rehearsed), never)
    assert (opening.heard, opening.over) == (b"", False)


def test_a_last_line_without_its_end_is_for_the_sdk(pipes, rehearsed):
    pipes.say(hello("2025-11-25"), line(1, "ping").rstrip())
    pipes.hang_up()
    opening = converse(pipes.source, pipes.sink, preamble_of(rehearsed), never)
    assert (set(opening.told), opening.over) == ({0}, False)


def test_a_line_without_end_is_for_the_sdk(pipes, rehearsed):
    def host():
        for _ in range(3):
            pipes.say(b"x" * 40_000)

    talk = threading.Thread(target=host)
    talk.start()
    opening = converse(pipes.source, pipes.sink, preamble_of(rehearsed), never)
    talk.join()
    assert not opening.over
    assert set(opening.heard) == set(b"x")


def test_a_host_that_hears_no_more_has_gone(pipes, rehearsed):
    os.close(pipes.from_server)
    pipes.say(hello("2025-11-25"))
    assert converse(pipes.source, pipes.sink, preamble_of(rehearsed), never).over


def test_only_pipes_and_sockets_are_talked_to(pipes, tmp_path):
    assert can_converse(pipes.source)
    with (tmp_path / "file").open("wb") as file:
        assert not can_converse(file.fileno())


def test_each_choice_of_tools_has_a_memory_of_its_own():
    files = {
        memory("/x", toolsets, read_only=only) for toolsets in ((), ("all",), ("query",)) for only in (True, False)
    }
    assert len(files) == 6
    assert memory("/x", ("query", "sync"), read_only=True) == memory("/x", ("sync", " query"), read_only=True)
    assert memory("/x", ("../../etc",), read_only=False) is None
