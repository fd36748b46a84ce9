"""Counts the names that are not the standard's but that published clients send in their place.

So that the city knows who would break before it stops taking one. Names only, never values.
"""

from collections.abc import Iterable

from app.metrics import ALIASES


def count_aliases(aliases: Iterable[str], *, route: str, client_id: str) -> None:
    """Count a request's aliases, each once. They are declared names, so the labels are few."""
    for alias in aliases:
        ALIASES.labels(route, alias, client_id).inc()
