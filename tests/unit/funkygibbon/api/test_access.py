"""The table of access: every route stands in it, and every role meets at every route exactly what the table says."""

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

from goodies_mcp.funkygibbon.api.access import ACCESS, Access, Anybody, Body, GuardedRoute
from goodies_mcp.funkygibbon.core.accounts import SCOPES, Role, Scope
from tests.support.hub import hub_in

SHA = "ab" * 32
PATHS = {"{sha256}": SHA, "{user_id}": "nobody", "{device_id}": "no-device"}
RANK = {Scope.READ: "may read", Scope.WRITE: "may write", Scope.ADMIN: "administers"}


def routes_of(app) -> Iterator[APIRoute]:
    def walk(routes):
        for route in routes:
            if isinstance(route, APIRoute):
                yield route
            else:
                yield from walk(getattr(getattr(route, "original_router", None), "routes", ()))

    yield from walk(app.routes)


@pytest.fixture
async def hub(tmp_path):
    async with hub_in(tmp_path) as inside:
        yield inside


@pytest.fixture
async def tokens(hub):
    household = await hub.household()
    return {role: await hub.token(role, household, f"a-{role}") for role in Role}


async def test_every_route_stands_in_the_table_and_is_guarded(hub):
    found = {(method, route.path) for route in routes_of(hub.api) for method in route.methods}
    assert found == set(ACCESS)
    assert all(isinstance(route, GuardedRoute) for route in routes_of(hub.api))


async def test_every_role_meets_at_every_route_what_the_table_says(hub, tokens):
    wrong = []
    for (method, template), access in ACCESS.items():
        # A login would count as a failed one, and a logout end the session that the next row needs.
        if template.startswith("/api/v1/auth/log") or template.endswith("/admin/login"):
            continue
        for role, token in tokens.items():
            answer = await hub.ask(method, filled(template), token, **something(access))
            allowed = not isinstance(access.needs, Scope) or access.needs in SCOPES[role]
            if (answer.status_code == 403) == allowed and not in_its_own_words(template, role, answer):
                wrong.append((method, template, role.value, answer.status_code))
            if answer.status_code in (401, 500):
                wrong.append((method, template, role.value, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("token", [None, "", "nonsense", "a.b.c", "\x7f", "Bearer"])
async def test_without_a_valid_token_only_open_routes_answer(hub, token):
    for (method, template), access in ACCESS.items():
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer = await hub.ask(method, filled(template), headers=headers, **something(access))
        if access.needs is Anybody.OPEN:
            assert answer.status_code != 403, template
        else:
            assert answer.status_code == 401, (method, template)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_the_token_is_looked_at_before_the_body(hub):
    for (method, template), access in ACCESS.items():
        if access.body is Body.JSON and access.needs is not Anybody.OPEN:
            answer = await hub.ask(method, filled(template), content=b"{" * 100, headers={"Content-Type": "text/plain"})
            assert answer.status_code == 401, template


async def test_a_refused_attempt_is_audited_and_one_without_a_token_is_not(hub, tokens):
    await hub.ask("GET", "/api/v1/audit")
    await hub.ask("GET", "/api/v1/audit", tokens[Role.GUEST])
    await hub.ask("GET", "/api/v1/audit", "nonsense")
    refused = [entry for entry in await hub.audited() if entry.event == "refused"]
    assert [(entry.user is not None, entry.address) for entry in refused] == [(True, "192.0.2.7"), (False, "192.0.2.7")]
    assert "GET /api/v1/audit" in refused[0].said
    assert "nonsense" not in str(refused)


async def test_another_method_is_answered_with_those_that_there_are(hub):
    for template in {template for _, template in ACCESS}:
        answer = await hub.ask("BREW", filled(template))
        assert answer.status_code == 405
        assert answer.headers["Allow"].split(", ") == sorted(m for m, each in ACCESS if each == template)


def filled(template):
    for name, value in PATHS.items():
        template = template.replace(name, value)
    return template


def something(access: Access):
    """A body that is read and means nothing."""
    return {"json": {}} if access.body is Body.JSON else {"content": b"abc"} if access.body is Body.STREAM else {}


def in_its_own_words(template, role, answer):
    """A refusal that is no matter of scopes: without a refresh token only a login without a device is renewed."""
    return template == "/api/v1/auth/refresh" and answer.json()["detail"] == "Only admin tokens can be refreshed"
