"""Whom a signed-in person sees, at the edges: what has ended, what has not begun, who is of age.

Each case is one person who would see somebody, or somebody who would be seen, were it not for one
fact. The town is that of `test_who_sees_as_whom.py`, where nothing has ended.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from app.database.embedded import EmbeddedPostgres
from app.local_time import local_day
from app.models.activities import Activity, ActivityGroup, ActivityTeacher
from app.models.attendances import Attendance
from app.models.duties import AssignmentRole, Duty
from app.models.groups import Group, GroupMembership
from app.models.persons import Enrolment, Person, Responsible
from app.models.placements import Placement
from tests.make import LESSON, START, add, base, named, person, town
from tests.ss12000.conftest import Caller, Town, running_town

TODAY = local_day(datetime.now(UTC))
PAST, FUTURE = TODAY - timedelta(days=2), TODAY + timedelta(days=2)
GONE = "gone-pupil"
CHARGES: dict[str, dict[str, Any]] = {
    "mentor": {},
    "mentor-once": {"end_date": PAST},
    "mentor-soon": {"start_date": FUTURE},
}
TEACHING: dict[str, dict[str, Any]] = {
    "teacher-once": {"end_date": PAST},
    "teacher-soon": {"start_date": FUTURE},
}
# Each with the day on which their duty ended.
TEACHERS = {"teacher": None, "teacher-once": None, "teacher-soon": None, "teacher-left": PAST}


def years_ago(years: int, *, days: int = 0) -> date:
    """A birthday so many years before today, and days after that."""
    # Not the day on which the tests were collected: midnight may have come since.
    today = local_day(datetime.now(UTC))
    leap = (today.month, today.day) == (2, 29)
    return date(today.year - years, today.month, 28 if leap else today.day) + timedelta(days=days)


def work(session: Session, who: str, role: str, *, unit: str = "south", ends: date | None = None,
         begins: date = START) -> None:  # fmt: skip
    """Somebody, and their duty at a unit."""
    add(
        session, _adult(who),
        Duty(**base(f"{who}-duty"), person_id=named(who), organisation_id=named(unit),
             duty_role=role, start_date=begins, end_date=ends),
    )  # fmt: skip


def _adult(who: str) -> Person:
    adult = person(who)
    adult.birth_date = date(1980, 5, 5)
    return adult


def charge(session: Session, who: str, kind: str = "Mentor", **period: Any) -> None:
    """The charge of the south class."""
    add(session, AssignmentRole(duty_id=named(f"{who}-duty"), position=0,
                                group_id=named("south-class"), assignment_role_type=kind,
                                **period))  # fmt: skip


def teach(session: Session, who: str, position: int, **period: Any) -> None:
    """The teaching of the south class in mathematics."""
    add(session, ActivityTeacher(activity_id=named("south-maths"), position=position,
                                 duty_id=named(f"{who}-duty"), **period))  # fmt: skip


def child(session: Session, who: str, guardian: str, **facts: Any) -> None:
    """A child of somebody's, who is added, too."""
    young = person(who)
    young.birth_date = years_ago(10)
    for name, value in facts.items():
        setattr(young, name, value)
    add(session, _adult(guardian), young,
        Responsible(child_id=named(who), position=0, person_id=named(guardian),
                    relation_type="Vårdnadshavare"))  # fmt: skip


def edges(session: Session) -> None:
    """The town, and everybody at its edges."""
    town(session)
    for who, period in CHARGES.items():
        work(session, who, "Lärare")
        charge(session, who, **period)
    work(session, "mentor-left", "Lärare", ends=PAST)
    charge(session, "mentor-left")
    work(session, "carer", "Barnskötare")
    charge(session, "carer", "Barnskötare")
    work(session, "clerk", "Annan personal")
    charge(session, "clerk", "Administrativ personal")
    for position, (who, ends) in enumerate(TEACHERS.items(), 20):
        work(session, who, "Lärare", ends=ends)
        teach(session, who, position, **TEACHING.get(who, {}))
    work(session, "preschool-head", "Förskolechef")
    work(session, "head-once", "Rektor", ends=PAST)
    work(session, "head-soon", "Rektor", begins=FUTURE)
    work(session, "secretary", "Skoladministratör")
    _pupils(session)
    _children(session)


