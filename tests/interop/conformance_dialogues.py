"""The tools of the official suite in which a server and its host talk in ways that no tool of ours does: kinds of
content that a home has none of, sampling, roots, questions in several rounds. They are put before what our server does
with a call, which answers all else.
"""

import warnings
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.shared.exceptions import MCPDeprecationWarning, MCPError
from mcp.shared.subscriptions import PromptsListChanged, ToolsListChanged
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CallToolRequestParams,
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
    ListRootsRequest,
    SamplingMessage,
    TextContent,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from goodies_mcp.mcpserver.arguments import Arguments, optional, text
from goodies_mcp.mcpserver.registry import Tool
from tests.interop.conformance_tools import PNG, test_simple_text

WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="  # one sample of silence
STATE = "minted by the server"

Context: TypeAlias = ServerRequestContext[Any, Any]
Content: TypeAlias = list[dict[str, Any]]
Dialogue: TypeAlias = Callable[[Context, CallToolRequestParams], Awaitable[Content | InputRequiredResult]]

DIALOGUES: dict[str, Dialogue] = {}
"""By the name of the tool."""

warnings.filterwarnings("ignore", category=MCPDeprecationWarning)  # the suite still asks for what is to go


def dialogue(told: Dialogue) -> Dialogue:
    DIALOGUES[told.__name__] = told
    return told


def said(words: str) -> Content:
    return [{"type": "text", "text": words}]


def question(message: str, **properties: dict[str, Any]) -> ElicitRequestFormParams:
    wanted = {"type": "object", "properties": properties, "required": list(properties)}
    return ElicitRequestFormParams(message=message, requested_schema=wanted)


def asked(message: str, **properties: dict[str, Any]) -> ElicitRequest:
    return ElicitRequest(params=question(message, **properties))


def sampled(message: str) -> CreateMessageRequest:
    messages = [SamplingMessage(role="user", content=TextContent(text=message))]
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=messages, max_tokens=100))


TEXT = {"type": "string"}
NAME = asked("What is your name?", name=TEXT)
A_FILE = {"type": "resource", "resource": {"uri": "test://a", "mimeType": "text/plain", "text": "A text."}}
IMAGE = {"type": "image", "mimeType": "image/png", "data": PNG}


@dialogue
async def test_audio_content(context: Context, params: CallToolRequestParams) -> Content:
    return [{"type": "audio", "mimeType": "audio/wav", "data": WAV}]


@dialogue
async def test_embedded_resource(context: Context, params: CallToolRequestParams) -> Content:
    return [A_FILE]


@dialogue
async def test_multiple_content_types(context: Context, params: CallToolRequestParams) -> Content:
    return [*said("Several kinds:"), IMAGE, A_FILE]


@dialogue
async def test_sampling(context: Context, params: CallToolRequestParams) -> Content:
    wanted = sampled(str((params.arguments or {})["prompt"])).params
    answer = await context.session.create_message(
        wanted.messages, max_tokens=wanted.max_tokens, related_request_id=context.request_id
    )
    return said(f"LLM response: {getattr(answer.content, 'text', '')}")


async def elicited(context: Context, wanted: ElicitRequestFormParams) -> Content:
    answer = await context.session.elicit_form(wanted.message, wanted.requested_schema, context.request_id)
    return said(f"User response: action={answer.action}, content={answer.content}")


@dialogue
async def test_elicitation(context: Context, params: CallToolRequestParams) -> Content:
    return await elicited(context, question(str((params.arguments or {})["message"]), response=TEXT))


@dialogue
async def test_elicitation_sep1034_defaults(context: Context, params: CallToolRequestParams) -> Content:
    wanted = question(
        "Is this right?",
        name={"type": "string", "default": "John Doe"},
        age={"type": "integer", "default": 30},
        score={"type": "number", "default": 95.5},
        status={"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        verified={"type": "boolean", "default": True},
    )
    return await elicited(context, wanted)


@dialogue
async def test_elicitation_sep1330_enums(context: Context, params: CallToolRequestParams) -> Content:
    plain = ["option1", "option2", "option3"]
    titled = [{"const": f"value{n}", "title": f"Option {n}"} for n in (1, 2, 3)]
    wanted = question(
        "Which of these?",
        untitledSingle={"type": "string", "enum": plain},
        titledSingle={"type": "string", "oneOf": titled},
        legacyEnum={"type": "string", "enum": plain, "enumNames": ["Option 1", "Option 2", "Option 3"]},
        untitledMulti={"type": "array", "items": {"type": "string", "enum": plain}},
        titledMulti={"type": "array", "items": {"anyOf": titled}},
    )
    return await elicited(context, wanted)


@dialogue
async def test_reconnection(context: Context, params: CallToolRequestParams) -> Content:
    assert context.close_sse_stream is not None, "only hosts that come back are asked to"
    await context.close_sse_stream()
    return said("Told after the stream was closed.")


@dialogue
async def test_missing_capability(context: Context, params: CallToolRequestParams) -> Content:
    capabilities = context.session.client_capabilities
    if capabilities is None or capabilities.sampling is None:
        needed = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "The client cannot sample", needed)
    return said("The client can sample.")


