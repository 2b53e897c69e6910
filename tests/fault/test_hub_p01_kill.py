"""P1 and P2: what a hub has acknowledged is there after kill -9 in the middle of pushes, and once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random

import httpx2

from goodies_mcp.storage.maintenance import check
from tests.support.build import Device, record
from tests.support.hub_process import HubCommand

ROUNDS, WRITERS = 6, 3


def test_p01_p02_acked_pushes_survive_a_kill_and_are_there_once(tmp_path):
    command = HubCommand(tmp_path / "data")
    command.init()
    random = Random(7)
    makers = [Device(n + 1) for n in range(WRITERS)]
    acked, sent = set(), []
    for number in range(ROUNDS):
        with command.serving() as hub:
            _push_until_killed(hub, makers, number, random.randrange(3, 12), acked, sent)
    with command.serving() as hub, hub.device("judge") as judge:
        held = [(each.record_id, each.version) for each in judge.pull_all()]
        assert acked
        assert acked - set(held) == set()
        assert len(held) == len(set(held))
        # Sending everything again, acked or not, adds only what was lost on the way, and acks all of it.
        again = [name for versions in sent for name in judge.push(versions).acked]
        assert len(again) == sum(map(len, sent))
        judge.seq = 0
        assert len(judge.pull_all()) == len(set(again))
    (home,) = (tmp_path / "data" / "households").glob("*/home.db")
    assert [finding for finding in check(home) if finding.serious] == []


def _push_until_killed(hub, makers, number, enough, acked, sent):
    counted, kept = threading.Semaphore(0), threading.Lock()

    def write(n):
        with suppress(httpx2.HTTPError), hub.device(f"writer-{n}") as device:
            for push in range(1000):
                thing = number * 100_000 + n * 10_000 + push * 10
                made = [makers[n].entity(record(thing + k), "Lamp" * 50) for k in range(4)]
                with kept:
                    sent.append(made)
                answer = device.push(made)
                with kept:
                    acked.update((name.record_id, name.version) for name in answer.acked)
                counted.release()

    with ThreadPoolExecutor(WRITERS) as crew:
        writing = [crew.submit(write, n) for n in range(WRITERS)]
        for _ in range(enough):
            assert counted.acquire(timeout=60)
        hub.kill()
        for each in writing:
            each.result()
