"""P9: after a restore, a clone or a failover nothing that anybody still holds is missing, and no counter is reused
(V3-1.2, V3-6.1)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.bad_link import RECORDS, BadLink

steps = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.integers(0, 1), st.sampled_from(RECORDS)),
        st.tuples(st.just("sync"), st.integers(0, 1)),
        st.tuples(st.just("restore"), st.sampled_from((0.0, 0.4, 0.8, 1.0))),
        st.tuples(st.just("wipe"), st.integers(0, 1)),
        st.tuples(st.just("interrupted"), st.integers(0, 1), st.integers(1, 12)),
    ),
    min_size=3,
    max_size=16,
)


@given(steps)
@settings(max_examples=80, deadline=None)
def test_what_some_disk_still_holds_comes_to_all(steps):
    link = BadLink()
    for number, (what, *arguments) in enumerate(steps):
        match what:
            case "edit":
                link.edit(*arguments, number)
            case "sync":
                link.sync(*arguments)
                link._finish()
            case "restore":
                link.restore(*arguments)
            case "wipe":
                link.wipe(*arguments)
            case "interrupted":
                device, letters = arguments
                link.sync(device)
                for _ in range(letters):
                    if link.letters:
                        link.deliver(0)
                link.crash(device)
        link.look()
    link.settle()
    dots = [
        (row.version.record_id, row.version.dot)
        for history in link.hub.disk.history.values()
        for row in history.values()
    ]
    assert len(dots) == len(set(dots))
