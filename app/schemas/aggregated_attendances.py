"""AggregatedAttendance: the wire shape of the standard."""

from datetime import date

from app.schemas.base import ObjectReference, PersonReference, WireModel


class AggregatedAttendance(WireModel):
    """Minutes per pupil and activity over an interval."""

    activity: ObjectReference
    student: PersonReference
    start_date: date
    end_date: date
    attendance_sum: int
    valid_absence_sum: int | None = None
    invalid_absence_sum: int | None = None
    other_attendance_sum: int | None = None
    reported_sum: int | None = None
    offered_sum: int | None = None
