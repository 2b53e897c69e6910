import json
import os
import tempfile

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCResponse

from goodies_mcp.mcpserver import stdio_streams
from goodies_mcp.mcpserver.stdio_streams import Incoming, Outgoing, reader_of, request_id, writer_to

PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'


class Ends:
    """Both ends of a conversation: what comes in is given in pieces, what goes out is kept."""

    def __init__(self, *pieces):
        self.pieces = list(pieces)
        self.said = []
        self.outgoing = Outgoing(self.write)
        self.incoming = Incoming(self.read, self.outgoing)

    async def read(self):
        return self.pieces.pop(0) if self.pieces else b""

    async def write(self, line):
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        self.said.append(json.loads(line))

    async def heard(self):
        heard = []
        async for item in self.incoming:
            heard.append(item.message)
            if getattr(item.message, "id", None) is not None:
                await self.outgoing.send(SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=item.message.id, result={})))
        return heard


async def test_messages_are_lines_however_they_arrive():
    whole = PING + b"\n" + PING.replace(b"1,", b"2,") + b"\r\n\n  \n" + PING.replace(b"1,", b"3,")
    for size in (1, 7, 40, 1000):
        ends = Ends(*(whole[at : at + size] for at in range(0, len(whole), size)))
        assert [message.id for message in await ends.heard()] == [1, 2, 3]


@pytest.mark.parametrize(
    ("line", "code", "request_id"),
    [
        (b"not json", -32700, None),
        (b'{"jsonrpc":"2.0","id":7,"method":', -32700, 7),
        (b'{"jsonrpc":"2.0","id":007,"method":"ping"}', -32700, None),
        (b'\xff\xfe{"a":1}', -32700, None),
        (b'{"jsonrpc":"2.0","id":7,"method":"ping","params":{"a":"\\ud800"}}', -32700, 7),
        (
            b'{"jsonrpc":"2.0","id":"a1","method":"ping","params":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
            -32700,
            "a1",
        ),
        (b'{"id":9,"jsonrpc":"1.0","method":"ping"}', -32600, 9),
        (b'{"jsonrpc":"2.0","id":7,"method":5}', -32600, 7),
        (b"[]", -32600, None),
        (b"null", -32600, None),
        (b'"text"', -32600, None),
        (b"[" + PING + b"]", -32600, None),
        (b"{}", -32600, None),
    ],
)
async def test_a_line_that_is_no_message_is_answered_and_the_next_one_read(line, code, request_id):
    ends = Ends(line + b"\n" + PING + b"\n")
    assert [message.id for message in await ends.heard()] == [1]
    refusal = ends.said[0]
    assert (refusal["error"]["code"], refusal["id"]) == (code, request_id)


async def test_a_line_without_end_is_skipped_and_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(stdio_streams, "LONGEST_LINE", 100)
    ends = Ends(*[b"x" * 60] * 10, b"\n" + PING + b"\n", b"y" * 101 + b"\n", PING, b"\n", b"z" * 300)
    assert [message.id for message in await ends.heard()] == [1, 1]
    assert [said["error"]["code"] for said in ends.said if "error" in said] == [-32600] * 3


async def test_the_end_of_input_waits_for_the_answers_still_due():
    ends = Ends(PING + b"\n")
    assert (await ends.incoming.receive()).message.id == 1
    async with anyio.create_task_group() as group:
        over = anyio.Event()

        async def end():
            with pytest.raises(anyio.EndOfStream):
                await ends.incoming.receive()
            over.set()

        group.start_soon(end)
        await anyio.wait_all_tasks_blocked()
        assert not over.is_set()
        await ends.outgoing.send(SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=1, result={})))
        await over.wait()


async def test_a_request_taken_back_keeps_nobody_waiting():
    taken_back = b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}'
    ends = Ends(PING + b"\n" + taken_back + b"\n")
    await ends.incoming.receive()
    await ends.incoming.receive()
    with pytest.raises(anyio.EndOfStream), anyio.fail_after(2):
        await ends.incoming.receive()


@given(
    st.one_of(
        st.integers(-(10**17), 10**17), st.text(st.characters(codec="ascii", exclude_characters='"\\'), max_size=50)
    )
)
def test_the_id_is_found_wherever_it_stands(identity):
    nested = {"id": 5, "a": ["id", {"id": 6}], "b": '"id":7'}
    for message in ({"id": identity, "params": nested}, {"params": nested, "id": identity}):
        printable = isinstance(identity, int) or identity.isprintable()
        assert request_id(json.dumps(message).encode()) == (identity if printable else None)


@given(st.binary(max_size=300))
def test_any_bytes_have_an_id_or_none(line):
    assert isinstance(request_id(line), str | int | None)


async def test_pipes_and_files_are_read_and_written_alike():
    ours, theirs = os.pipe()
    async with writer_to(theirs) as write:
        await write(b"x" * 1_000 + b"\n")
        read = await reader_of(ours)
        assert await read() == b"x" * 1_000 + b"\n"
    os.close(theirs)
    assert await read() == b""
    with tempfile.TemporaryFile() as file:
        async with writer_to(file.fileno()) as write:
            await write(PING + b"\n")
        file.seek(0)
        read = await reader_of(file.fileno())
        assert await read() == PING + b"\n"
        assert await read() == b""


async def test_what_was_written_is_delivered_before_the_end_to_a_slow_reader():
    ours, theirs = os.pipe()
    sent = b"y" * 1_000_000 + b"\n"
    received = bytearray()

    async def slow():
        while len(received) < len(sent):
            received.extend(await anyio.to_thread.run_sync(os.read, ours, 65_536))

    async with anyio.create_task_group() as group, writer_to(theirs) as write:
        group.start_soon(slow)
        await write(sent)
    assert bytes(received) == sent


async def test_a_host_that_went_away_ends_the_connection():
    ours, theirs = os.pipe()
    async with writer_to(theirs) as write:
        os.close(ours)
        with pytest.raises(anyio.BrokenResourceError):
            await keep_talking(Outgoing(write))


async def keep_talking(outgoing):
    for _ in range(50):
        await outgoing.send(SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=1, result={"a": "b" * 9999})))
        await anyio.lowlevel.checkpoint()


async def test_what_was_heard_before_comes_first_and_what_was_told_is_not_told_again():
    ends, differed = Ends(PING.replace(b"1,", b"3,")), []
    told = {1: b'{"jsonrpc":"2.0","id":1,"result":{}}\n', 2: b'{"jsonrpc":"2.0","id":2,"result":{"was":"other"}}\n'}
    ends.outgoing = Outgoing(ends.write, told, lambda: differed.append(True))
    ends.incoming = Incoming(ends.read, ends.outgoing, PING + b"\n" + PING.replace(b"1,", b"2,") + b"\n")
    assert [message.id for message in await ends.heard()] == [1, 2, 3]
    assert [message["id"] for message in ends.said] == [3]
    assert differed == [True]
