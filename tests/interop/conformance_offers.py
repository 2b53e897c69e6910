"""The resources, templates and prompts that the official suite asks for by name and that no home has. They are put
before what our server offers, which answers all else.
"""

from collections.abc import Callable
from typing import Any

from mcp.server.lowlevel import Server
from mcp_types import (
    GetPromptRequestParams,
    InputRequiredResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    SubscribeRequestParams,
)

from tests.interop.conformance_dialogues import A_FILE, IMAGE, TEXT, Context, asked, complete, said
from tests.interop.conformance_tools import PNG

STATIC = {
    "test://static-text": {"mimeType": "text/plain", "text": "A text that never changes."},
    "test://watched-resource": {"mimeType": "text/plain", "text": "A text that might change."},
    "test://static-binary": {"mimeType": "image/png", "blob": PNG},
}
FILLED = {"test://template/123/data": {"mimeType": "application/json", "text": '{"id":"123","data":"of 123"}'}}
TEMPLATE = {"uriTemplate": "test://template/{id}/data", "name": "template", "mimeType": "application/json"}
URI = [{"name": "resourceUri", "description": "Of what it embeds.", "required": True}]
PROMPTS = [
    {"name": "test_prompt_with_embedded_resource", "description": "Embeds a file.", "arguments": URI},
    {"name": "test_prompt_with_image", "description": "Shows an image."},
    {"name": "test_input_required_result_prompt", "description": "Asks first."},
]
QUESTION = asked("What context should the prompt use?", context=TEXT)


def offer(server: Server[Any]) -> None:
    """Put them before what the server offers itself."""
    listed = [{"uri": uri, "name": uri, "description": "For tests."} for uri in STATIC]
    _longer(server, "resources/list", "resources", listed)
    _longer(server, "resources/templates/list", "resourceTemplates", [TEMPLATE])
    _longer(server, "prompts/list", "prompts", PROMPTS)
    _before(server, "resources/read", ReadResourceRequestParams, _read)
    _before(server, "resources/subscribe", SubscribeRequestParams, _noted)
    _before(server, "resources/unsubscribe", SubscribeRequestParams, _noted)
    _before(server, "prompts/get", GetPromptRequestParams, _filled)


def _longer(server: Server[Any], method: str, key: str, items: list[dict[str, Any]]) -> None:
    entry = server.get_request_handler(method)
    assert entry is not None

    async def listed(context: Context, params: PaginatedRequestParams) -> dict[str, Any]:
        page: dict[str, Any] = await entry.handler(context, params)
        return page if params.cursor else {**page, key: [*page[key], *items]}

    server.add_request_handler(method, PaginatedRequestParams, listed)


def _before(server: Server[Any], method: str, params_type: Any, own: Callable[[Context, Any], Any]) -> None:
    entry = server.get_request_handler(method)
    assert entry is not None

    async def handler(context: Context, params: Any) -> Any:
        answer = own(context, params)
        return await entry.handler(context, params) if answer is None else answer

    server.add_request_handler(method, params_type, handler)


def _read(context: Context, params: ReadResourceRequestParams) -> dict[str, Any] | None:
    found = {**STATIC, **FILLED}.get(params.uri)
    return None if found is None else complete(context, contents=[{"uri": params.uri, **found}])


def _noted(_: Context, params: SubscribeRequestParams) -> dict[str, Any] | None:
    return {} if params.uri in STATIC else None


def _filled(context: Context, params: GetPromptRequestParams) -> InputRequiredResult | dict[str, Any] | None:
    if params.name == "test_prompt_with_embedded_resource":
        resource = {**A_FILE["resource"], "uri": (params.arguments or {})["resourceUri"]}
        blocks = [{"type": "resource", "resource": resource}, *said("Read it.")]
    elif params.name == "test_prompt_with_image":
        blocks = [IMAGE, *said("Look at it.")]
    elif params.name != "test_input_required_result_prompt":
        return None
    elif "user_context" in (params.input_responses or {}):
        blocks = said("With the context.")
    else:
        return InputRequiredResult(input_requests={"user_context": QUESTION})
    return complete(context, messages=[{"role": "user", "content": block} for block in blocks])
