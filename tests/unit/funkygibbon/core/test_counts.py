from goodies_mcp.funkygibbon.core.counts import Counts


def test_counts_only_grow_and_what_is_read_is_a_copy():
    counts = Counts()
    counts.add("error", "not_found")
    counts.add("error", "not_found", by=2)
    read = counts.read()
    counts.add("error", "not_found")
    assert read == {("error", "not_found"): 3}
    assert counts.read() == {("error", "not_found"): 4}
