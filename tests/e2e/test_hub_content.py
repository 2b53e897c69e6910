"""Content over real sockets: a broken line, a part, and the rest."""

import socket
from hashlib import sha256
from urllib.parse import urlsplit

import pytest

from tests.support.hub_process import HubCommand

DATA = bytes(range(256)) * 12_000  # three pieces of what the hub reads at once


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    command = HubCommand(tmp_path_factory.mktemp("hub") / "data")
    command.init()
    with command.serving() as running:
        yield running


@pytest.mark.parametrize("cut", [1, 1_000_000, 2_500_000])
def test_an_upload_that_broke_goes_on_where_it_stood(hub, cut):
    data = DATA[cut:] + DATA[:cut]  # content of its own for each cut
    path = f"/api/v1/content/{sha256(data).hexdigest()}"
    token = hub.login(device_id=f"camera-{cut}")["access_token"]
    address = urlsplit(hub.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as line:
        head = (
            f"PUT {path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        line.sendall(head.encode() + data[:cut])
        line.shutdown(socket.SHUT_WR)
        while line.recv(65_536):
            pass
    with hub.client(token) as http:
        arrived = int(http.head(path).headers["Upload-Offset"])
        # The server in front may drop what it had not handed on yet; what the hub wrote down is still there.
        assert max(0, cut - 1_048_576) <= arrived <= cut
        part = {"Content-Range": f"bytes {arrived}-{len(data) - 1}/{len(data)}", "Content-Type": "image/png"}
        assert http.put(path, content=data[arrived:], headers=part).status_code == 201
        got = http.get(path, headers={"Range": f"bytes={cut}-"})
        assert (got.status_code, got.content) == (206, data[cut:])
        assert http.get(path).content == data


def test_content_and_its_parts_survive_a_kill(tmp_path):
    command = HubCommand(tmp_path / "data")
    command.init()
    path = f"/api/v1/content/{sha256(DATA).hexdigest()}"
    other = f"/api/v1/content/{sha256(DATA[:9]).hexdigest()}"
    with command.serving() as hub:
        with hub.client(hub.login(device_id="camera")["access_token"]) as http:
            part = {"Content-Range": f"bytes 0-999999/{len(DATA)}"}
            assert http.put(path, content=DATA[:1_000_000], headers=part).status_code == 202
            assert http.put(other, content=DATA[:9]).status_code == 201
        hub.kill()
    with command.serving() as hub, hub.client(hub.login(device_id="camera")["access_token"]) as http:
        assert http.get(other).content == DATA[:9]
        assert int(http.head(path).headers["Upload-Offset"]) == 1_000_000
