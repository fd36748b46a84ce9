"""Deleted entities: ids of what a consumer must no longer hold, by kind of object."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from app.schemas.base import WireModel, with_example

AN_ID = "b1f7a3c2-9d44-5a0e-8a55-0c1d2e3f4a5b"


class DeletedIds(WireModel):
    """Ids by kind. A kind of which nothing is gone is absent."""

    absences: list[UUID] | None = None
    attendance_events: list[UUID] | None = None
    attendances: list[UUID] | None = None
    calendar_events: list[UUID] | None = None
    attendance_schedules: list[UUID] | None = None
    resources: list[UUID] | None = None
    rooms: list[UUID] | None = None
    activitites: list[UUID] | None = Field(
        None, description="Activities. The name is misspelt in the standard."
    )
    activities: list[UUID] | None = Field(
        None, description="The same ids under the name that some clients read."
    )
    duties: list[UUID] | None = None
    placements: list[UUID] | None = None
    programmes: list[UUID] | None = None
    syllabuses: list[UUID] | None = None
    school_unit_offerings: list[UUID] | None = None
    groups: list[UUID] | None = None
    persons: list[UUID] | None = None
    organisations: list[UUID] | None = None


class DeletedEntities(WireModel):
    """One page of ids to drop."""

    model_config = with_example({"data": {"attendances": [AN_ID]}})
    # As in lists: the standard lets servers write null on the last page.
    nullable: ClassVar[frozenset[str]] = frozenset({"page_token"})

    data: DeletedIds
    page_token: str | None = Field(
        None, description="Send it back as `pageToken` to get the next page. Absent on the last."
    )