def _pupils(session: Session) -> None:
    """Of the south class until lately; enrolled, placed and attending as such things end."""
    add(session, person(GONE),
        GroupMembership(group_id=named("south-class"), position=40, person_id=named(GONE),
                        end_date=PAST),
        Enrolment(person_id=named(GONE), position=0, school_unit_id=named("south"),
                  school_type="GR", start_date=START, end_date=PAST),
        Attendance(**base(f"{GONE}-present"), event_start=LESSON,
                   calendar_event_id=named("south-lesson"), activity_id=named("south-maths"),
                   school_unit_id=named("south"), student_id=named(GONE), is_reported=True,
                   attendance_minutes=60))  # fmt: skip
    for who, cancelled, begins in (("cancelled", True, START), ("enrolled-soon", None, FUTURE)):
        add(session, person(who),
            Enrolment(person_id=named(who), position=0, school_unit_id=named("south"),
                      school_type="GR", start_date=begins, cancelled=cancelled))  # fmt: skip
    for who, ends in (("placed", None), ("placed-once", PAST)):
        add(session, person(who),
            Placement(**base(f"{who}-place"), school_unit_id=named("south"), child_id=named(who),
                      school_type="FTH", start_date=START, end_date=ends))  # fmt: skip
    # A lesson of Bo's that others teach.
    add(session,
        Group(**base("art-group"), organisation_id=named("south"), display_name="art",
              sort_name="art", start_date=START, group_type="Undervisning"),
        GroupMembership(group_id=named("art-group"), position=0, person_id=named("bo")),
        Activity(**base("south-art"), organisation_id=named("south"), display_name="art",
                 sort_name="art", start_date=START, calendar_events_required=True),
        ActivityGroup(activity_id=named("south-art"), position=0, group_id=named("art-group")),
        Attendance(**base("bo-art"), event_start=LESSON, activity_id=named("south-art"),
                   calendar_event_id=named("south-lesson"), school_unit_id=named("south"),
                   student_id=named("bo"), is_reported=True, attendance_minutes=60))  # fmt: skip


def _children(session: Session) -> None:
    child(session, "turns-18", "parent-18", birth_date=years_ago(18))
    child(session, "almost-18", "parent-17", birth_date=years_ago(18, days=1))
    child(session, "ageless", "parent-ageless", birth_date=None, civic_no=None)
    born = f"{years_ago(10):%Y%m}{years_ago(10).day + 60:02}"
    child(session, "coordinated", "parent-coordinated", birth_date=None, civic_no=f"{born}0000")
    child(session, "dead", "parent-dead", person_status="Avliden")
    child(session, "orphan", "dead-parent")
    dead = session.get_one(Person, named("dead-parent"))
    dead.person_status = "Avliden"
    session.add(dead)
    child(session, "warded", "good-man")
    relation = session.get_one(Responsible, (named("warded"), 0))
    relation.relation_type = "God man"
    session.add(relation)
    session.flush()


@pytest.fixture(scope="module")
def town_at_its_edges(server: EmbeddedPostgres, migrated: str) -> Iterator[Town]:
    """The town, shared by all who only look."""
    with running_town(server, migrated, "edges_town", fill=edges) as running:
        yield running


def signed_in(town: Town, who: str, *children: str) -> Caller:
    """An app with every scope, which somebody allowed their child."""
    consumer = town.consumers.consumer()
    return Caller(town.http, town.consumers.acting_for(consumer, who, children=children))


SEES = {
    "mentor": "bo", "mentor-once": "", "mentor-soon": "", "mentor-left": "", "carer": "bo",
    "clerk": "", "teacher": "bo", "teacher-once": "", "teacher-soon": "", "teacher-left": "",
    "preschool-head": "bo placed", "head-once": "", "head-soon": "", "secretary": "",
}  # fmt: skip


