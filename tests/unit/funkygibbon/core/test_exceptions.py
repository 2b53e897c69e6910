"""Every error has its status, and every status its body."""

import pytest

from goodies_mcp import errors
from goodies_mcp.cli.exit_codes import EXIT_CODES
from goodies_mcp.errors import Conflict, GoodiesError, Internal
from goodies_mcp.funkygibbon.core.exceptions import STATUSES, UnsupportedProtocol, body_of, code_of, status_of

EVERY = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, GoodiesError)]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("invalid_input", 400),
        ("not_found", 404),
        ("ambiguous", 400),
        ("conflict", 409),
        ("too_large", 413),
        ("unauthorized", 401),
        ("forbidden", 403),
        ("rate_limited", 429),
        ("unavailable", 503),
        ("storage_full", 507),
        ("storage_corrupt", 500),
        ("internal", 500),
        ("remote_protocol_error", 400),
        ("local_protocol_error", 500),
        ("unsupported_protocol", 400),
    ],
)
def test_a_code_has_its_status(code, status):
    assert STATUSES[code] == status


def test_no_code_of_the_house_is_without_a_status():
    assert {kind.code for kind in EVERY} | set(EXIT_CODES) <= set(STATUSES)


def test_a_code_that_nobody_knows_is_a_fault():
    class New(GoodiesError):
        code = "new"

    assert status_of(New("x")) == 500


def test_the_body_speaks_our_language_and_that_of_v2():
    body = body_of(Conflict("it moved", hint="look again", argument="version", details={"current": "v2"}))
    assert body == {
        "error": {
            "code": "conflict",
            "message": "it moved",
            "retryable": False,
            "argument": "version",
            "hint": "look again",
            "current": "v2",
        },
        "detail": "it moved",
    }
    assert body_of(UnsupportedProtocol("Unsupported protocol version"))["detail"] == "Unsupported protocol version"


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "not_found"), (405, "method_not_allowed"), (415, "unsupported_media_type"), (418, "invalid_input")],
)
def test_what_the_framework_refuses_has_a_code(status, code):
    assert code_of(status) == code
    assert code_of(599) == Internal.code
