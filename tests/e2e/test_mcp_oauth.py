"""The server as a protected resource: tokens of an authorization server, good ones, and every kind of bad one."""

import base64
import hmac
import json
import time

import httpx2
import pytest
from joserfc.jwk import RSAKey
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.shared.auth import OAuthClientMetadata

from tests.support.authorization_server import AuthorizationServer
from tests.support.mcp_sessions import PATIENCE, http_server, over_http

HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
METADATA = "/.well-known/oauth-protected-resource"


def call(tool, **arguments):
    """One call of the newer era, which needs no session."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {"name": tool, "arguments": arguments, "_meta": meta}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


READS = call("get_home_overview")
WRITES = call("create_entity", entity_type="room", name="Loft")


@pytest.fixture(scope="module")
def issuer():
    with AuthorizationServer().running() as server:
        yield server


@pytest.fixture(scope="module")
def server(issuer, tmp_path_factory):
    with http_server(tmp_path_factory.mktemp("oauth") / "log", f"issuer={issuer.issuer}") as running:
        yield running


@pytest.fixture
def ask(server):
    def asked(token, message=READS, path="/mcp", **headers):
        headers |= {"Authorization": f"Bearer {token}"} if token is not None else {}
        params = message.get("params", {})
        said = {
            "Mcp-Protocol-Version": "2026-07-28",
            "Mcp-Method": message["method"],
            "Mcp-Name": params.get("name", ""),
        }
        return httpx2.post(
            f"{server.url}{path}", headers={**HEADERS, **said, **headers}, json=message, timeout=PATIENCE
        )

    return asked


def challenge(answer):
    """The parameters of the challenge."""
    scheme, _, rest = answer.headers["www-authenticate"].partition(" ")
    assert scheme == "Bearer"
    return {name: value.strip('"') for name, _, value in (part.partition("=") for part in rest.split(", "))}


def test_it_says_which_authorization_server_gives_tokens(issuer, server):
    told = httpx2.get(f"{server.url}{METADATA}").json()
    assert told["resource"] == server.url
    assert told["authorization_servers"] == [issuer.issuer]
    assert told["scopes_supported"] == ["home:read", "home:write"]
    assert told["bearer_methods_supported"] == ["header"]


@pytest.mark.parametrize("path", ["/mcp", "/sse", "/messages/?session_id=0", "/"])
def test_without_a_token_it_tells_where_to_get_one(ask, server, path):
    refused = ask(None, path=path)
    assert refused.status_code == 401
    assert challenge(refused)["resource_metadata"] == f"{server.url}{METADATA}"
    assert "error" not in challenge(refused)


def test_a_token_of_both_scopes_reads_and_writes(ask, issuer, server):
    token = issuer.token(server.url)
    assert ask(token).status_code == 200
    done = ask(token, call("create_entity", entity_type="room", name="Attic"))
    assert '"isError":false' in done.text.replace(" ", "")


@pytest.mark.parametrize("audience", ["{url}", "{url}/", "{url}/mcp", "other {url}"])
def test_the_audience_may_be_worded_in_these_ways(ask, issuer, server, audience):
    told = [word.format(url=server.url) for word in audience.split()]
    assert ask(issuer.token(told if len(told) > 1 else told[0])).status_code == 200


def test_one_that_may_only_read_is_told_what_more_it_needs(ask, issuer, server):
    token = issuer.token(server.url, "home:read")
    assert ask(token).status_code == 200
    refused = ask(token, WRITES)
    assert refused.status_code == 403
    said = challenge(refused)
    assert (said["error"], said["scope"]) == ("insufficient_scope", "home:read home:write")
    assert said["resource_metadata"] == f"{server.url}{METADATA}"
    assert ask(token, call("no_such_tool")).status_code == 403


@pytest.mark.parametrize("scope", ["", "openid profile", "home:write", "home:readme", None])
def test_a_token_without_the_scope_reads_nothing(ask, issuer, server, scope):
    refused = ask(issuer.token(server.url, scope))
    assert refused.status_code == 403
    assert challenge(refused)["error"] == "insufficient_scope"


def with_the_public_key_as_a_secret(issuer, body):
    """What a judge takes for good that believes the token's own word for how it is signed."""
    head = encoded(b'{"alg":"HS256","kid":"one"}')
    mark = hmac.digest(issuer.key.as_pem(private=False), f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{encoded(mark)}"


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def bad_tokens(issuer, url):
    """Each with what is wrong with it."""
    now = int(time.time())
    stranger = RSAKey.generate_key(2048, {"kid": "one"})
    unknown = RSAKey.generate_key(2048, {"kid": "another"})
    good = issuer.token(url)
    head, body, signature = good.split(".")
    return {
        "expired": issuer.token(url, exp=now - 120),
        "not yet valid": issuer.token(url, nbf=now + 600),
        "for another audience": issuer.token("https://other.example/mcp"),
        "for our port elsewhere": issuer.token(url.replace("127.0.0.1", "127.0.0.2")),
        "for a longer name": issuer.token(f"{url}.evil.example"),
        "for nobody": issuer.token(None),
        "without an end": issuer.token(url, exp=None),
        "of another issuer": issuer.token(url, iss="https://evil.example"),
        "signed by a stranger with our key's name": issuer.token(url, key=stranger),
        "signed with an unknown key": issuer.token(url, key=unknown),
        "signed with the public key as a secret": with_the_public_key_as_a_secret(issuer, body),
        "with another body": ".".join([head, issuer.token(url, "admin").split(".")[1], signature]),
        "without a signature": f"{head}.{body}.",
        "that claims to need none": f"eyJhbGciOiJub25lIn0.{body}.",
        "that is no JWT": "correct-horse-battery-staple",
        "with odd bytes": "\x80.\xff.x",
        "very long": "a" * 6_000,
    }


def test_every_bad_token_is_refused_alike(ask, issuer, server):
    for what, token in bad_tokens(issuer, server.url).items():
        for message in (READS, WRITES):
            refused = ask(token.encode("latin-1"), message) if not token.isascii() else ask(token, message)
            assert refused.status_code == 401, what
            assert challenge(refused)["error"] == "invalid_token", what
            assert token not in refused.text
    found = ask(issuer.token(server.url), call("search_entities", query="Loft")).json()
    assert "Loft" not in [item["name"] for item in found["result"]["structuredContent"]["items"]]


def test_keys_may_be_rotated(ask, issuer, server, monkeypatch):
    assert ask(issuer.token(server.url)).status_code == 200
    before = issuer.asked.count("/keys")
    for _ in range(3):
        assert ask(issuer.token(server.url)).status_code == 200
    assert issuer.asked.count("/keys") == before, "keys are kept"


async def test_a_host_gets_its_token_by_itself(server):
    """The whole of it, as the SDK's client does it: metadata, registration, code with PKCE, token for this resource."""
    came_back = []

    class Storage:
        def __init__(self):
            self.tokens = self.info = None

        async def get_tokens(self):
            return self.tokens

        async def set_tokens(self, tokens):
            self.tokens = tokens

        async def get_client_info(self):
            return self.info

        async def set_client_info(self, info):
            self.info = info

    async def browse(url):
        async with httpx2.AsyncClient() as http:
            came_back.append((await http.get(url)).headers["location"])

    async def callback():
        found = dict(httpx2.URL(came_back[-1]).params)
        return AuthorizationCodeResult(code=found["code"], state=found.get("state"))

    back = "http://127.0.0.1:9/callback"
    told = OAuthClientMetadata(client_name="t", redirect_uris=[back], scope="home:read home:write")
    provider = OAuthClientProvider(f"{server.url}/mcp", told, Storage(), browse, callback)
    async with over_http(server.url, auth=provider) as client:
        answer = await client.call_tool("get_home_overview", {})
        assert not answer.is_error
    assert len(came_back) == 1


def test_another_principal_cannot_go_on_with_a_session(server, issuer):
    """A session id that leaked is worth nothing with a token of one's own."""
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
    begin = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    lena, eve = ({"Authorization": f"Bearer {issuer.token(server.url, sub=who)}"} for who in ("lena", "eve"))
    with httpx2.Client(base_url=server.url, headers=HEADERS, timeout=PATIENCE) as http:
        begun = http.post("/mcp", json=begin, headers=lena)
        session = {"Mcp-Session-Id": begun.headers["mcp-session-id"], "Mcp-Protocol-Version": "2025-11-25"}
        ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
        assert http.post("/mcp", json=ping, headers={**lena, **session}).status_code == 200
        assert http.post("/mcp", json=ping, headers={**eve, **session}).status_code in {401, 403, 404}


def test_an_issuer_that_is_down_is_no_refusal(tmp_path):
    with AuthorizationServer().running() as issuer, http_server(tmp_path / "log", f"issuer={issuer.issuer}") as server:
        issuer.down = True
        token = {"Authorization": f"Bearer {issuer.token(server.url)}"}
        said = json.dumps(READS)
        answer = httpx2.post(f"{server.url}/mcp", headers={**HEADERS, **token}, content=said, timeout=PATIENCE)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
