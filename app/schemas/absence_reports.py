"""Absence reports: what the standard lacks about an absence. Our own shapes, not SS 12000's."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from app.schemas.base import (
    ObjectReference,
    Page,
    PersonReference,
    WireModel,
    with_example,
)
from app.schemas.enums import AbsenceType
from app.schemas.examples import ABSENCE, GUARDIAN_ID, PUPIL_ID, SCHOOL_UNIT_ID
from app.schemas.written import WrittenModel, one_line

LONGEST_MESSAGE = 200


class ReportStatus(StrEnum):
    """Whether the absence still stands."""

    REPORTED = "reported"
    WITHDRAWN = "withdrawn"


class ReasonCategory(StrEnum):
    """Why, as coarsely as the school's routines need it. Never a diagnosis, never free text."""

    ILLNESS = "illness"
    APPOINTMENT = "appointment"
    LEAVE = "leave"
    OTHER = "other"


class DeliveryState(StrEnum):
    """Whether a source system has taken a report as it now stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    REFUSED = "refused"


class DeliveryOutcome(StrEnum):
    """What a source system's consumer may say of a delivery."""

    DELIVERED = DeliveryState.DELIVERED
    REFUSED = DeliveryState.REFUSED


class Delivery(WireModel):
    """What a source system has made of the report."""

    source: str = Field(description="The source system's name at this service.")
    state: DeliveryState
    changed: AwareDatetime = Field(description="Since when it is so.")
    message: str | None = Field(None, description="What the source system said of it.")


class AbsenceReport(WireModel):
    """The report of an absence that was registered with `POST /absences`, under the same id."""

    model_config = with_example(
        {
            "id": ABSENCE["id"],
            "created": "2026-11-04T18:02:11+01:00",
            "modified": "2026-11-04T18:05:40+01:00",
            "status": "reported",
            "reasonCategory": "illness",
            "startTime": "2026-11-05T08:00:00+01:00",
            "endTime": "2026-11-05T15:00:00+01:00",
            "type": "Anmäld frånvaro",
            "student": {"id": PUPIL_ID},
            "organisation": {"id": SCHOOL_UNIT_ID},
            "registeredBy": {"id": GUARDIAN_ID},
            "reportedThrough": "startsidan-1f0c9a2b",
            "deliveries": [
                {
                    "source": "tempus",
                    "state": "delivered",
                    "changed": "2026-11-04T18:05:40+01:00",
                }
            ],
        }
    )

    id: UUID = Field(description="The absence's own id.")
    created: AwareDatetime
    modified: AwareDatetime = Field(description="When anything about the report last changed.")
    status: ReportStatus
    reason_category: ReasonCategory | None = None
    start_time: AwareDatetime
    end_time: AwareDatetime
    type: AbsenceType
    student: PersonReference
    organisation: ObjectReference | None = None
    registered_by: PersonReference | None = None
    reported_through: str = Field(description="The client_id of the consumer that reported it.")
    withdrawn_at: AwareDatetime | None = None
    withdrawn_through: str | None = Field(
        None, description="The client_id of the consumer that withdrew it."
    )
    deliveries: list[Delivery] = Field(
        description="One for each source system that takes absences; empty when none does."
    )


class AbsenceReportsPage(Page[AbsenceReport]):
    """One page of reports, in the order in which they changed."""


class ReportChange(WrittenModel):
    """What may be changed of a report."""

    model_config = with_example({"reasonCategory": "illness"})
    ignored = frozenset()

    reason_category: ReasonCategory


class DeliveryResult(WrittenModel):
    """What became of a report in the source system that the caller acts for."""

    model_config = with_example({"state": "refused", "message": "Unknown pupil."})
    ignored = frozenset()

    state: DeliveryOutcome
    message: (
        Annotated[str, Field(min_length=1, max_length=LONGEST_MESSAGE), AfterValidator(one_line)]
        | None
    ) = Field(None, description="Short, for people; nothing about the pupil.")
