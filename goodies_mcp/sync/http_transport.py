"""Sync over HTTP: the only place that imports an HTTP client. Whatever happens on the way becomes one of the outcomes
that the session knows; a token goes to the address that gave it, and nowhere else.
"""

import asyncio
import json
import ssl
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from goodies_mcp import __version__
from goodies_mcp.core.protocols import Clock
from goodies_mcp.errors import GoodiesError, InvalidInput, RemoteProtocolError, TooLarge, Unauthorized, Unavailable
from goodies_mcp.inbetweenies.actions import RequestFailed, ResponseReceived, TokenRefreshed, TokenRefused
from goodies_mcp.inbetweenies.content_coding import ACCEPTED, decoded, encoded
from goodies_mcp.inbetweenies.content_exchange import FetchPart, Look, SendPart, Told
from goodies_mcp.inbetweenies.content_wording import told_length, worded
from goodies_mcp.inbetweenies.limits import MAX_RESPONSE_BYTES
from goodies_mcp.inbetweenies.messages import V3, check_content_digest, content_digest, parse_error
from goodies_mcp.inbetweenies.verdicts import judge_answer
from goodies_mcp.sync.credentials import Credentials, CredentialsFile, renewed

ADMIN_LOGIN_PATH = "/api/v1/auth/admin/login"
LOGIN_PATH = "/api/v1/auth/login"
LOGOUT_PATH = "/api/v1/auth/logout"
REFRESH_PATH = "/api/v1/auth/refresh"

_WORTH_PACKING = 1_024
_CHUNK = 65_536
_SMALL = 16_384
_EDITION_WITHIN = 512
_NO_MORE = frozenset({400, 401, 403, 404, 405, 422})
"""Answers to a wish for a new token after which only a person helps."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: to connect, between two bytes, and for all of one answer however it trickles in."""

    connect: float = 10.0
    read: float = 30.0
    whole: float = 120.0


class HttpTransport:
    """A ``Transport`` to the hub of one login."""

    def __init__(
        self,
        file: CredentialsFile,
        credentials: Credentials,
        *,
        clock: Clock,
        patience: Patience | None = None,
    ) -> None:
        self._file = file
        self._credentials = credentials
        self._clock = clock
        self._wire = _Wire(credentials.url, credentials.ca_file, patience or Patience())
        # A hub that has answered in our edition unpacks what we send; of another nothing is known.
        self._coding = ""
        self.reached = True
        """Whether the last request found anybody at the hub's address."""

    def use(self, credentials: Credentials) -> None:
        """Go on with these tokens of the same login: another process may have renewed them."""
        self._credentials = credentials

    async def post(
        self, path: str, body: bytes, digest: str, most: int = MAX_RESPONSE_BYTES
    ) -> ResponseReceived | RequestFailed:
        """As ``Transport.post``."""
        try:
            answer = await self._posted(path, body, digest, self._coding, most)
            if answer.status == 415 and self._coding:
                self._coding = ""
                answer = await self._posted(path, body, digest, "", most)
        except _Failed as failed:
            self.reached = failed.reached
            return failed.outcome
        self.reached = True
        received = ResponseReceived(answer.status, answer.body, _seconds(answer.headers, self._clock))
        if answer.status == 200 and not self._coding and _is_ours(answer.body):
            self._coding = "zstd"
        return received

    async def get(self, path: str, most: int) -> ResponseReceived | RequestFailed:
        """As ``Transport.get``."""
        answer = await self._reached(self._wire.get(path, _bearer(self._credentials.access_token), most))
        if isinstance(answer, RequestFailed):
            return answer
        return ResponseReceived(answer.status, answer.body, _seconds(answer.headers, self._clock))

    async def carry(self, ask: Look | SendPart | FetchPart, data: bytes = b"") -> Told | RequestFailed:
        """As ``Transport.carry``."""
        method, path, headers = worded(ask)
        headers |= _bearer(self._credentials.access_token)
        answer = await self._reached(self._wire.asked(method, path, headers, data, MAX_RESPONSE_BYTES))
        if isinstance(answer, RequestFailed):
            return answer
        length, kind = told_length(ask, answer.headers), answer.headers.get("content-type", "")
        return Told(answer.status, answer.body, _seconds(answer.headers, self._clock), length, kind)

    async def refresh(self) -> TokenRefreshed | TokenRefused | RequestFailed:
        """As ``Transport.refresh``. A token that another process got meanwhile is taken without asking the hub."""
        try:
            kept = self._file.load()
            if kept is None or kept.url != self._credentials.url:
                return TokenRefused()
            if kept.access_token != self._credentials.access_token:
                self._credentials = kept
                return TokenRefreshed()
            return await self._refreshed(kept)
        except _Failed as failed:
            return failed.outcome
        except GoodiesError as error:
            return RequestFailed(error, fatal=True)

    async def reachable(self) -> bool:
        """Whether somebody answers at the hub's address: no request, only a connection."""
        return await self._wire.reachable()

    async def close(self) -> None:
        """As ``Transport.close``."""
        await self._wire.close()

    async def _refreshed(self, kept: Credentials) -> TokenRefreshed | TokenRefused | RequestFailed:
        said = {} if kept.refresh_token is None else {"refresh_token": kept.refresh_token}
        body = json.dumps(said).encode()
        headers = {"content-digest": content_digest(body), **_bearer(kept.access_token)}
        answer = await self._wire.post(REFRESH_PATH, body, headers)
        if answer.status in _NO_MORE:
            return TokenRefused()
        if answer.status != 200:
            return RequestFailed(judge_answer(ResponseReceived(answer.status, answer.body)).error)
        self._credentials = renewed(kept, answer.body, self._clock.now())
        self._file.save(self._credentials)
        return TokenRefreshed()

    async def _reached(self, asking: "Coroutine[Any, Any, _Answer]") -> "_Answer | RequestFailed":
        """What was answered, or why nothing was; and whether anybody is there."""
        try:
            answer = await asking
        except _Failed as failed:
            self.reached = failed.reached
            return failed.outcome
        self.reached = True
        return answer

    async def _posted(self, path: str, body: bytes, digest: str, coding: str, most: int) -> "_Answer":
        headers = {"content-digest": digest, **_bearer(self._credentials.access_token)}
        if coding and len(body) >= _WORTH_PACKING:
            body = await asyncio.to_thread(encoded, body, coding)
            headers["content-encoding"] = coding
        return await self._wire.post(path, body, headers, most)


