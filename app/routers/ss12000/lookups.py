"""Reads the body of a lookup."""

from typing import Any

from app.errors import BadBody, shown
from app.queries.access import Access
from app.queries.resource import LookupKey, Resource
from app.web.bodies import read_object
from app.web.parameters import need_field_group
from app.web.values import read_value

LARGEST_LOOKUP = 1_000_000
MOST_VALUES = 20_000


def read_lookup_keys(
    resource: Resource, body: bytes, access: Access
) -> tuple[dict[str, list[Any]], frozenset[str]]:
    """The values by the lookup's own key names, and the other names that they were sent under.

    Raises BadBody, BadParameter, Forbidden.
    """
    parsed = read_object(body)
    known = {name: key for key in resource.lookup for name in (key.name, *key.aliases)}
    found: dict[str, list[Any]] = {}
    for name, given in parsed.items():
        if name not in known:
            message = f"{shown(name)} is not a key of this lookup. Known are: {', '.join(known)}."
            raise BadBody(message)
        key = known[name]
        need_field_group(name, key.needs, access)
        found.setdefault(key.name, []).extend(_key_values(key, name, given))
    return found, frozenset(parsed.keys() - found.keys())


def _key_values(key: LookupKey, name: str, given: object) -> list[Any]:
    if not isinstance(given, list) or not all(isinstance(value, str) for value in given):
        message = f"{shown(name)} must be an array of strings."
        raise BadBody(message)
    if len(given) > MOST_VALUES:
        message = f"{shown(name)} may hold {MOST_VALUES} values. Split the lookup and ask again."
        raise BadBody(message)
    return [read_value(name, key.kind, value) for value in given]
