"""Aggregated attendance: one pupil's minutes in one activity, summed over the days asked for."""

from datetime import date

from pydantic import Field

from app.schemas import examples
from app.schemas.activities import Activity
from app.schemas.base import ObjectReference, Page, PersonReference, WireModel, with_example
from app.schemas.persons import Person


class AggregatedAttendanceEmbedded(WireModel):
    """What `expand` adds to an aggregated attendance."""

    activity: Activity | None = Field(None, description="With `expand=activity`.")
    student: Person | None = Field(None, description="With `expand=student`.")


class AggregatedAttendance(WireModel):
    """Sums in minutes, computed when asked for: no id. Needs the scope `attendance:read`."""

    model_config = with_example(
        examples.AGGREGATED_ATTENDANCE
        | {"_embedded": {"activity": examples.ACTIVITY, "student": examples.PERSON}}
    )

    activity: ObjectReference
    student: PersonReference
    start_date: date = Field(description="First day of the interval.")
    end_date: date = Field(description="Last day of the interval.")
    attendance_sum: int = Field(description="Minutes present.")
    valid_absence_sum: int | None = Field(None, description="Minutes of valid absence.")
    invalid_absence_sum: int | None = Field(None, description="Minutes of invalid absence.")
    other_attendance_sum: int | None = Field(
        None, description="Minutes in other activities that count as presence."
    )
    reported_sum: int | None = Field(None, description="Minutes of events that were reported.")
    offered_sum: int | None = Field(None, description="Minutes of events that were offered.")
    embedded: AggregatedAttendanceEmbedded | None = Field(
        None, alias="_embedded", description="What `expand` asked for."
    )


class AggregatedAttendancesPage(Page[AggregatedAttendance]):
    """One page of aggregated attendances."""
