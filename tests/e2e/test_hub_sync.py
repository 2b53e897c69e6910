"""A hub as it is run, and devices that log in and sync over real sockets."""

import pytest

from goodies_mcp.inbetweenies.content_coding import encoded
from goodies_mcp.inbetweenies.messages import SYNC_PATH, Limits, content_digest, parse_sync_response
from goodies_mcp.inbetweenies.rows import row_of
from tests.support.build import Device, record
from tests.support.hub import bearer, sync_body
from tests.support.hub_process import PASSWORD, HubCommand


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    made = HubCommand(tmp_path_factory.mktemp("hub") / "data")
    made.init("--user", "ann", "--household", "Our house")
    return made


@pytest.fixture(scope="module")
def hub(command):
    with command.serving() as running:
        yield running


def test_what_one_device_pushes_another_pulls(hub):
    laptop = Device(1)
    kitchen = laptop.entity(record(1), "Kitchen", entity_type="room")
    lamp = laptop.entity(record(2), "Lamp", content={"watts": 5.0, "notes": "Küche \x00 ✓"})
    edge = laptop.edge(record(3), record(2), record(1))
    with hub.device("one") as one, hub.device("two") as two:
        pushed = one.push([kitchen, lamp, edge])
        assert [name.version for name in pushed.acked] == [kitchen.version, lamp.version, edge.version]
        assert pushed.refused == []
        pulled = two.pull()
    assert [row.version for row in pulled.changes] == [kitchen, lamp, edge]
    assert pulled.digest is not None
    assert not pulled.more


def test_a_page_leaves_out_what_the_asking_incarnation_made_unless_it_wants_its_own(hub):
    maker = Device(2)
    made = maker.entity(record(20), "Fan")
    with hub.device("maker") as device:
        body = sync_body("maker", made, after=(device.epoch, 0), incarnation=maker.incarnation)
        answer = device.http.post(SYNC_PATH, content=body, headers={"Content-Type": "application/json"})
        assert made not in [row.version for row in parse_sync_response(answer.content).changes]
        assert made in device.pull_all(own=True)


def test_a_push_that_is_sent_again_is_acked_again_and_applied_once(hub):
    made = Device(3).entity(record(30), "Kettle")
    with hub.device("again") as device:
        first, second = device.push([made]), device.push([made, made])
        assert first.acked == second.acked
        assert device.pull_all().count(made) == 1


def test_a_long_feed_is_resumed_at_every_page_boundary(hub):
    maker = Device(4)
    made = [maker.entity(record(400 + n), f"Thing {n}") for n in range(23)]
    with hub.device("writer") as writer, hub.device("reader") as reader:
        start = writer.push(made[:1])
        assert start.cursor is not None
        writer.push(made[1:])
        reader.seq = 0
        found = []
        while True:
            page = reader.pull(rows=3)
            found += [row.version for row in page.changes]
            if not page.more:
                break
        assert [each for each in found if each in made] == made
        assert len({(each.record_id, each.version) for each in found}) == len(found)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_bodies_are_packed_both_ways(hub, coding):
    maker = Device(5 if coding == "gzip" else 6)
    made = maker.entity(record(50), "Heater" * 500)
    with hub.device(f"packer-{coding}") as device:
        body = sync_body(device.name, made, after=(device.epoch, 0))
        headers = {
            "Content-Type": "application/json",
            "Content-Encoding": coding,
            "Accept-Encoding": coding,
            "Content-Digest": content_digest(body),
        }
        with device.http.stream("POST", SYNC_PATH, content=encoded(body, coding), headers=headers) as answer:
            assert answer.status_code == 200
            assert answer.headers["Content-Encoding"] == coding
            assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_damaged_body_is_to_be_sent_again(hub):
    with hub.device("damaged") as device:
        body = sync_body(device.name, after=(device.epoch, 0))
        headers = {"Content-Type": "application/json", "Content-Digest": content_digest(body + b" ")}
        answer = device.http.post(SYNC_PATH, content=body, headers=headers)
    assert answer.status_code == 503
    assert answer.json()["error"]["retryable"] is True
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_guest_pulls_and_cannot_push(hub, command):
    command("user", "add", "gus", "--role", "guest", "--password-stdin", stdin=PASSWORD)
    made = Device(7).entity(record(70), "Forbidden lamp")
    with hub.device("gus-phone", user="gus") as guest, hub.device("owner-phone") as owner:
        answer = guest.push([made])
        assert answer.acked == ()
        assert [refusal.code for refusal in answer.refused] == ["forbidden"]
        assert answer.digest is None
        assert made not in owner.pull_all()
        guest.pull_all()
        assert guest.seq == owner.seq > 0


