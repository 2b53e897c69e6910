"""Asking the person over MCP, where the host can: in the older era a request of ours in the middle of the call, in the
newer one a result that says what is needed, upon which the host makes the same call again with the answer.

What the newer era's host brings back between two calls (``requestState``) is what the person chose so far. It is no
secret and gives no right: whoever makes it up could as well have called with these ids.
"""

import json
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, CallToolRequestParams, ElicitResult
from mcp_types.version import MODERN_PROTOCOL_VERSIONS, is_version_at_least
from pydantic import ValidationError

from goodies_mcp.errors import Forbidden, GoodiesError, InvalidInput
from goodies_mcp.mcpserver.questions import MOST_QUESTIONS, Question

_CHOICE = "choice"
_LONGEST_STATE = 20_000

_Context = ServerRequestContext[Any, Any]


class _Unanswered(GoodiesError):
    """The question has to go to the host first. Nobody hears this: the call ends with the question."""

    code = "asked"


class Asking:
    """The questions of one call. ``pending`` is the one that the host must answer before the call can be made."""

    def __init__(self, context: _Context, params: CallToolRequestParams) -> None:
        self._context = context
        self._modern = context.protocol_version in MODERN_PROTOCOL_VERSIONS
        self._known = _known(params.request_state) if self._modern else {}
        self._answers: dict[str, Any] = dict(params.input_responses or {}) if self._modern else {}
        self.pending: Question | None = None

    async def __call__(self, question: Question) -> str | None:
        """As ``questions.Ask``."""
        known = self._known.get(question.key)
        if known in question.options:
            return known
        answer = self._answers.pop(question.key, None) if self._modern else await self._elicited(question)
        if answer is None and self._modern:
            self.pending = question
            raise _Unanswered(question.message)
        if answer is None:
            return None
        chosen = self._known[question.key] = _chosen(answer, question)
        return chosen

    def input_required(self) -> dict[str, Any]:
        """What to answer while a question is pending."""
        if self.pending is None:
            raise RuntimeError
        asked = {"mode": "form", "message": self.pending.message, "requestedSchema": self._schema(self.pending)}
        state = {"requestState": json.dumps(self._known)} if self._known else {}
        return {
            "resultType": "input_required",
            "inputRequests": {self.pending.key: {"method": "elicitation/create", "params": asked}},
            **state,
        }

    async def _elicited(self, question: Question) -> ElicitResult | None:
        try:
            return await self._context.session.elicit_form(
                question.message, self._schema(question), related_request_id=self._context.request_id
            )
        except (MCPError, ValidationError):
            return None  # it said that it can, and cannot: the model asks in the conversation

    def _schema(self, question: Question) -> dict[str, Any]:
        field: dict[str, Any] = {"type": "string", "title": "Your choice"}
        if is_version_at_least(self._context.protocol_version, "2025-11-25"):
            field["oneOf"] = [{"const": key, "title": title} for key, title in question.options.items()]
        else:
            field["enum"], field["enumNames"] = list(question.options), list(question.options.values())
        if question.default is not None:
            field["default"] = question.default
        return {"type": "object", "properties": {_CHOICE: field}, "required": [_CHOICE]}


def asking(context: _Context, params: CallToolRequestParams) -> Asking | None:
    """A way to ask the person; None where the host has none."""
    capabilities = context.session.client_capabilities
    forms = capabilities.elicitation if capabilities is not None else None
    if forms is None or (forms.form is None and forms.url is not None):
        return None
    if context.protocol_version not in MODERN_PROTOCOL_VERSIONS and not context.session.can_send_request:
        return None
    return Asking(context, params)


def _chosen(answer: object, question: Question) -> str:
    action = getattr(answer, "action", None)
    if action in ("decline", "cancel"):
        said = "would not say" if action == "decline" else "closed the question without an answer"
        raise Forbidden(
            f"the person was asked ({question.message.partition(chr(10))[0]}) and {said}: nothing was done",
            hint="do not choose for them; ask in the conversation what they want",
        )
    chosen = (getattr(answer, "content", None) or {}).get(_CHOICE)
    if not isinstance(chosen, str) or chosen not in question.options:
        raise InvalidInput("the answer is none of the choices: nothing was done", hint="call again to ask once more")
    return chosen


def _known(state: str | None) -> dict[str, str]:
    """The choices that an earlier round brought."""
    if state is None:
        return {}
    try:
        said = json.loads(state) if len(state) <= _LONGEST_STATE else None
    except (ValueError, RecursionError):
        said = None
    if (
        not isinstance(said, dict)
        or len(said) > MOST_QUESTIONS + 1
        or not all(isinstance(each, str) for each in said.values())
    ):
        raise MCPError(code=INVALID_PARAMS, message="requestState is none of this server's: call again without it")
    return said
