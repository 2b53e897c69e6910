"""Spans of a server process, for tests to read."""

import json
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter


def write_spans(file):
    """Have every span that ends written into this file, one JSON object a line, from here on: several at a time
    and the last when the process ends, as exporters do."""
    provider = TracerProvider()
    out = Path(file).open("w", encoding="utf-8")  # noqa: SIM115  for as long as the process runs
    exporter = ConsoleSpanExporter(out=out, formatter=lambda span: f"{span.to_json(indent=None)}\n")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def read_spans(file):
    """What was written, in the order in which it ended."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]
