"""What is said over the wire (PROTOCOL.md, V3-5, V3-6): any bytes become one of these messages or are refused.

Pydantic checks the envelope; versions, names and headers, which come in thousands, are read by plain code in
``rows.py``. Every failure is a ``RemoteProtocolError`` that names the field, whatever the bytes were.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Final, Literal, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetPydanticSchema, StrictBool, StrictInt, StrictStr, ValidationError

from goodies_mcp.core.canonical import canonical_json
from goodies_mcp.core.causality.digest import BUCKETS
from goodies_mcp.core.models import RecordId, VersionId
from goodies_mcp.errors import RemoteProtocolError, Unavailable
from goodies_mcp.inbetweenies.limits import (
    MAX_HEADERS,
    MAX_ID,
    MAX_NUMBER,
    MAX_PAGE_BYTES,
    MAX_PAGE_ROWS,
    MAX_PUSH_BYTES,
    MAX_PUSH_ROWS,
    MAX_RESPONSE_BYTES,
    UNTOLD_PUSH_ROWS,
)
from goodies_mcp.inbetweenies.rows import Header, Name, Row, parse_headers, parse_names, parse_rows

V2: Final = "inbetweenies-v2"
V3: Final = "inbetweenies-v3"
UNSUPPORTED: Final = "Unsupported protocol version"
"""How every edition says that it does not speak this one (V3-12.1)."""

SYNC_PATH: Final = "/api/v1/sync/"
COMPARE_PATH: Final = "/api/v1/sync/compare"

_Id = Annotated[StrictStr, Field(min_length=1, max_length=MAX_ID)]
_Seq = Annotated[StrictInt, Field(ge=0, le=MAX_NUMBER)]
_Hex = Annotated[StrictStr, Field(pattern=r"^[0-9a-f]{64}$")]
_Text = Annotated[StrictStr, Field(max_length=4_096)]

# Read by plain code before the envelope is; pydantic must not even ask what a row is made of.
_READ = GetPydanticSchema(lambda _source, handler: handler(Any))
_Rows = Annotated[tuple[Row, ...], _READ]
_Names = Annotated[tuple[Name, ...], _READ]
_Headers = Annotated[tuple[Header, ...], _READ]


class _Message(BaseModel):
    # Unknown fields are for editions to come (V3-2.6).
    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)


class Cursor(_Message):
    """Everything up to feed number ``seq`` of the hub's history ``epoch`` (V3-5.6)."""

    epoch: _Id
    seq: _Seq


class Limits(_Message):
    """How large a page may be; a hub may send less (V3-5.8)."""

    rows: Annotated[StrictInt, Field(ge=1, le=MAX_NUMBER)] = MAX_PAGE_ROWS
    bytes: Annotated[StrictInt, Field(ge=1, le=MAX_NUMBER)] = MAX_PAGE_BYTES


class Refusal(_Message):
    """A change that the hub will not take, and why (V3-5.5). ``retryable``: later it may."""

    record: _Id
    version: _Id
    code: _Id
    message: _Text
    hint: _Text | None = None
    retryable: StrictBool = False

    @property
    def name(self) -> Name:
        """What acks would call it."""
        return Name(RecordId(self.record), VersionId(self.version))


class SyncRequest(_Message):
    """``POST /api/v1/sync/``: what the device made, and where it stands in the feed (V3-5.2).

    ``after`` is not called ``cursor``: a v2 hub would complain of its form before it looks at the edition (V3-12.1).
    ``own`` asks for what this incarnation made too, which a page leaves out otherwise.
    """

    protocol_version: Literal["inbetweenies-v3"] = V3
    household: _Id | None = None
    device_id: _Id
    incarnation: _Id
    session: _Id
    request: _Seq = 0
    after: Cursor | None = None
    own: StrictBool = False
    limits: Limits = Limits()
    push: _Rows = ()


