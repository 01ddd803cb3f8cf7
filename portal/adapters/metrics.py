"""Figures in the form that Prometheus reads: counted per request, and asked of the database when they are read.

With several web processes each counts in a file of `PROMETHEUS_MULTIPROC_DIR` (an environment variable that must be
there before this module is loaded; `flask start` sees to it), and whoever is asked adds them up.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

REQUESTS = Counter("voordeur_requests", "Requests answered.", ["endpoint", "method", "status"])
SECONDS = Histogram(
    "voordeur_request_seconds",
    "From the first to the last line of our own code.",
    ["endpoint", "method"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)

Gauge = tuple[str, str, Mapping[tuple[tuple[str, str], ...], float]]
"""Name, what it says, and its values by label (an empty tuple for a figure without labels)."""


def count(endpoint: str, method: str, status: int, seconds: float) -> None:
    """One request that was answered."""
    REQUESTS.labels(endpoint, method, str(status)).inc()
    SECONDS.labels(endpoint, method).observe(seconds)


class _Now(Collector):
    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, says, values in self._gauges:
            labels = [key for key, _ in next(iter(values), ())]
            family = GaugeMetricFamily(f"voordeur_{name}", says, labels=labels)
            for pairs, value in values.items():
                family.add_metric([text for _, text in pairs], value)
            yield family


def exposition(gauges: Iterable[Gauge]) -> bytes:
    """Everything as text: the counts of all web processes, and `gauges` as they are now."""
    now = CollectorRegistry()
    now.register(_Now(gauges))
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        all_processes = CollectorRegistry()
        MultiProcessCollector(all_processes)
        return bytes(generate_latest(all_processes)) + bytes(generate_latest(now))
    return bytes(generate_latest(REGISTRY)) + bytes(generate_latest(now))