@dialogue
async def test_input_required_result_elicitation(
    context: Context, params: CallToolRequestParams
) -> Content | InputRequiredResult:
    answer = (params.input_responses or {}).get("user_name")
    if not isinstance(answer, ElicitResult):
        return InputRequiredResult(input_requests={"user_name": NAME})
    return said(f"Hello, {(answer.content or {}).get('name')}!")


DIALOGUES["test_streaming_elicitation"] = test_input_required_result_elicitation


def in_one_round(**requests: Any) -> Dialogue:
    """Asks for these, and is content when each has an answer and the state is what it was."""

    async def told(context: Context, params: CallToolRequestParams) -> Content | InputRequiredResult:
        if requests.keys() - (params.input_responses or {}).keys():
            return InputRequiredResult(input_requests=requests, request_state=STATE)
        return said("state-ok" if params.request_state == STATE else "another state")

    return told


CONFIRMED = asked("Is it so?", ok={"type": "boolean"})
DIALOGUES |= {
    "test_input_required_result_sampling": in_one_round(capital_question=sampled("What is the capital of France?")),
    "test_input_required_result_list_roots": in_one_round(client_roots=ListRootsRequest()),
    "test_input_required_result_request_state": in_one_round(confirm=CONFIRMED),
    "test_input_required_result_tampered_state": in_one_round(confirm=CONFIRMED),
    "test_input_required_result_multiple_inputs": in_one_round(
        user_name=NAME, greeting=sampled("Greet somebody"), client_roots=ListRootsRequest()
    ),
}


@dialogue
async def test_input_required_result_multi_round(
    context: Context, params: CallToolRequestParams
) -> Content | InputRequiredResult:
    given = params.input_responses or {}
    if params.request_state == "first" and "step1" in given:
        colour = asked("Step 2: What is your favorite color?", color=TEXT)
        return InputRequiredResult(input_requests={"step2": colour}, request_state="second")
    if params.request_state == "second" and "step2" in given:
        return said("Both steps are done.")
    name = asked("Step 1: What is your name?", name=TEXT)
    return InputRequiredResult(input_requests={"step1": name}, request_state="first")


@dialogue
async def test_input_required_result_capabilities(
    context: Context, params: CallToolRequestParams
) -> InputRequiredResult:
    able = context.session.client_capabilities
    requests: dict[str, Any] = {}
    if able is not None and able.elicitation is not None:
        requests["user_name"] = NAME
    if able is not None and able.sampling is not None:
        requests["greeting"] = sampled("Greet somebody")
    return InputRequiredResult(input_requests=requests)


CHANGES = {"test_trigger_tool_change": ToolsListChanged(), "test_trigger_prompt_change": PromptsListChanged()}
"""By the name of the tool: what those who listen are told."""


def speak(server: Server[Any]) -> None:
    """Put the dialogues before what the server does with ``tools/call``."""
    entry, listening = server.get_request_handler("tools/call"), server.get_request_handler("subscriptions/listen")
    assert entry is not None
    assert listening is not None
    bus = listening.handler.__self__._watchers.bus  # of ours nobody hears there that a list is another: none ever is

    async def call(context: Context, params: CallToolRequestParams) -> Mapping[str, Any] | InputRequiredResult:
        if params.name in CHANGES:
            await bus.publish(CHANGES[params.name])
            return complete(context, content=said("It has changed."))
        told = DIALOGUES.get(params.name)
        if told is None:
            return await entry.handler(context, params)
        answer = await told(context, params)
        return answer if isinstance(answer, InputRequiredResult) else complete(context, content=answer)

    server.add_request_handler("tools/call", CallToolRequestParams, call)
    server.middleware.append(RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience=server.name))


class Words(Arguments):
    """What the dialogues are given; some of them take nothing."""

    prompt = optional(text(1_000))
    message = optional(text(1_000))


def listed() -> dict[str, Tool]:
    """The dialogues as the registry lists them."""
    return {name: replace(test_simple_text, name=name, arguments=Words) for name in (*DIALOGUES, *CHANGES)}


def complete(context: Context, **result: Any) -> dict[str, Any]:
    modern = context.protocol_version in MODERN_PROTOCOL_VERSIONS
    return {**result, **({"resultType": "complete"} if modern else {})}