class SyncResponse(_Message):
    """The hub's answer: what it keeps, what it will not, a page of the feed, and where it ends (V3-5.3).

    ``cursor`` is null when the request was written for another epoch: then ``buckets`` are given with the feed number
    ``seq`` that they stand for, nothing was applied and nothing is sent (V3-6.2). ``digest`` is the root over all that
    the hub holds, on the last page only. ``takes``: the most changes that the hub takes in one push (V3-11.1).
    """

    protocol_version: Literal["inbetweenies-v3"] = V3
    household: _Id
    request: _Seq
    epoch: _Id
    cursor: Cursor | None = None
    more: StrictBool = False
    digest: _Hex | None = None
    server_time: _Id
    takes: Annotated[StrictInt, Field(ge=1, le=MAX_NUMBER)] = UNTOLD_PUSH_ROWS
    seq: _Seq | None = None
    buckets: Annotated[list[_Hex], Field(min_length=BUCKETS, max_length=BUCKETS)] | None = None
    refused: Annotated[list[Refusal], Field(max_length=MAX_PUSH_ROWS)] = []
    acked: _Names = ()
    changes: _Rows = ()


class CompareRequest(_Message):
    """``POST /api/v1/sync/compare``: which of these versions does the hub lack? (V3-6.4)"""

    protocol_version: Literal["inbetweenies-v3"] = V3
    household: _Id | None = None
    device_id: _Id
    incarnation: _Id
    session: _Id
    request: _Seq = 0
    epoch: _Id
    have: _Headers = ()


class CompareResponse(_Message):
    """What the hub lacks of what was asked; its own buckets and their ``seq`` when nothing was (V3-6.4)."""

    protocol_version: Literal["inbetweenies-v3"] = V3
    household: _Id
    request: _Seq
    epoch: _Id
    server_time: _Id
    seq: _Seq | None = None
    buckets: Annotated[list[_Hex], Field(min_length=BUCKETS, max_length=BUCKETS)] | None = None
    refused: Annotated[list[Refusal], Field(max_length=MAX_HEADERS)] = []
    lacks: _Names = ()


@dataclass(frozen=True, slots=True)
class PeerError:
    """What a peer said beside a status that is no success; empty where it did not speak our language (V3-10.1)."""

    code: str = ""
    message: str = ""
    hint: str | None = None
    retryable: bool | None = None


_M = TypeVar("_M", bound=_Message)
_Bulk = dict[str, Callable[[object], object]]

_SYNC_REQUEST: _Bulk = {"push": lambda rows: parse_rows(rows, "push", MAX_PUSH_ROWS)}
_SYNC_RESPONSE: _Bulk = {
    "acked": lambda names: parse_names(names, "acked", MAX_PUSH_ROWS),
    "changes": lambda rows: parse_rows(rows, "changes", MAX_PAGE_ROWS),
}
_COMPARE_REQUEST: _Bulk = {"have": lambda headers: parse_headers(headers, "have", MAX_HEADERS)}
_COMPARE_RESPONSE: _Bulk = {"lacks": lambda names: parse_names(names, "lacks", MAX_HEADERS)}


def parse_sync_request(body: bytes) -> SyncRequest:
    """Raises RemoteProtocolError naming the field, for anything else."""
    return _parsed(SyncRequest, body, _SYNC_REQUEST, MAX_PUSH_BYTES)


def parse_sync_response(body: bytes) -> SyncResponse:
    """Raises RemoteProtocolError naming the field, for anything else."""
    return _parsed(SyncResponse, body, _SYNC_RESPONSE, MAX_RESPONSE_BYTES)


def parse_compare_request(body: bytes) -> CompareRequest:
    """Raises RemoteProtocolError naming the field, for anything else."""
    return _parsed(CompareRequest, body, _COMPARE_REQUEST, MAX_PUSH_BYTES)


def parse_compare_response(body: bytes) -> CompareResponse:
    """Raises RemoteProtocolError naming the field, for anything else."""
    return _parsed(CompareResponse, body, _COMPARE_RESPONSE, MAX_RESPONSE_BYTES)


