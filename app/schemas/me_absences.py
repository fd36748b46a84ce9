"""Absences as someone who has signed in reads and reports them."""

from uuid import UUID

from pydantic import Field

from app.schemas.absence_reports import ReasonCategory
from app.schemas.base import with_example
from app.schemas.examples import ABSENCE, PUPIL_ID
from app.schemas.me import OwnAbsence
from app.schemas.written import WrittenDate, WrittenModel, WrittenTime


class PersonsAbsence(OwnAbsence):
    """An absence of a person in view, or one that was withdrawn."""

    model_config = with_example(
        {
            "id": ABSENCE["id"],
            "student": PUPIL_ID,
            "startTime": "2026-11-05T00:00:00+01:00",
            "endTime": "2026-11-06T00:00:00+01:00",
            "type": "Anmäld frånvaro",
            "report": {
                "status": "reported",
                "reasonCategory": "illness",
                "deliveries": [
                    {
                        "source": "tempus",
                        "state": "pending",
                        "changed": "2026-11-04T18:02:11+01:00",
                    }
                ],
            },
        }
    )

    student: UUID = Field(description="Whose.")


class NewOwnAbsence(WrittenModel):
    """An absence to be reported: of one whole day, or from one time to another."""

    model_config = with_example(
        {"student": PUPIL_ID, "date": "2026-11-05", "reasonCategory": "illness"}
    )
    ignored = frozenset()

    student: UUID = Field(
        description="A child that the signed-in person answers for, or that person if of age."
    )
    date: WrittenDate | None = Field(None, description="The whole day, in Swedish time.")
    start_time: WrittenTime | None = Field(None, description="With `endTime`, instead of `date`.")
    end_time: WrittenTime | None = Field(None, description="After `startTime`, by a year at most.")
    reason_category: ReasonCategory | None = None
    organisation: UUID | None = Field(
        None,
        description="A unit where the pupil is enrolled or placed then. May be left out when there "
        "is only one.",
    )
