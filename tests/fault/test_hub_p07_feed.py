"""P7: cursor c means "everything up to c", with many writers, many readers, and two hubs on one folder."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.build import Device, record
from tests.support.hub_process import HubCommand

WRITERS, READERS, PUSHES, ROWS = 8, 4, 12, 5


@pytest.mark.parametrize("hubs", [1, 2])
def test_p07_readers_beside_writers_miss_nothing_and_see_nothing_twice(tmp_path, hubs):
    command = HubCommand(tmp_path / "data")
    command.init()
    with command.serving() as first, command.serving() as second:
        served = [first, second][:hubs]
        done = threading.Event()

        def write(n):
            maker, acked = Device(n + 1), []
            with served[n % hubs].device(f"writer-{n}") as device:
                for push in range(PUSHES):
                    made = [maker.entity(record(n * 1000 + push * ROWS + k)) for k in range(ROWS)]
                    answer = device.push(made)
                    assert len(answer.acked) == ROWS
                    acked += answer.acked
            return acked

        def read(n):
            seen, seqs = [], []
            with served[n % hubs].device(f"reader-{n}") as device:
                while True:
                    finished = done.is_set()
                    before = device.seq
                    page = device.pull(rows=7)
                    seen += [row.name for row in page.changes]
                    seqs.append(device.seq)
                    if finished and device.seq == before:
                        return seen, seqs, page.digest

        with ThreadPoolExecutor(WRITERS + READERS) as crew:
            readers = [crew.submit(read, n) for n in range(READERS)]
            acked = [name for each in crew.map(write, range(WRITERS)) for name in each]
            done.set()
            results = [each.result() for each in readers]

    assert len(acked) == WRITERS * PUSHES * ROWS
    for seen, seqs, _ in results:
        assert len(seen) == len(set(seen))
        assert set(seen) == set(acked)
        assert seqs == sorted(seqs)
    assert len({digest for *_, digest in results}) == 1
    # The readers really read beside the writers: somebody saw a part of it.
    assert any(len(seqs) > len(acked) / 7 for _, seqs, _ in results)
