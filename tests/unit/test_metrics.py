"""The table of numbers, and what Prometheus reads of them."""

import re
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from goodies_mcp.errors import InvalidInput
from goodies_mcp.metrics import BY_NAME, METRICS, PrometheusMetrics

SIZE = "goodies.database.size"


def collecting(size=lambda: 0.0):
    return PrometheusMetrics({SIZE: size})


def samples(metrics):
    """What the page says, by name and labels that say something."""
    page, content_type = metrics.page()
    assert content_type.startswith("text/plain; version=0.0.4")
    return {
        (sample.name, frozenset((key, value) for key, value in sample.labels.items() if value)): sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
    }


def of(name, **labels):
    return name, frozenset(labels.items())


def test_the_table_has_each_name_once_and_says_what_it_is():
    assert len(BY_NAME) == len(METRICS)
    for metric in METRICS:
        assert re.fullmatch(r"[a-z]+(\.[a-z]+)+", metric.name)
        assert metric.about.endswith(".")
        assert metric.buckets == tuple(sorted(set(metric.buckets)))
        assert (metric.unit == "seconds") == bool(metric.buckets)
        assert (metric.unit == "bytes") == metric.resident


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_each_number_of_the_table_stands_on_the_page_under_the_name_that_it_says(metric):
    metrics = collecting()
    labels = dict.fromkeys(metric.labels, "x")
    if metric.kind == "counter":
        metrics.add(metric.name, 2, labels)
    elif metric.kind == "histogram":
        metrics.observe(metric.name, 0.0021, labels)
    names = {name for name, _ in samples(metrics)}
    assert metric.exported + ("_sum" if metric.kind == "histogram" else "") in names
    families = text_string_to_metric_families(metrics.page()[0].decode())
    assert metric.kind in {family.type for family in families if metric.exported.startswith(family.name)}


def test_a_value_falls_into_its_bucket():
    metrics = collecting()
    for seconds in (0.0007, 0.003, 400.0):
        metrics.observe("goodies.sync.session.duration", seconds, {"outcome": "ok"})
    name = "goodies_sync_session_duration_seconds"
    said = samples(metrics)
    counted = {
        le: said[of(f"{name}_bucket", outcome="ok", le=le)] for le in ("0.0005", "0.001", "0.005", "300.0", "+Inf")
    }
    assert counted == {"0.0005": 0, "0.001": 1, "0.005": 2, "300.0": 2, "+Inf": 3}
    assert said[of(f"{name}_sum", outcome="ok")] == pytest.approx(400.0037)


def test_counts_add_up_by_their_labels():
    metrics = collecting()
    for outcome in ("ok", "ok", "not_found"):
        metrics.add("goodies.tool.calls", 1, {"gen_ai.tool.name": "undo", "outcome": outcome})
    metrics.add("goodies.sync.pushed", 40, {})
    said = samples(metrics)
    assert said[of("goodies_tool_calls_total", gen_ai_tool_name="undo", outcome="ok")] == 2
    assert said[of("goodies_tool_calls_total", gen_ai_tool_name="undo", outcome="not_found")] == 1
    assert said[of("goodies_sync_pushed_total")] == 40


def test_what_is_resident_is_read_when_somebody_asks():
    sizes = [10.0, 20.0]
    metrics = collecting(lambda: sizes.pop(0))
    assert samples(metrics)[of("goodies_database_size_bytes")] == 10
    assert samples(metrics)[of("goodies_database_size_bytes")] == 20


def test_two_servers_in_one_process_count_apart():
    one, two = collecting(), collecting()
    one.add("goodies.store.writes", 1, {})
    assert samples(two)[of("goodies_store_writes_total")] == 0


def test_what_is_not_in_the_table_is_a_bug():
    metrics = collecting()
    for name, labels in (("goodies.sync.pushd", {}), ("goodies.sync.pushed", {"who": "anna"}), (SIZE, {})):
        with pytest.raises(LookupError):
            metrics.add(name, 1, labels)
        with pytest.raises(LookupError):
            metrics.observe(name, 1, labels)


def test_without_the_extra_it_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(InvalidInput) as refused:
        collecting()
    assert refused.value.argument == "metrics"
    assert "goodies-mcp[metrics]" in refused.value.hint
