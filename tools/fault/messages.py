"""Messages to an MCP server that nobody should send: well-formed ones with odd values, and mutations of their bytes."""

import json
import random
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from goodies_mcp.mcpserver.addresses import TEMPLATES
from goodies_mcp.mcpserver.prompts import PROMPTS

ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**31,
    2**53 + 1,
    10**400,
    1e308,
    0.1,
    "",
    " ",
    "\x00",
    "a" * 5_000,
    "../../etc/passwd",
    "'; DROP TABLE entities; --",
    '" OR name MATCH "*',
    "NEAR(a b, 5) AND *",
    "%s%n{0}${HOME}",
    "\ud800",
    "\u202e\u200b\ufeff",
    "👩‍👩‍👧‍👦" * 20,
    "$1",
    "2024-02-30T25:61:61Z",
    "9999-12-31T23:59:59.999999+23:59",
    "0001-01-01T00:00:00-23:59",
    "last",
    [],
    [[]],
    {},
    {"": {"": {"": None}}},
    {"$ref": "#"},
    [None] * 300,
)
METHODS = (
    "initialize",
    "ping",
    "tools/list",
    "tools/call",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "resources/subscribe",
    "prompts/list",
    "prompts/get",
    "completion/complete",
    "logging/setLevel",
    "server/discover",
    "subscriptions/listen",
    "tasks/list",
    "sampling/createMessage",
    "roots/list",
    "rpc.discover",
    "__init__",
    "",
)
PROMPT_NAMES = (*(prompt.name for prompt in PROMPTS), "nothing")
ARGUMENTS = (*sorted({name for prompt in PROMPTS for name in prompt.arguments.declared}), "id", "relationship", "x")
ADDRESSES = (
    *(template["uriTemplate"].partition("{?")[0] for template in TEMPLATES),
    *("goodies://content/{id}?page=1", "goodies://entity/{id}?relationship=controls", "goodies://home/overview"),
    *("goodies://room/../{id}", "file:///etc/{id}", "{id}"),
)
REFS = (
    *({"type": "ref/prompt", "name": name} for name in PROMPT_NAMES),
    *({"type": "ref/resource", "uri": template["uriTemplate"]} for template in TEMPLATES),
)
NOTICES = (
    "notifications/initialized",
    "notifications/cancelled",
    "notifications/progress",
    "notifications/roots/list_changed",
    "notifications/made/up",
)
_NUMBERS = (b"NaN", b"Infinity", b"1e9999", b"-0", b"0x10", b"1" * 5000)


