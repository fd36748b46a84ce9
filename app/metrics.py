"""Everything that is counted for whoever runs the service.

A label has few values and none that is about a person: a route is its template, a consumer its
public name.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

# Where the library looks, when it is imported and when it answers.
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"

REQUESTS = Counter(
    "skolnav_requests_total", "Requests answered.", ("route", "method", "status", "consumer")
)
SECONDS = Histogram(
    "skolnav_request_seconds", "Time to answer, in seconds.", ("route",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
AUTHENTICATIONS = Counter(
    "skolnav_authentications_total", "Access tokens looked at: remembered, or anew.", ("source",)
)
UNAVAILABLE = Counter(
    "skolnav_database_unavailable_total", "Statements that the database did not take.", ("reason",)
)
NOTICES_LOST = Counter(
    "skolnav_notices_lost_total", "Times that the connection that listens for changes was lost."
)
KEY_FETCHES = Counter(
    "skolnav_key_fetches_total", "Fetches of a consumer's published keys.", ("outcome",)
)
SENT = Counter("skolnav_change_notices_total", "Notices of changes, by how it went.",
               ("consumer", "outcome"))  # fmt: skip
SECONDS_TO_ACCEPTANCE = Histogram(
    "skolnav_change_notice_seconds", "From its beginning to its acceptance, in seconds.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3_600, 21_600, 86_400),
)  # fmt: skip
SUBSCRIPTIONS = Gauge(
    "skolnav_subscriptions", "Subscriptions, by state.", ("state",), multiprocess_mode="mostrecent"
)
OLDEST_NOTICE = Gauge(
    "skolnav_oldest_change_notice_seconds", "Age of the oldest notice that is not accepted yet.",
    multiprocess_mode="mostrecent",
)  # fmt: skip

ALIASES = Counter(
    "skolnav_alias_uses_total",
    "Requests that sent a parameter or lookup key under a name which is not the standard's.",
    ("route", "alias", "consumer"),
)
STREAMS = Counter("skolnav_streams_total", "Whole sets, by how they ended.", ("route", "ending"))


@contextmanager
def counted_together() -> Iterator[None]:
    """Processes that are started within it count together, and any of them tells the sums."""
    with tempfile.TemporaryDirectory(prefix="skolnav-metrics-") as directory:
        os.environ[DIRECTORY] = directory
        try:
            yield
        finally:
            del os.environ[DIRECTORY]


def rendered() -> bytes:
    """What Prometheus reads: of this process, or of all that count together."""
    if DIRECTORY not in os.environ:
        return generate_latest()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