@dataclass(frozen=True, slots=True)
class Wish:
    """What to log in with. Without a user it is whom the hub was made for, without a household their only one."""

    password: str = field(repr=False)
    device_id: str
    device: str
    user: str | None = None
    household: str | None = None


async def login(
    url: str,
    wish: Wish,
    *,
    clock: Clock,
    ca_file: str | None = None,
    allow_http: bool = False,
    patience: Patience | None = None,
) -> Credentials:
    """Log in to the hub at this address; nothing is kept yet.

    Raises:
        Unauthorized: it is not the hub's password.
        InvalidInput: it has several households of this user, or none of this name.
        RateLimited, Unavailable, RemoteProtocolError, ...: as the hub answered, or did not.
    """
    wire = _Wire(url, ca_file, patience or Patience())
    path, said = _asked(wish)
    try:
        answer = await wire.post(path, json.dumps(said).encode(), {})
    except _Failed as failed:
        raise failed.outcome.error from failed
    finally:
        await wire.close()
    if answer.status == 401:
        raise Unauthorized("the hub does not know this password")
    if answer.status != 200:
        refusal = parse_error(answer.body)
        if refusal.code in {"ambiguous", "not_found"}:
            raise InvalidInput(refusal.message, argument="household", hint="name one of yours with --household")
        raise judge_answer(ResponseReceived(answer.status, answer.body, _seconds(answer.headers, clock))).error
    granted = Credentials(url, wish.device_id, "", ca_file=ca_file, allow_http=allow_http)
    return renewed(granted, answer.body, clock.now())


async def logout(credentials: Credentials, *, patience: Patience | None = None) -> bool:
    """Tell the hub that the login is over; whether it heard that. It ends by itself, too."""
    wire = _Wire(credentials.url, credentials.ca_file, patience or Patience())
    try:
        answer = await wire.post(LOGOUT_PATH, b"{}", _bearer(credentials.access_token))
    except _Failed:
        return False
    finally:
        await wire.close()
    return answer.status in {200, 204}


