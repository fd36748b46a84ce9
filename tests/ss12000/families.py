"""People who sign in, added to the town: parents of siblings, an adult pupil, a head, teachers."""

from datetime import date, timedelta

from sqlmodel import Session

from app.models.absences import Absence
from app.models.activities import ActivityTeacher
from app.models.attendances import Attendance
from app.models.duties import Duty
from app.models.groups import GroupMembership
from app.models.persons import Enrolment, Responsible
from tests.make import LESSON, START, add, base, named, person, town

GROWN = "grown-pupil"


def families(session: Session) -> None:
    """The town, and: `both-parent` of Anna, Bo and a pupil who is of age; `other-parent` of Anna
    alone; `friend`, whom the register names for Anna as somebody to call; `head` of the north
    school; `sub-teacher`, who teaches the south class; `former-teacher`, who did until August.
    """
    town(session)
    for name in ("both-parent", "other-parent", "friend", "head", "sub-teacher", "former-teacher"):
        adult = person(name)
        adult.birth_date, adult.civic_no = date(1980, 5, 5), f"19800505{named(name).int % 10**4:04}"
        add(session, adult)
    grown = person(GROWN)
    grown.birth_date = date(2000, 1, 1)
    add(
        session,
        grown,
        Enrolment(person_id=named(GROWN), position=0, school_unit_id=named("north"),
                  school_type="GR", start_date=START),
        GroupMembership(group_id=named("north-class"), position=9, person_id=named(GROWN)),
        *(
            Responsible(child_id=named(child), position=position, person_id=named(adult),
                        relation_type=relation)
            for child, position, adult, relation in (
                ("anna", 5, "both-parent", "Vårdnadshavare"),
                ("bo", 5, "both-parent", "Vårdnadshavare"),
                (GROWN, 5, "both-parent", "Vårdnadshavare"),
                ("anna", 6, "other-parent", "Vårdnadshavare"),
                ("anna", 7, "friend", "Annan ansvarig"),
            )
        ),
        Duty(**base("head-duty"), person_id=named("head"), organisation_id=named("north"),
             duty_role="Rektor", start_date=START),
    )  # fmt: skip
    for name, ended in (("sub-teacher", None), ("former-teacher", START + timedelta(days=10))):
        add(
            session,
            Duty(**base(f"{name}-duty"), person_id=named(name), organisation_id=named("south"),
                 duty_role="Lärare", start_date=START),
            ActivityTeacher(activity_id=named("south-maths"), position=len(name),
                            duty_id=named(f"{name}-duty"), end_date=ended),
        )  # fmt: skip
    add(
        session,
        Attendance(**base(f"{GROWN}-present"), event_start=LESSON, activity_id=named("north-maths"),
                   calendar_event_id=named("north-lesson"), school_unit_id=named("north"),
                   student_id=named(GROWN), is_reported=True, attendance_minutes=60),
        Absence(**base(f"{GROWN}-away"), start_time=LESSON, end_time=LESSON + timedelta(hours=1),
                type="Anmäld frånvaro", student_id=named(GROWN), school_unit_id=named("north")),
    )  # fmt: skip
