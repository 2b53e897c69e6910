"""Which addresses a hub may have."""

import pytest

from goodies_mcp.errors import GoodiesError, InvalidInput
from goodies_mcp.sync.addresses import hub_url


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://hub.example", "https://hub.example"),
        ("  https://Hub.Example:8443/goodies/ ", "https://hub.example:8443/goodies"),
        ("hub.example", "https://hub.example"),
        ("hub.example:8443", "https://hub.example:8443"),
        ("https://192.168.1.5", "https://192.168.1.5"),
        ("https://[fe80::1]:8443", "https://[fe80::1]:8443"),
    ],
)
def test_an_address_has_one_form(given, kept):
    assert hub_url(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        "   ",
        "ftp://hub.example",
        "file:///etc/passwd",
        "https://",
        "https://hub.example/?a=b",
        "https://hub.example/#part",
        "https://ann:secret@hub.example",
        "https://hub.example:99999",
        "https://hub.example:eight",
        "https://hub\x00.example",
        "https://hub.example\r\nx: y",
        "https://hub.example\\@elsewhere.example",
        "https://[::1",
    ],
)
def test_what_is_no_address_of_a_hub_is_refused(given):
    with pytest.raises(InvalidInput) as caught:
        hub_url(given)
    assert "secret" not in caught.value.message


def test_a_hub_under_a_name_that_only_looks_local_is_elsewhere():
    for name in ("localhost.example", "127.0.0.1.example", "128.0.0.1", "10.0.0.1"):
        with pytest.raises(GoodiesError, match="in clear"):
            hub_url(f"http://{name}")
