"""Counts the names that are not the standard's but that published clients send in their place.

So that the city knows who would break before it stops taking one. Names only, never values.
"""

from collections.abc import Iterable

from prometheus_client import Counter

USES = Counter(
    "skolnav_alias_uses_total",
    "Requests that sent a parameter or lookup key under a name which is not the standard's.",
    ("route", "alias", "consumer"),
)


def count_aliases(aliases: Iterable[str], *, route: str, client_id: str) -> None:
    """Count a request's aliases, each once. They are declared names, so the labels are few."""
    for alias in aliases:
        USES.labels(route, alias, client_id).inc()
