"""The numbers of the running program: one table of names, and their page for Prometheus, whose client is an optional
extra. Names and labels are those of OpenTelemetry's conventions for MCP where those have one; units are seconds, bytes
and plain counts. No label has a value that a person, device or host made up.
"""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from goodies_mcp.errors import InvalidInput

_MOMENTS = (
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.02,
    0.05,
    0.1,
    0.2,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    30.0,
    60.0,
    120.0,
    300.0,
)
"""The conventions' buckets, with finer ones below: most answers here take less than their least."""

_STAYS = (1.0, 10.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 43_200.0, 86_400.0, 604_800.0)

Unit = Literal["seconds", "bytes", ""]


class Metric(NamedTuple):
    """One name: what it counts, in which unit, by which labels. With ``buckets`` it is a distribution, else a counter;
    ``resident`` is read when somebody asks."""

    name: str
    about: str
    unit: Unit = ""
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    resident: bool = False

    @property
    def kind(self) -> Literal["counter", "histogram", "gauge"]:
        """What Prometheus calls it."""
        return "gauge" if self.resident else "histogram" if self.buckets else "counter"

    @property
    def exported(self) -> str:
        """Its name on the page; a distribution has ``_bucket``, ``_sum`` and ``_count`` behind it."""
        ends = {"counter": "_total", "histogram": f"_{self.unit}", "gauge": f"_{self.unit}"}
        return exported(self.name) + ends[self.kind]


_VERSION = "mcp.protocol.version"
_TOOL = "gen_ai.tool.name"

METRICS = (
    Metric(
        "mcp.server.operation.duration",
        "How long requests take to answer, from their arrival to their result.",
        "seconds",
        ("mcp.method.name", _TOOL, "gen_ai.prompt.name", "error.type", _VERSION),
        _MOMENTS,
    ),
    Metric(
        "mcp.server.session.duration",
        "How long sessions lasted that have ended. From 2026-07-28 on there are none.",
        "seconds",
        (_VERSION,),
        _STAYS,
    ),
    Metric("goodies.tool.calls", "Calls of tools by what they came to.", "", (_TOOL, "outcome")),
    Metric("goodies.sync.session.duration", "How long sessions with the hub take.", "seconds", ("outcome",), _MOMENTS),
    Metric("goodies.sync.pushed", "Versions that went to the hub."),
    Metric("goodies.sync.pulled", "Versions that came from the hub."),
    Metric("goodies.sync.parked", "Versions that the hub refused and that wait for somebody to look."),
    Metric("goodies.sync.conflicts", "Things that turned out to be changed on two sides."),
    Metric("goodies.store.writes", "Writes that tools have committed."),
    Metric("goodies.database.size", "Bytes of the database file with its log.", "bytes", resident=True),
)
BY_NAME = {metric.name: metric for metric in METRICS}


def exported(name: str) -> str:
    """A name or label as Prometheus writes it."""
    return name.replace(".", "_")


class PrometheusMetrics:
    """Collects for one server. ``residents`` tell, by name, what is read when somebody asks.

    Raises:
        InvalidInput: the extra is not installed.
    """

    def __init__(self, residents: Mapping[str, Callable[[], float]]) -> None:
        try:
            import prometheus_client as prometheus  # noqa: PLC0415  an optional extra
        except ImportError as error:
            raise InvalidInput(
                "metrics are wanted, and prometheus-client is not installed",
                argument="metrics",
                hint="install goodies-mcp[metrics] instead of goodies-mcp, or leave metrics out",
            ) from error
        # Else each has a second series, which nobody looks at.
        prometheus.disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = prometheus.CollectorRegistry()
        self._written = prometheus.generate_latest
        self._counters: dict[str, prometheus.Counter] = {}
        self._distributions: dict[str, prometheus.Histogram] = {}
        prometheus.ProcessCollector(registry=self._registry)
        for metric in METRICS:
            name, labels = exported(metric.name), [exported(label) for label in metric.labels]
            if metric.resident:
                gauge = prometheus.Gauge(name, metric.about, unit=metric.unit, registry=self._registry)
                gauge.set_function(residents[metric.name])
            elif metric.buckets:
                self._distributions[metric.name] = prometheus.Histogram(
                    name, metric.about, labels, unit=metric.unit, buckets=metric.buckets, registry=self._registry
                )
            else:
                self._counters[metric.name] = prometheus.Counter(name, metric.about, labels, registry=self._registry)

    def add(self, name: str, by: float, labels: Mapping[str, str]) -> None:
        """As ``Metrics.add``."""
        counter, values = self._counters[name], _values(name, labels)
        (counter.labels(*values) if values else counter).inc(by)

    def observe(self, name: str, value: float, labels: Mapping[str, str]) -> None:
        """As ``Metrics.observe``."""
        distribution, values = self._distributions[name], _values(name, labels)
        (distribution.labels(*values) if values else distribution).observe(value)

    def page(self) -> tuple[bytes, str]:
        """As ``ShownMetrics.page``."""
        return self._written(self._registry), "text/plain; version=0.0.4; charset=utf-8"


def _values(name: str, labels: Mapping[str, str]) -> list[str]:
    """The labels' values in the order of the table."""
    known = BY_NAME[name].labels
    unknown = labels.keys() - set(known)
    if unknown:
        raise LookupError(f"{name} has no label {min(unknown)}")
    return [labels.get(label, "") for label in known]