@pytest.mark.parametrize("who", SEES)
def test_staff_see_those_whom_their_work_of_today_is_about(
    town_at_its_edges: Town, who: str
) -> None:
    """Neither before it begins nor after it ends, nor whoever has left, nor by another role."""
    answer = signed_in(town_at_its_edges, who).get("/persons")
    seen = {row["givenName"] for row in answer.json()["data"]}
    assert seen == {who, *SEES[who].split()}


FAMILIES = [
    ("parent-17", "almost-18", True), ("parent-18", "turns-18", False),
    ("parent-ageless", "ageless", False), ("parent-coordinated", "coordinated", True),
    ("parent-dead", "dead", False), ("good-man", "warded", True),
]  # fmt: skip


@pytest.mark.parametrize(("guardian", "young", "sees"), FAMILIES, ids=[row[1] for row in FAMILIES])
def test_guardians_see_their_children_until_the_day_they_come_of_age(
    town_at_its_edges: Town, guardian: str, young: str, sees: bool
) -> None:
    """And nobody whose age is not known, or who has died."""
    caller = signed_in(town_at_its_edges, guardian, young)
    assert (caller.get(f"/persons/{named(young)}").status_code == 200) is sees
    assert caller.get(f"/persons/{named(guardian)}").status_code == 200


def test_for_whoever_has_died_no_app_acts(town_at_its_edges: Town) -> None:
    """Nor for their children."""
    caller = signed_in(town_at_its_edges, "dead-parent", "orphan")
    assert caller.get("/persons").status_code == 401


ATTENDANCES = [
    ("teacher", "bo-present", True),
    # Bo's lesson in art is taught by others; whoever left the class is no more theirs.
    ("teacher", "bo-art", False), ("teacher", f"{GONE}-present", False),
    ("preschool-head", "bo-art", True), ("preschool-head", f"{GONE}-present", False),
    ("mentor", "bo-art", True), ("teacher-once", "bo-present", False),
]  # fmt: skip


@pytest.mark.parametrize(("who", "which", "sees"), ATTENDANCES, ids=str)
def test_attendance_is_seen_by_those_whose_lesson_or_pupil_it_is(
    town_at_its_edges: Town, who: str, which: str, sees: bool
) -> None:
    """Of pupils in view at one's own teaching; of those in one's charge or unit at every lesson."""
    found = signed_in(town_at_its_edges, who).get(f"/attendances/{named(which)}")
    assert (found.status_code == 200) is sees


GROUPS = [
    ("mentor", True), ("mentor-once", False), ("mentor-soon", False), ("mentor-left", False),
    ("teacher", True), ("teacher-once", False), ("teacher-left", False), ("head-once", False),
    ("preschool-head", True), ("bo", True), (GONE, False),
]  # fmt: skip


@pytest.mark.parametrize(("who", "sees"), GROUPS, ids=str)
def test_a_class_is_seen_by_those_who_are_in_it_or_have_to_do_with_it_today(
    town_at_its_edges: Town, who: str, sees: bool
) -> None:
    """A pupil who left, and staff whose part is over, see it no more."""
    found = signed_in(town_at_its_edges, who).get(f"/groups/{named('south-class')}")
    assert (found.status_code == 200) is sees


def test_a_pupil_sees_who_teaches_and_has_charge_of_them_today(town_at_its_edges: Town) -> None:
    """Not who did so once, who will, or who does so for others."""
    listed = signed_in(town_at_its_edges, "bo").get("/duties").json()["data"]
    ids = {row["id"] for row in listed}
    known = {str(named(f"{who}-duty")): who for who in (*SEES, "south-teacher", "north-teacher")}
    assert {known[one] for one in ids} == {
        "mentor", "mentor-left", "carer", "clerk", "teacher", "teacher-left", "south-teacher"
    }  # fmt: skip
