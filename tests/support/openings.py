"""Openings of conversations as hosts hold them, and what a server says to them, with a preamble and without."""

import json

from mcp.server.runner import serve_dual_era_loop

from goodies_mcp.mcpserver.stdio_streams import Incoming, Outgoing

HANDSHAKE = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN = "2026-07-28"
LISTS = ("tools/list", "prompts/list", "resources/list", "resources/templates/list", "ping")
ENVELOPE = "io.modelcontextprotocol/"
HOST = {
    "name": "a host",
    "version": "1.2",
    "title": "Küche",
    "websiteUrl": "https://example.org",
    "icons": [{"src": "https://example.org/icon.png", "mimeType": "image/png"}],
}
CAN = {
    "roots": {"listChanged": True},
    "sampling": {"tools": {}},
    "elicitation": {"form": {"applyDefaults": True}, "url": {}},
    "tasks": {"list": {}, "requests": {"sampling": {"createMessage": {}}}},
    "experimental": {"example.org/flags": {"a": [1, None, "x"]}},
    "extensions": {"io.modelcontextprotocol/ui": {"mimeTypes": ["text/html;profile=mcp-app"]}},
}


def line(number, method, params=None, **more):
    message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params, **more}
    given = {key: value for key, value in message.items() if value is not None}
    return json.dumps(given, ensure_ascii=False).encode() + b"\n"


INITIALIZED = line(None, "notifications/initialized")


def hello(version, number=0, who=HOST, can=CAN):
    return line(number, "initialize", {"protocolVersion": version, "capabilities": can, "clientInfo": who})


def greeted(version, number=0, **how):
    """The opening of the hosts in the field."""
    return [
        hello(version, number, **how),
        INITIALIZED,
        *(line(number + 1 + n, method, {} if n % 2 else None) for n, method in enumerate(LISTS)),
        line("last-one", "tools/list", {"_meta": {"progressToken": 7}}),
    ]


def envelope(version=MODERN, who=HOST, can=CAN, **more):
    said = {"protocolVersion": version, "clientCapabilities": can, **({"clientInfo": who} if who else {}), **more}
    return {"_meta": {ENVELOPE + key: value for key, value in said.items()}}


def enveloped(version=MODERN, number=0, **how):
    """The opening of hosts that speak the newer era."""
    methods = ("server/discover", *LISTS)
    return [line(number + n, method, envelope(version, **how)) for n, method in enumerate(methods)]


OPENINGS = {**{version: greeted(version) for version in HANDSHAKE}, MODERN: enveloped()}


async def said_by_sdk(server, heard, told=None, differed=lambda: None):
    """All lines that the SDK's server says to what it hears, one after another."""
    said = []

    async def read():
        return b""

    async def write(answer):
        said.append(answer)

    outgoing = Outgoing(write, told, differed)
    options = server.create_initialization_options()
    incoming = Incoming(read, outgoing, b"".join(heard))
    await serve_dual_era_loop(server, incoming, outgoing, lifespan_state={}, init_options=options)
    return said