def test_a_token_for_no_device_does_not_sync_and_says_why(hub):
    token = hub.login()["access_token"]
    with hub.client(token) as http:
        answer = http.post(SYNC_PATH, content=sync_body("x"), headers={"Content-Type": "application/json"})
    assert answer.status_code == 403
    assert "device" in answer.json()["error"]["hint"]


def test_another_devices_name_is_refused(hub):
    with hub.device("honest") as device:
        answer = device.http.post(SYNC_PATH, content=sync_body("other"), headers={"Content-Type": "application/json"})
    assert answer.status_code == 403


@pytest.mark.parametrize("edition", ["inbetweenies-v1", "inbetweenies-v9", ""])
def test_an_edition_that_is_not_spoken_is_refused_in_the_words_that_every_client_knows(hub, edition):
    said = {"protocol_version": edition, "device_id": "d", "user_id": "u", "sync_type": "delta"}
    with hub.device("fielded") as device:
        answer = device.http.post(SYNC_PATH, json=said)
    assert (answer.status_code, answer.json()["detail"]) == (400, "Unsupported protocol version")


def test_a_revoked_device_is_out_at_once(hub, command):
    with hub.device("lost") as device:
        command("device", "revoke", "lost")
        answer = device.http.post(SYNC_PATH, content=sync_body("lost"), headers={"Content-Type": "application/json"})
    assert answer.status_code == 401


def test_a_service_account_is_let_in_by_its_refresh_token(hub, command):
    told = command("device", "add", "sensor", "--role", "service", "--json").json
    with hub.client() as http:
        answer = http.post("/api/v1/auth/refresh", json={"refresh_token": told["refresh_token"]})
        assert answer.status_code == 200
        me = http.get("/api/v1/auth/me", headers=bearer(answer.json()["access_token"])).json()
    assert (me["role"], me["device_id"], me["permissions"]) == ("service", "sensor", ["home:read", "home:write"])


def test_one_line_in_the_log_tells_each_request_and_no_secret(hub):
    with hub.device("logged") as device:
        token = device.http.headers["Authorization"].removeprefix("Bearer ")
        device.http.get("/api/v1/auth/me", headers={"X-Request-ID": "my-request-1"})
    lines = [line for line in hub.log("id=my-request-1").splitlines() if "id=my-request-1" in line]
    assert len(lines) == 1
    assert "GET /api/v1/auth/me 200" in lines[0]
    assert "device=logged" in lines[0]
    assert PASSWORD not in hub.log()
    assert token not in hub.log()


def test_a_page_is_bounded_by_rows_and_bytes(hub):
    maker = Device(8)
    made = [maker.entity(record(800 + n), f"Big {n}", content={"notes": "x" * 60_000}) for n in range(5)]
    with hub.device("big") as device, hub.device("small") as small:
        device.push(made)
        small.seq = 0
        sizes = []
        while True:
            page = small.ask((small.epoch, small.seq), limits=Limits(bytes=130_000))
            sizes.append(sum(len(row_of(row.version).text) for row in page.changes))
            small.seq = page.cursor.seq
            if not page.more:
                break
    assert max(sizes) <= 130_000
    assert sum(sizes) > 300_000
