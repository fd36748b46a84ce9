"""Reads a record from a body or a file, with everything that is wrong with it by itself."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from app.errors import Fault
from app.schemas.catalogue.base import Record
from app.schemas.catalogue.kinds import Kind
from app.schemas.catalogue.rules import Integration
from app.schemas.catalogue.services import ItService, ServiceUsage
from app.schemas.drafts import check_depth, path_of, words_of

# What the service adds to a record; sent back, it counts for nothing.
ADDED = frozenset(
    {"uuid", "version", "state", "published", "modified", "redactedFields", "needsReview", "useOn"}
)


@dataclass(frozen=True, slots=True)
class Read:
    """A record as far as it could be read; None when its shape is wrong."""

    record: Record | None
    faults: tuple[Fault, ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        """As it is kept: every property, null where nobody knows."""
        assert self.record is not None
        found: dict[str, Any] = self.record.model_dump(mode="json", by_alias=True)
        return found


def read_record(kind: Kind, given: Mapping[str, Any]) -> Read:
    """The record in a parsed JSON or YAML mapping. Raises BadBody for what cannot be looked at."""
    check_depth(given)
    kept = {name: value for name, value in given.items() if name not in ADDED}
    try:
        text = json.dumps(kept, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return Read(None, (Fault("", "holds half a surrogate pair, which is no character"),))
    try:
        record = kind.model.model_validate_json(text, strict=True, by_alias=True, by_name=False)
    except ValidationError as invalid:
        found = invalid.errors(include_url=False)
        faults = (Fault(path_of(one["loc"]), words_of(one, kind.model)) for one in found)
        return Read(None, tuple(dict.fromkeys(faults)))
    return Read(record, tuple(_contradictions(record)))


def _contradictions(record: Record) -> Iterator[Fault]:
    """What cannot be true together."""
    if record.valid_from and record.valid_to and record.valid_to < record.valid_from:
        yield Fault("validTo", "must not be before validFrom")
    match record:
        case ItService():
            yield from _of_service(record)
        case ServiceUsage():
            both = set(record.user_groups or ()) & set(record.excluded_user_groups or ())
            if both:
                names = ", ".join(sorted(both))
                yield Fault("excludedUserGroups", f"must not hold those of userGroups: {names}")
        case Integration():
            if record.source_service_id == record.target_service_id:
                yield Fault("targetServiceId", "must be another service than sourceServiceId")


def _of_service(service: ItService) -> Iterator[Fault]:
    if service.all_school_forms and service.school_forms is not None:
        yield Fault("schoolForms", "must be left out when allSchoolForms is true")
    if service.part_of == service.id:
        yield Fault("partOf", "must be another service")
    for position, replacement in enumerate(service.replaced_by or ()):
        if replacement.service_id == service.id:
            yield Fault(f"replacedBy[{position}].serviceId", "must be another service")
    if service.id in (service.replaces or ()):
        yield Fault("replaces", "must be other services")
