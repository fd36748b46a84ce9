"""What is worked out of a document when it is saved, so that questions need not."""

from typing import Any

from app.schemas.catalogue.base import period_days
from app.schemas.catalogue.kinds import Kind
from app.sources.swedish_order import swedish_key


def derived_from(kind: Kind, document: dict[str, Any]) -> dict[str, Any]:
    """For a service its replacements, each with its first and last day: before the first nothing is
    replaced, after the last everything is. Null where no period is known.
    """
    if kind.section != "itServices":
        return {}
    return {"replacements": [_replacement(document, one) for one in document["replacedBy"] or ()]}


def _replacement(document: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    period = one["period"] or document["plannedReplacementPeriod"]
    first, last = period_days(period) if period else (None, None)
    # What names its information replaces that wholly, although only a part of the service.
    whole = not one["partial"] or one["informationTypes"] is not None
    return {
        "serviceId": one["serviceId"], "schoolForms": one["schoolForms"],
        "informationTypes": one["informationTypes"], "whole": whole,
        "first": None if first is None else first.isoformat(),
        "last": None if last is None else last.isoformat(),
    }  # fmt: skip


def sort_key(document: dict[str, Any]) -> str:
    """By the name or title, in Swedish order; what has none comes last."""
    name = document.get("name") or document.get("title") or document.get("what")
    if not name:
        return "~"
    return swedish_key(name if isinstance(name, str) else name["sv"])