class Strange:
    """Makes messages from a seed. ``tools`` is what the server lists, ``names`` what its home knows."""

    def __init__(self, seed: object, tools: Sequence[dict[str, Any]], names: Sequence[str]) -> None:
        self._random = random.Random(f"{seed}")
        self._tools = tools
        self._names = names
        self._last = b"{}"

    def well_formed(self, number: int) -> tuple[bytes, bool]:
        """A request or notice that is JSON-RPC, and whether an answer under this number is owed."""
        if self._random.random() < 0.1:
            notice = {"jsonrpc": "2.0", "method": self._random.choice(NOTICES), "params": self._notice_params()}
            return _line(notice), False
        method = "tools/call" if self._random.random() < 0.7 else self._random.choice(METHODS)
        # A call that stays open is owed no answer at once.
        owed = method != "subscriptions/listen"
        return _line({"jsonrpc": "2.0", "id": number, "method": method, "params": self._params(method)}), owed

    def mutated(self, number: int) -> bytes:
        """What is left of a message after something happened to it; one or several lines."""
        line, _ = self.well_formed(number)
        for _ in range(self._random.choice((1, 1, 2, 5))):
            line = self._random.choice(_MUTATIONS)(self, line)
        self._last = line[:10_000]
        return line.rstrip(b"\n") + b"\n"

    def _params(self, method: str) -> Any:  # noqa: ANN401 - anything is the point
        chance = self._random.random()
        if chance < 0.05:
            return self._odd()
        if method == "tools/call":
            tool = self._random.choice(self._tools)
            params = {"name": tool["name"], "arguments": self._arguments(tool["inputSchema"])}
            if chance < 0.1:
                params[self._random.choice(("name", "arguments", "_meta", "task"))] = self._odd()
            return params
        if method == "initialize":
            version = self._random.choice(("2025-11-25", "2024-11-05", "1999-01-01", self._odd()))
            return {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "fuzz", "version": "1"}}
        known = {
            "resources/read": {"uri": self._address()},
            "resources/subscribe": {"uri": self._address()},
            "prompts/get": {"name": self._random.choice(PROMPT_NAMES), "arguments": self._prompt_arguments()},
            "completion/complete": {
                "ref": self._random.choice((*REFS, self._odd())),
                "argument": {"name": self._random.choice(ARGUMENTS), "value": self._pointer()},
            },
            "resources/list": {"cursor": self._random.choice(("home", self._odd()))},
            "logging/setLevel": {"level": self._random.choice(("debug", "error", self._odd()))},
        }
        return known.get(method, {self._random.choice(("cursor", "_meta", "x")): self._odd()})

    def _pointer(self) -> Any:  # noqa: ANN401 - as above
        return self._odd() if self._random.random() < 0.2 else self._random.choice((*self._names, ""))

    def _address(self) -> Any:  # noqa: ANN401 - as above
        form = self._random.choice(ADDRESSES)
        escaped = quote(f"{self._pointer()}", safe="", errors="replace")
        return self._odd() if self._random.random() < 0.1 else form.replace("{id}", escaped)

    def _prompt_arguments(self) -> Any:  # noqa: ANN401 - as above
        names = self._random.sample(ARGUMENTS, self._random.randrange(3))
        return self._odd() if self._random.random() < 0.1 else {name: self._pointer() for name in names}

    def _arguments(self, schema: dict[str, Any]) -> dict[str, Any]:
        made = {}
        required = schema.get("required", ())
        for name, field in schema.get("properties", {}).items():
            if name in required or self._random.random() < 0.3:
                made[name] = self._odd() if self._random.random() < 0.12 else self._fitting(field)
        if self._random.random() < 0.05:
            made[self._random.choice(("extra", "", "__class__", "self"))] = self._odd()
        return made

    def _fitting(self, field: dict[str, Any]) -> Any:  # noqa: ANN401 - as above
        if "enum" in field:
            return self._random.choice(field["enum"])
        kind = field.get("type")
        if kind in ("boolean", "integer"):
            return self._random.random() < 0.5 if kind == "boolean" else self._random.randint(1, 203)
        if kind == "array":
            return [self._fitting(field.get("items", {})) for _ in range(self._random.randint(0, 4))]
        if kind == "object":
            change = {"action": self._random.choice(self._tools)["name"], "name": self._random.choice(self._names)}
            return self._random.choice(
                (change, {"n": self._odd()}, {"due_on": self._odd(), "capabilities": self._odd()})
            )
        if field.get("format") == "date-time":
            return self._random.choice(("2024-05-01", "2024-01-01T00:00:05Z", "2999-01-01", self._odd()))
        return self._random.choice((*self._random.choices(self._names, k=3), self._odd()))

    def _notice_params(self) -> Any:  # noqa: ANN401 - as above
        return self._random.choice(({}, {"requestId": self._random.randint(0, 99)}, {"progressToken": self._odd()}))

    def _odd(self) -> Any:  # noqa: ANN401 - as above
        return self._random.choice(ODD)

    # What happens to bytes on their way

    def _flip(self, line: bytes) -> bytes:
        spoilt = bytearray(line)
        for _ in range(self._random.randint(1, 8)):
            spoilt[self._random.randrange(len(spoilt))] = self._random.randrange(256)
        return bytes(spoilt)

    def _cut(self, line: bytes) -> bytes:
        return line[: self._random.randrange(1, len(line) + 1)]

    def _double(self, line: bytes) -> bytes:
        at = self._random.randrange(len(line))
        return line[:at] + line[at : at + 40] * self._random.randint(2, 50) + line[at:]

    def _splice(self, line: bytes) -> bytes:
        return line[: self._random.randrange(len(line))] + self._last[self._random.randrange(len(self._last)) :]

    def _nest(self, line: bytes) -> bytes:
        depth = self._random.choice((50, 2_000, 100_000))
        opening, closing = self._random.choice(((b"[", b"]"), (b'{"a":', b"}")))
        return line.replace(b"{}", opening * depth + b"1" + closing * depth, 1)

    def _renumber(self, line: bytes) -> bytes:
        return line.replace(b'"id": ', b'"id": ' + self._random.choice(_NUMBERS) + b', "was": ', 1)

    def _reidentify(self, line: bytes) -> bytes:
        wrong = self._random.choice((b"null", b'"text"', b"[1]", b"{}", b"1.5", b"true", b"-7"))
        return line.replace(b'"id": ', b'"id": ' + wrong + b', "was": ', 1)

    def _batch(self, line: bytes) -> bytes:
        return b"[" + line.strip() + b"," + line.strip() + b"]\n"

    def _other_version(self, line: bytes) -> bytes:
        return line.replace(b'"2.0"', self._random.choice((b'"1.0"', b"2.0", b"null", b'"2.0", "jsonrpc": "3"')), 1)

    def _other_encoding(self, line: bytes) -> bytes:
        return self._random.choice(
            (b"\xef\xbb\xbf" + line, line.decode("utf-8", "replace").encode("utf-16"), b"\xff" + line)
        )

    def _garbage(self, _line: bytes) -> bytes:
        return self._random.randbytes(self._random.randint(1, 400))

    def _blank(self, _line: bytes) -> bytes:
        return self._random.choice((b"\n\n\n", b"   \n", b"\r\n", b"\x00\n", b"null", b"[]", b"{}", b'""', b"0"))


_MUTATIONS: tuple[Callable[[Strange, bytes], bytes], ...] = (
    Strange._flip,  # noqa: SLF001 - the table of what this class does
    Strange._cut,  # noqa: SLF001
    Strange._double,  # noqa: SLF001
    Strange._splice,  # noqa: SLF001
    Strange._nest,  # noqa: SLF001
    Strange._renumber,  # noqa: SLF001
    Strange._reidentify,  # noqa: SLF001
    Strange._batch,  # noqa: SLF001
    Strange._other_version,  # noqa: SLF001
    Strange._other_encoding,  # noqa: SLF001
    Strange._garbage,  # noqa: SLF001
    Strange._blank,  # noqa: SLF001
)


def _line(message: object) -> bytes:
    return json.dumps(message).encode() + b"\n"