def render(message: SyncRequest | SyncResponse | CompareRequest | CompareResponse) -> bytes:
    """The message as UTF-8 JSON. Rows must have been made by :func:`rows.row_of`."""
    head = message.model_dump_json(exclude={"push", "changes", "acked", "have", "lacks"}, exclude_none=True)
    parts = [head[:-1]]
    if isinstance(message, SyncRequest):
        # What a v2 hub wants to see before it looks at the edition and says that it is another (V3-12.1).
        parts.append(f'"user_id":{canonical_json(message.device_id)},"sync_type":"delta"')
        parts.append(_rows_text("push", message.push))
    elif isinstance(message, SyncResponse):
        parts += [_pairs_text("acked", message.acked), _rows_text("changes", message.changes)]
    elif isinstance(message, CompareRequest):
        parts.append(_pairs_text("have", message.have))
    else:
        parts.append(_pairs_text("lacks", message.lacks))
    return (",".join(parts) + "}").encode()


def parse_error(body: bytes) -> PeerError:
    """What can be understood of an error's body: ours, a v2 hub's ``detail``, or nothing (HTML, half a JSON, noise)."""
    try:
        said = _json(body, MAX_RESPONSE_BYTES)
    except RemoteProtocolError:
        return PeerError()
    ours = said.get("error")
    if not isinstance(ours, dict):
        detail = said.get("detail")
        return PeerError(message=detail[:500]) if isinstance(detail, str) else PeerError()
    code, message, hint, retryable = (ours.get(key) for key in ("code", "message", "hint", "retryable"))
    return PeerError(
        code=code[:MAX_ID] if isinstance(code, str) else "",
        message=message[:500] if isinstance(message, str) else "",
        hint=hint[:500] if isinstance(hint, str) else None,
        retryable=retryable if isinstance(retryable, bool) else None,
    )


def protocol_of(body: bytes) -> str:
    """Which edition a sync request is written in; what names none is v2, as fielded hubs take it (V3-12.2).

    Raises RemoteProtocolError for what is no JSON object, or names what is no text.
    """
    named = _json(body, MAX_RESPONSE_BYTES).get("protocol_version", V2)
    return named if isinstance(named, str) else _refuse("protocol_version", "is no text")


def content_digest(body: bytes) -> str:
    """The value of ``Content-Digest`` (RFC 9530) for these bytes (V3-5.9)."""
    return f"sha-256=:{base64.b64encode(sha256(body).digest()).decode()}:"


def check_content_digest(body: bytes, header: str | None) -> None:
    """Refuse bytes that were changed on their way (V3-5.9). No header, or no SHA-256 in it, is no complaint.

    Raises:
        Unavailable: the bytes are others; sending again helps.
    """
    for member in (header or "").split(","):
        algorithm, _, value = member.strip().partition("=")
        if algorithm.lower() == "sha-256":
            try:
                same = base64.b64decode(value.strip(":"), validate=True) == sha256(body).digest()
            except (binascii.Error, ValueError):
                same = False
            if not same:
                raise Unavailable("the message was damaged on its way", hint="send it again")


def _parsed(model: type[_M], body: bytes, bulk: _Bulk, most: int) -> _M:
    values = _json(body, most)
    try:
        rows = {key: read(values.pop(key, [])) for key, read in bulk.items()}
    except RecursionError as error:
        raise RemoteProtocolError("the message is nested too deeply", argument="body") from error
    try:
        return model.model_validate({**values, **rows})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "body"
        raise RemoteProtocolError(f"{place}: {first['msg']}", argument=place) from error


def _json(body: bytes, most: int) -> dict[str, Any]:
    if len(body) > most:
        _refuse("body", f"holds {len(body)} bytes; at most {most} are read")
    try:
        # Strictly UTF-8: given bytes, the parser would guess other encodings.
        values = json.loads(body.decode(), parse_constant=_no_constant)
    except RecursionError as error:
        raise RemoteProtocolError("the message is nested too deeply", argument="body") from error
    except ValueError as error:
        raise RemoteProtocolError(f"the message is no JSON: {error}", argument="body") from error
    return values if isinstance(values, dict) else _refuse("body", "is no JSON object")


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is no JSON"
    raise ValueError(message)


def _refuse(place: str, why: str) -> NoReturn:
    raise RemoteProtocolError(f"{place} {why}", argument=place)


def _rows_text(key: str, rows: Sequence[Row]) -> str:
    return f'"{key}":[{",".join([row.text for row in rows])}]'


def _pairs_text(key: str, pairs: Sequence[tuple[str, ...]]) -> str:
    return f'"{key}":{canonical_json(pairs)}'
