"""``goodies-mcp serve`` as people start it, which beside the home serves what the official suite asks for by name:
python -m tests.interop.conformance_server serve --transport http --port 0 --data-dir DIR
"""

from typing import Any

from mcp.server.lowlevel import Server

from goodies_mcp.cli import serving
from goodies_mcp.cli.main import main
from goodies_mcp.mcpserver import catalogue, prompts, server
from goodies_mcp.mcpserver.registry import Registry
from tests.interop import conformance_dialogues, conformance_tools
from tests.interop.conformance_offers import offer

ours, built = catalogue.catalogue, server.build_server


def with_fixtures() -> Registry:
    fixtures = {**conformance_tools.tools_of(conformance_tools), **conformance_dialogues.listed()}
    return Registry({**ours().select("default").tools, **fixtures})


def build_server(*parts: Any, **named: Any) -> Server[Any]:
    made = built(*parts, **named)
    offer(made)
    conformance_dialogues.speak(made)
    return made


if __name__ == "__main__":
    serving.catalogue = with_fixtures
    server.build_server = build_server
    prompts.PROMPTS += conformance_tools.PROMPTS
    main()
