"""May this information be kept in that service? What the city's rules say, and which of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from app.queries.catalogue.versions import Version, everything, published

# The strictest first: what is forbidden by one rule is allowed by none.
STRICTEST_FIRST = ("forbidden", "allowed_partially", "allowed", "recommended")
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Question:
    """The kind of information and the service are ids; the rest may be left out."""

    information_type: str
    service: str
    purpose_category: str | None = None
    school_form: str | None = None
    valid_on: date | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """`permission` is one of a rule's, or `unknown`: never allowed for want of a rule.

    `deciding` are the rules that say so, `others` those that hold as well. `undecided` are rules
    that hold for some purposes or school forms, and the question names none: `missing` says what.
    """

    permission: str
    deciding: list[Version]
    others: list[Version]
    undecided: list[Version]
    missing: list[str]


def rules_for(session: Session, service: Version) -> list[Version]:
    """The rules that can hold for something in a service."""
    line = set(_ancestry(session, service))
    owners = _related(session, service.document["organisationId"])
    return [
        rule for rule in everything(session, ("storageRules",))
        if rule.document["organisationId"] in owners and rule.document["action"] == "store"
        and _is_about(rule.document, service, line)
    ]  # fmt: skip


def decide(session: Session, question: Question, service: Version) -> Decision:
    """What the rules of the service's organisation, and of those above and below it, say.

    A rule that would forbid it for a purpose that the question leaves out makes it `unknown`.
    """
    holding, undecided = [], []
    missing: set[str] = set()
    for rule in rules_for(session, service):
        types = rule.document["informationTypes"]
        if types is not None and question.information_type not in types:
            continue
        if not _counts_on(rule.document, question.valid_on):
            continue
        if not _of_this_use(rule.document, question):
            continue
        lacking = list(_lacking(rule.document, question))
        if lacking:
            undecided.append(rule)
            missing |= set(lacking)
        else:
            holding.append(rule)
    permission = _strictest(holding)
    deciding = [rule for rule in holding if rule.document["permission"] == permission]
    if _might_be_stricter(undecided, permission):
        permission, deciding = UNKNOWN, []
    others = [rule for rule in holding if rule not in deciding]
    return Decision(permission, deciding, others, undecided, sorted(missing))


def _strictest(rules: list[Version]) -> str:
    said = {rule.document["permission"] for rule in rules}
    return next((one for one in STRICTEST_FIRST if one in said), UNKNOWN)


def _might_be_stricter(undecided: list[Version], permission: str) -> bool:
    if permission == UNKNOWN:
        return False
    rank = STRICTEST_FIRST.index(permission)
    return any(STRICTEST_FIRST.index(one.document["permission"]) < rank for one in undecided)


def _is_about(rule: dict[str, Any], service: Version, line: set[str]) -> bool:
    """Whether the rule is for the service, what it is a part of, or what is delivered so."""
    if rule["serviceId"] is None and rule["appliesToDeliveryModel"] is None:
        return True
    model = rule["appliesToDeliveryModel"]
    delivered_so = model is not None and service.document["deliveryModel"] == model
    return rule["serviceId"] in line or delivered_so


def _counts_on(rule: dict[str, Any], day: date | None) -> bool:
    if day is None:
        return True
    asked = day.isoformat()
    return (rule["validFrom"] or asked) <= asked <= (rule["validTo"] or asked)


def _of_this_use(rule: dict[str, Any], question: Question) -> bool:
    """Unless the rule is for another purpose or school form than the question names."""
    purpose, forms = rule["purposeCategory"], rule["schoolForms"]
    if None not in (purpose, question.purpose_category) and purpose != question.purpose_category:
        return False
    return forms is None or question.school_form is None or question.school_form in forms


def _lacking(rule: dict[str, Any], question: Question) -> Iterator[str]:
    """What the question must say before the rule can be judged."""
    if rule["purposeCategory"] is not None and question.purpose_category is None:
        yield "purposeCategory"
    if rule["schoolForms"] is not None and question.school_form is None:
        yield "schoolForm"


def _ancestry(session: Session, service: Version) -> Iterator[str]:
    """The service, and all that it is a part of."""
    seen: set[str] = set()
    at: Version | None = service
    while at is not None and at.id not in seen:
        seen.add(at.id)
        yield at.id
        above = at.document["partOf"]
        at = published(session, "itServices", above) if above else None


def _related(session: Session, organisation: str) -> set[str]:
    """The organisation, all above it and all below it: rules are made at each level."""
    parents = {one.id: one.document["parentId"] for one in everything(session, ("organisations",))}
    above = set(_chain(parents, organisation))
    return above | {one for one in parents if organisation in set(_chain(parents, one))}


def _chain(parents: dict[str, str | None], start: str) -> Iterator[str]:
    seen: set[str] = set()
    at: str | None = start
    while at is not None and at not in seen:
        seen.add(at)
        yield at
        at = parents.get(at)