def _asked(wish: Wish) -> tuple[str, dict[str, str]]:
    """Who names a user asks as our hubs want it; everybody else as every hub does."""
    said = {"password": wish.password, "device_id": wish.device_id, "device_name": wish.device}
    if wish.user is None and wish.household is None:
        return ADMIN_LOGIN_PATH, said
    named = {"user": wish.user, "household": wish.household}
    return LOGIN_PATH, said | {key: value for key, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    headers: Mapping[str, str]


class _Failed(Exception):
    """No answer."""

    def __init__(self, error: GoodiesError, *, fatal: bool = False, reached: bool = True) -> None:
        super().__init__(error.message)
        self.outcome = RequestFailed(error, fatal)
        self.reached = reached


class _Wire:
    """Posts to one address. Made when it is first used: certificates take time to load."""

    def __init__(self, url: str, ca_file: str | None, patience: Patience) -> None:
        self._url = url
        self._ca_file = ca_file
        self._patience = patience
        self._client: httpx2.AsyncClient | None = None

    async def post(self, path: str, body: bytes, headers: Mapping[str, str], most: int = MAX_RESPONSE_BYTES) -> _Answer:
        return await self.asked("POST", path, {"content-type": "application/json", **headers}, body, most)

    async def get(self, path: str, headers: Mapping[str, str], most: int) -> _Answer:
        return await self.asked("GET", path, headers, b"", most)

    async def asked(self, method: str, path: str, headers: Mapping[str, str], body: bytes, most: int) -> _Answer:
        try:
            client = self._opened()
            request = client.build_request(
                method, self._url + path, content=body, headers={"accept": "application/json", **headers}
            )
            async with asyncio.timeout(self._patience.whole):
                return await _exchanged(client, request, most)
        except TimeoutError as cause:
            raise _Failed(Unavailable(f"the hub took more than {self._patience.whole:g} s to answer")) from cause
        except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError, OSError) as cause:
            raise _translated(cause, self._patience) from cause

    async def reachable(self) -> bool:
        address = httpx2.URL(self._url)
        port = address.port or (443 if address.scheme == "https" else 80)
        try:
            async with asyncio.timeout(self._patience.connect):
                _, writer = await asyncio.open_connection(address.host, port)
        except OSError:
            return False
        writer.close()
        return True

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _opened(self) -> httpx2.AsyncClient:
        if self._client is None:
            patience = self._patience
            self._client = httpx2.AsyncClient(
                verify=_trust(self._ca_file) if self._url.startswith("https:") else False,
                # Proxies and passwords of the environment are not asked for: a hub is at home.
                trust_env=False,
                follow_redirects=False,
                timeout=httpx2.Timeout(patience.read, connect=patience.connect),
                limits=httpx2.Limits(max_connections=2, keepalive_expiry=15.0),
                headers={"user-agent": f"goodies-mcp/{__version__}", "accept-encoding": ACCEPTED},
            )
        return self._client


async def _exchanged(client: httpx2.AsyncClient, request: httpx2.Request, most: int) -> _Answer:
    response = await client.send(request, stream=True)
    try:
        raw = await _read(response, most)
    finally:
        await response.aclose()
    found = response.headers
    try:
        whole = await _unpacked(raw, found.get("content-encoding", ""), most)
        check_content_digest(whole, found.get("content-digest"))
    except TooLarge as error:
        raise _Failed(error, fatal=True) from error
    except GoodiesError as error:
        raise _Failed(error) from error
    return _Answer(response.status_code, whole, found)


async def _unpacked(raw: bytes, coding: str, most: int) -> bytes:
    # Small answers are unpacked sooner than a thread is found for them.
    return decoded(raw, coding, most) if len(raw) < _SMALL else await asyncio.to_thread(decoded, raw, coding, most)


async def _read(response: httpx2.Response, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_raw(_CHUNK):
        size += len(part)
        if size > most:
            raise _Failed(TooLarge(f"the hub's answer holds more than {most} bytes"), fatal=True)
        parts.append(part)
    return b"".join(parts)


def _trust(ca_file: str | None) -> ssl.SSLContext:
    if ca_file is None:
        return httpx2.create_ssl_context()
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as cause:
        error = InvalidInput(f"{ca_file} holds no certificate that can be read", argument="ca_file")
        raise _Failed(error, fatal=True) from cause


def _translated(cause: Exception, patience: Patience) -> _Failed:
    """What the network did, in the house's terms."""
    tls = _of_tls(cause)
    if tls is not None:
        return _Failed(_untrusted(tls), fatal=True)
    if isinstance(cause, httpx2.InvalidURL | httpx2.UnsupportedProtocol):
        return _Failed(InvalidInput("the hub's address cannot be used", argument="url"), fatal=True)
    if isinstance(cause, httpx2.ConnectTimeout | httpx2.ConnectError | OSError):
        hint = "is it running, and is this machine on its network?"
        return _Failed(Unavailable("the hub cannot be reached", hint=hint), reached=False)
    if isinstance(cause, httpx2.TimeoutException):
        return _Failed(Unavailable(f"the hub did not answer within {patience.read:g} s"))
    return _Failed(Unavailable("the connection to the hub broke off"))


def _untrusted(tls: ssl.SSLError) -> RemoteProtocolError:
    if isinstance(tls, ssl.SSLCertVerificationError):
        return RemoteProtocolError(
            f"the hub's certificate is not trusted: {tls.verify_message}",
            hint="if it is the hub's own, give it with: goodies-mcp hub login URL --ca-file FILE",
        )
    return RemoteProtocolError(f"there is no TLS at the hub's address ({tls.reason or 'it broke off'})")


def _of_tls(error: BaseException) -> ssl.SSLError | None:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError) and not isinstance(seen, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def _seconds(headers: Mapping[str, str], clock: Clock) -> float | None:
    """``Retry-After`` in seconds, whichever of its two forms it has; None where it says nothing of use."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.fromisoformat(clock.now())).total_seconds())


def _is_ours(body: bytes) -> bool:
    """Whether this looks like our edition; whoever is taken for it wrongly answers 415, and is believed."""
    return V3.encode() in body[:_EDITION_WITHIN]
