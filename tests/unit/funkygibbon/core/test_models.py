"""What requests hold: unknown fields pass, wrong ones are refused."""

import pytest
from pydantic import ValidationError

from goodies_mcp.funkygibbon.core.models import AdminLogin, Login, RefreshWish


def test_fields_of_releases_to_come_are_ignored():
    assert AdminLogin.model_validate({"password": "x", "colour": "green"}) == AdminLogin(password="x")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"password": ""},
        {"password": 1},
        {"password": "x" * 1025},
        {"password": "x", "user": ""},
        {"password": "x", "user": "a\nb"},
        {"password": "x", "device_id": ""},
        {"password": "x", "device_id": "d" * 513},
        {"password": "x", "device_name": "\ud800"},
    ],
)
def test_what_is_wrong_is_refused(said):
    with pytest.raises(ValidationError):
        Login.model_validate(said)


def test_a_refresh_without_a_token_is_v2s():
    assert RefreshWish.model_validate({}).refresh_token is None
