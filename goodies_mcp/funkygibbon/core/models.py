"""What requests and answers hold, as the wire has it. Everything is checked here, and is a plain value further in."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictStr

from goodies_mcp.funkygibbon.core.validators import ONE_LINE

_Text = Annotated[StrictStr, Field(min_length=1, max_length=200, pattern=ONE_LINE)]
_DeviceId = Annotated[StrictStr, Field(min_length=1, max_length=512, pattern=ONE_LINE)]
_Password = Annotated[StrictStr, Field(min_length=1, max_length=1024)]


class _Said(BaseModel):
    # Fields that this release does not know are for releases to come.
    model_config = ConfigDict(frozen=True, extra="ignore")


class AdminLogin(_Said):
    """The password of the user whom ``funkygibbon init`` made. With ``device_id``, as the device names itself, the
    login can be refreshed and can sync; ``device_name`` is what people call it."""

    password: _Password
    device_id: _DeviceId | None = None
    device_name: _Text | None = None


class Login(AdminLogin):
    """A user's password, for one household. Without ``user`` it is whom ``init`` made."""

    user: _Text | None = None
    household: _Text | None = None


class RefreshWish(_Said):
    """The refresh token that came with the last login or refresh. A login without a device has none: it sends its
    access token as bearer, as v2 does."""

    refresh_token: Annotated[StrictStr, Field(min_length=1, max_length=200)] | None = None


class Granted(_Said):
    """What a login gives. Without a device there is no ``refresh_token``, and the access token lasts a week."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - a kind of token
    expires_in: int
    role: str
    refresh_token: str | None = None
    household: str
    household_name: str
    user: str
    device_id: str | None = None


class Me(_Said):
    """Who the token is for. ``user_id`` and ``permissions`` are what v2 calls it."""

    user_id: str
    name: str
    role: str
    permissions: list[str]
    expires_at: str
    household: str
    household_name: str
    device_id: str | None = None


class MemberSaid(_Said):
    """A person of the household."""

    user_id: str
    name: str
    role: str
    since: str


class Members(_Said):
    """All people of the household."""

    members: list[MemberSaid]


class NewMember(_Said):
    """Somebody who joins, and who is new to this hub."""

    name: _Text
    role: Literal["owner", "member", "guest"]
    password: Annotated[StrictStr, Field(min_length=8, max_length=1024)]


class DeviceSaid(_Said):
    """A device of the household."""

    id: str
    name: str
    user_id: str | None
    role: str | None
    created_at: str
    seen_at: str | None
    revoked_at: str | None


class Devices(_Said):
    """All devices of the household."""

    devices: list[DeviceSaid]


class AuditSaid(_Said):
    """One entry of the audit log."""

    seq: int
    at: str
    event: str
    user: str | None
    device: str | None
    address: str | None
    request: str | None
    said: str


class AuditPage(_Said):
    """Entries, newest first; ``before`` for the next page is the last ``seq``."""

    entries: list[AuditSaid]


class Received(_Said):
    """How much of some content is here."""

    sha256: str
    received: int
    complete: bool


class Greeting(_Said):
    """What answers at this address."""

    name: Literal["funkygibbon"] = "funkygibbon"
    version: str
    protocols: list[str]


class Health(_Said):
    """Whether the hub can answer."""

    status: Literal["healthy"] = "healthy"


class ErrorSaid(_Said):
    """What went wrong. ``code`` is for programs; more fields may follow."""

    code: str
    message: str
    retryable: bool
    argument: str | None = None
    hint: str | None = None


class ErrorBody(_Said):
    """Every error's body. ``detail`` repeats the message for clients of v2."""

    error: ErrorSaid
    detail: str
