"""A hub whose certificate is not trusted, over real TLS: it is told nothing, and the status says why."""

import pytest

from goodies_mcp.errors import Forbidden, InvalidInput, RemoteProtocolError
from goodies_mcp.sync.addresses import hub_url
from goodies_mcp.sync.credentials import Credentials
from tests.support.certificates import self_signed, serves_with
from tests.support.syncing import a_device
from tests.support.tiny_hub import TinyHub, serving


async def test_p14_a_certificate_that_nobody_vouches_for(tmp_path):
    file = self_signed(tmp_path)
    async with serving(TinyHub(), serves_with(file)) as hub, a_device(tmp_path) as device:
        with pytest.raises(RemoteProtocolError, match="certificate is not trusted") as caught:
            await device.log_in(hub)
        assert "--ca-file" in caught.value.hint
        assert hub.requests == []


async def test_p14_the_hubs_own_certificate_is_trusted_once_it_is_given(tmp_path):
    file = self_signed(tmp_path)
    async with serving(TinyHub(), serves_with(file)) as hub, a_device(tmp_path) as device:
        await device.log_in(hub, ca_file=str(file))
        await device.make("Lamp")
        status = await device.service.sync_now()
        assert (status.pending, status.failure) == (0, None)


@pytest.mark.parametrize(("options", "words"), [({"days": -2}, "expired"), ({"address": "127.0.0.9"}, "127.0.0.1")])
async def test_p14_a_trusted_certificate_that_has_expired_or_is_for_another(tmp_path, options, words):
    file = self_signed(tmp_path, **options)
    async with serving(TinyHub(), serves_with(file)) as hub, a_device(tmp_path) as device:
        with pytest.raises(RemoteProtocolError, match="certificate is not trusted") as caught:
            await device.log_in(hub, ca_file=str(file))
        assert words in caught.value.message
        assert hub.requests == []


async def test_p14_a_certificate_that_changes_between_two_sessions_ends_the_second_at_once(tmp_path):
    trusted = self_signed(tmp_path)
    async with a_device(tmp_path) as device:
        async with serving(TinyHub(), serves_with(trusted)) as hub:
            await device.log_in(hub, ca_file=str(trusted))
        await device.make("Lamp")
        (tmp_path / "other").mkdir()
        async with serving(TinyHub(), serves_with(self_signed(tmp_path / "other"))) as other:
            kept = device.file.load()
            device.file.save(Credentials(other.url, kept.device_id, kept.access_token, ca_file=str(trusted)))
            with pytest.raises(RemoteProtocolError, match="certificate"):
                await device.service.sync_now()
            assert other.requests == []
        status = await device.service.status()
        assert (status.pending, status.failure.code) == (1, "remote_protocol_error")
        assert device.pauses == []


async def test_p14_no_tls_where_tls_should_be(tmp_path):
    async with serving(TinyHub()) as hub, a_device(tmp_path) as device:
        hub.url = hub.url.replace("http://", "https://")
        with pytest.raises(RemoteProtocolError, match="no TLS"):
            await device.log_in(hub)


async def test_a_file_without_a_certificate(tmp_path):
    (tmp_path / "empty.pem").write_text("nothing")
    async with serving(TinyHub()) as hub, a_device(tmp_path) as device:
        hub.url = hub.url.replace("http://", "https://")
        for name in ("empty.pem", "missing.pem"):
            with pytest.raises(InvalidInput, match="no certificate"):
                await device.log_in(hub, ca_file=str(tmp_path / name))


def test_plain_http_stays_on_this_machine():
    assert hub_url("http://127.0.0.1:8000/") == "http://127.0.0.1:8000"
    assert hub_url("http://LOCALHOST") == "http://localhost"
    assert hub_url("http://[::1]:80") == "http://[::1]:80"
    with pytest.raises(Forbidden, match="in clear"):
        hub_url("http://hub.local:8000")
    assert hub_url("http://hub.local:8000", allow_http=True) == "http://hub.local:8000"
