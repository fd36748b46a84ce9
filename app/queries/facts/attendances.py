"""What is known of a lesson and a pupil's part in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.queries.access import Access
from app.queries.facts.asking import ask, visible

# A pupil's own exceptions say more than the groups do.
LESSON = """
SELECT e.start_time, e.end_time, coalesce(e.cancelled, FALSE) AS cancelled, e.activity_id,
       e.school_unit_id, e.teaching_length_student AS length_of_all,
       coalesce(own.participates, EXISTS (
           SELECT 1 FROM activity_group ag
             JOIN school_group g ON g.id = ag.group_id
             JOIN group_membership gm ON gm.group_id = g.id
            WHERE ag.activity_id = e.activity_id AND gm.person_id = %(student)s
              AND on_day.day BETWEEN greatest(gm.start_date, g.start_date)
                                 AND least(gm.end_date, g.end_date, 'infinity')
       )) AS takes_part,
       own.teaching_length AS own_length, own.start_time AS own_start, own.end_time AS own_end
  FROM calendar_event e
 CROSS JOIN LATERAL (SELECT (e.start_time AT TIME ZONE 'Europe/Stockholm')::date AS day) on_day
 CROSS JOIN LATERAL (
     SELECT bool_and(se.participates) AS participates, min(se.teaching_length) AS teaching_length,
            min(se.start_time) AS start_time, max(se.end_time) AS end_time
       FROM student_exception se
      WHERE e.has_exceptions AND se.event_id = e.id AND se.event_start = e.start_time
        AND se.person_id = %(student)s
 ) own
 WHERE e.id = %(event)s AND """

# To hold when the clock is taken, so that of two writers at once the second is refused.
ATTENDED_ALREADY = """
SELECT 1 FROM attendance other
 WHERE other.event_start = %(event_start)s AND other.calendar_event_id = %(calendar_event_id)s
   AND other.student_id = %(student_id)s"""
LESSON_GONE = """
NOT EXISTS (SELECT 1 FROM calendar_event e
             WHERE e.id = %(calendar_event_id)s AND e.start_time = %(event_start)s)"""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A calendar event that the caller may see, and what it is for one pupil."""

    start_time: datetime
    end_time: datetime
    cancelled: bool
    activity_id: UUID
    school_unit_id: UUID
    length_of_all: int | None
    takes_part: bool
    own_length: int | None
    own_start: datetime | None
    own_end: datetime | None

    @property
    def minutes(self) -> int:
        """How long it is for the pupil."""
        if self.own_length is not None:
            return self.own_length
        if self.own_start is None and self.own_end is None and self.length_of_all is not None:
            return self.length_of_all
        lasted = (self.own_end or self.end_time) - (self.own_start or self.start_time)
        return lasted // timedelta(minutes=1)


def lesson_of_pupil(
    session: Session, access: Access, *, event: UUID, student: UUID | None
) -> Lesson | None:
    """The event, unless there is none that the caller may see; `student` None: nobody's."""
    sql = LESSON + visible(access, "calendarEvents", "e")
    rows = ask(session, access, sql, {"event": event, "student": student})
    return Lesson(**rows[0]) if rows else None
