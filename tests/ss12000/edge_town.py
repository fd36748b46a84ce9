"""A town whose rows stand before, at and after every boundary that a filter draws."""

from datetime import date
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from app.models.absences import Absence
from app.models.activities import Activity, ActivityGroup, ActivityTeacher
from app.models.attendance_events import AttendanceEvent
from app.models.attendance_schedules import AttendanceSchedule, AttendanceScheduleState
from app.models.attendances import Attendance
from app.models.calendar_events import CalendarEvent, StudentException, TeacherException
from app.models.duties import AssignmentRole, Duty
from app.models.groups import Group, GroupMembership
from app.models.organisations import Organisation
from app.models.persons import Enrolment, Person, Responsible
from app.models.placements import Placement, PlacementOwner
from app.models.programmes import Programme
from app.models.resources import Resource
from app.models.rooms import Room
from app.models.school_unit_offerings import SchoolUnitOffering
from app.models.syllabuses import Syllabus
from app.sources.swedish_order import person_search_name, person_sort_name, swedish_key
from tests.make import add
from tests.ss12000.edges import BEGIN, CREATED, FINISH, MINUTE, base, period, spelt


def edge_town(session: Session) -> None:
    """Fill an empty database."""
    session.execute(text("SELECT skolnav_ensure_partitions('2026-08-01', '2027-06-01')"))
    session.execute(text("SELECT skolnav_ensure_months(current_date - 31, current_date + 62)"))
    for fill in (organisations, study_information, persons, groups, duties, placements,
                 activities, lessons, attendance, rooms_and_resources):  # fmt: skip
        fill(session)


def organisations(session: Session) -> None:
    """The city, an area with one school in it, a school beside it, and three with periods."""
    rows: list[tuple[str, str, str, str | None, dict[str, Any]]] = [
        ("city", "Zinkstad", "Huvudman", None, {"organisation_code": "ZS",
                                                "municipality_code": "9999"}),
        ("area", "Ånäs", "Rektorsområde", "city", {"organisation_code": "AN"}),
        ("north", "Ängen", "Skolenhet", "area", {
            "school_unit_code": "10000001", "school_types": ["GR", "FTH"],
            "municipality_code": "9998", **period(1, None)}),
        ("south", "Östra", "Skolenhet", "city", {"school_unit_code": "10000002",
                                                 "school_types": ["GY"]}),
        ("o-old", "BETA", "Övrigt", "city", period(-1, -1)),
        ("o-edge", "beta", "Bolag", "city", period(0, 0)),
        ("o-new", "Älvan", "Bolag", "city", period(1, 1)),
    ]  # fmt: skip
    for name, shown, kind, parent, more in rows:
        add(session, Organisation(**base(name), display_name=shown, sort_name=swedish_key(shown),
                                  organisation_type=kind,
                                  parent_id=spelt(parent) if parent else None, **more))  # fmt: skip


def study_information(session: Session) -> None:
    """Programmes, syllabuses, and what the two schools offer."""
    for name, shown, form, code, parent in (
        ("prog-1", "natur", "GY", "NA", None), ("prog-2", "Natur", "GY", "NANAT", "prog-1"),
        ("prog-3", "Ånga", "GYS", None, "prog-1"), ("prog-4", "Äng", "VUXGY", "EK", "prog-2"),
        ("prog-5", "Zoo", "GYS", None, None),
    ):  # fmt: skip
        add(session, Programme(**base(name), name=shown, sort_name=swedish_key(shown), code=code,
                               school_type=form, type="Yrkesprogram",
                               parent_id=spelt(parent) if parent else None))  # fmt: skip
    for name, subject, subject_code, course, course_code, designation in (
        ("syl-1", "matematik", "MA", "Ödla", "C2", "MAT"),
        ("syl-2", "Matematik", None, None, None, None),
        ("syl-3", "Ånglära", "AN", "zoo", "C2", "ANG"),
        ("syl-4", "Ämne", "MA", "Zoo", "C1", "ANG"),
        ("syl-5", "Zon", None, "Ål", None, None),
    ):
        add(session, Syllabus(
            **base(name), school_type="GY", subject_name=subject, subject_code=subject_code,
            subject_name_sort=swedish_key(subject), course_name=course, course_code=course_code,
            course_name_sort=swedish_key(course or ""), subject_designation=designation,
            official=True,
        ))  # fmt: skip
    for name, unit, days in (
        ("offer-1", "north", period(None, None)), ("offer-2", "south", period(0, 0)),
        ("offer-3", "south", period(1, None)), ("offer-4", "north", period(0, 0)),
    ):  # fmt: skip
        add(session, SchoolUnitOffering(**base(name), school_unit_id=spelt(unit), **days))


NAMES = {
    "ada": ("Ada", None, "Zorn"), "bea": ("Östen", "Åsa", "Berg"), "cid": ("Bea", None, "Berg"),
    "dan": ("Ärla", None, "Berg Larsson"), "eva": ("Åke", None, "Bergman"),
    "fia": ("Wilma", None, "Åberg"), "gun": ("Vera", None, "Ängman"), "hal": ("Hal", None, "Öst"),
    "iri": ("iris", None, "Öst"), "jon": ("Iris", None, "Öst"), "kim": ("Kim", None, "Vinge"),
    "liv": ("Liv", None, "Winge"), "mio": ("Mio", None, "Abel"),
}  # fmt: skip
CIVIC_NUMBERS = {"ada": "201201012392", "bea": "20120102TF01", "cid": "200901010001"}
PRINCIPALS = {"ada": ["ada@skola.example", "a2@skola.example"], "bea": ["bea@skola.example"]}
IDENTIFIERS = {"ada": [("1", "lib"), ("2", "bus")], "bea": [("1", "bus")], "cid": [("2", "lib")]}


def persons(session: Session) -> None:
    """Four pupils, two of the staff, two guardians, two children in care, members, and a nobody."""
    for name, (given, middle, family) in NAMES.items():
        add(session, Person(
            **base(name), given_name=given, middle_name=middle, family_name=family,
            sort_name=person_sort_name(given, family), given_name_sort=swedish_key(given),
            family_name_sort=swedish_key(family),
            search_name=person_search_name(given, middle, family),
            civic_no=CIVIC_NUMBERS.get(name), edu_person_principal_names=PRINCIPALS.get(name),
            external_identifiers=[
                {"value": value, "context": context, "globallyUnique": False}
                for value, context in IDENTIFIERS.get(name, [])
            ] or None,
        ))  # fmt: skip
    for name, unit, form, days, cancelled in (
        ("ada", "north", "GR", period(-1, -1), None), ("bea", "north", "GR", period(0, 0), False),
        ("cid", "south", "GY", period(1, 1), None), ("dan", "south", "GY", period(1, None), None),
        ("mio", "north", "GR", period(0, 0), True),
    ):  # fmt: skip
        add(session, Enrolment(person_id=spelt(name), position=0, school_unit_id=spelt(unit),
                               school_type=form, cancelled=cancelled, **days))  # fmt: skip
    for guardian, child in (("gun", "ada"), ("hal", "iri")):
        add(session, Responsible(child_id=spelt(child), position=0, person_id=spelt(guardian),
                                 relation_type="Vårdnadshavare"))  # fmt: skip


def groups(session: Session) -> None:
    """Groups, one membership without dates and one that ended long ago."""
    for name, shown, kind, form, unit, days in (
        ("g-class", "7B", "Klass", "GR", "north", period(1, 1)),
        ("g-care", "Ängen", "Avdelning", "FTH", "north", period(-1, -1)),
        ("g-teach", "Åsen", "Undervisning", "GY", "south", period(0, 0)),
        ("g-open", "ZETA", "Mentor", None, "area", period(0, None)),
        ("g-zeta", "zeta", "Klass", "GR", "south", period(1, None)),
    ):
        add(session, Group(**base(name), display_name=shown, sort_name=swedish_key(shown),
                           group_type=kind, school_type=form, organisation_id=spelt(unit),
                           **days))  # fmt: skip
    add(
        session,
        GroupMembership(group_id=spelt("g-class"), position=0, person_id=spelt("kim")),
        GroupMembership(group_id=spelt("g-teach"), position=0, person_id=spelt("liv"),
                        start_date=date(2020, 1, 1), end_date=date(2020, 6, 1)),
    )  # fmt: skip


def duties(session: Session) -> None:
    """Duties on each level of the tree; one is held by nobody."""
    for name, person, unit, role, days in (
        ("duty-1", "eva", "north", "Lärare", period(0, -1)),
        ("duty-2", "fia", "area", "Rektor", period(-1, 0)),
        ("duty-3", "fia", "south", "Lärare", period(1, None)),
        ("duty-4", None, "city", "Kurator", period(1, 1)),
    ):
        add(session, Duty(**base(name), person_id=spelt(person) if person else None,
                          organisation_id=spelt(unit), duty_role=role, **days))  # fmt: skip
    add(session, AssignmentRole(duty_id=spelt("duty-1"), position=0, group_id=spelt("g-class"),
                                assignment_role_type="Mentor"))  # fmt: skip


def placements(session: Session) -> None:
    """Two children's places, who holds them, and hours in care."""
    for name, child, unit, form, group, owners, days in (
        ("place-1", "iri", "north", "FTH", "g-care", ("hal",), period(-1, 0)),
        ("place-2", "jon", "south", "FTH", None, ("hal", "gun"), period(0, -1)),
        ("place-3", "iri", "north", "FS", "g-care", (), period(1, 1)),
        ("place-4", "jon", "south", "OPPFTH", None, ("gun",), period(1, None)),
        ("place-5", "jon", "south", "FS", None, (), period(0, None)),
    ):
        place = spelt(name)
        add(session, Placement(**base(name), child_id=spelt(child), school_unit_id=spelt(unit),
                               school_type=form, group_id=spelt(group) if group else None,
                               **days))  # fmt: skip
        add(session, *(PlacementOwner(placement_id=place, position=n, person_id=spelt(owner))
                       for n, owner in enumerate(owners)))  # fmt: skip
    for number, days in enumerate((period(-1, -1), period(0, 0), period(1, 1), period(1, None)), 1):
        hours = f"hours-{number}"
        add(
            session,
            AttendanceSchedule(**base(hours), placement_id=spelt(f"place-{number}"),
                               number_of_weeks=1, **days),
            AttendanceScheduleState(attendance_schedule_id=spelt(hours), position=0,
                                    state="Begärt", registered_at=CREATED),
        )  # fmt: skip


def activities(session: Session) -> None:
    """An activity on each level of the tree; the teacher of the third has left it."""
    for name, shown, unit, taking_part, teacher, days in (
        ("act-1", "Ö", "north", ("g-class",), "duty-1", period(-1, -1)),
        ("act-2", "Å", "area", ("g-open",), "duty-2", period(0, 0)),
        ("act-3", "z", "south", ("g-teach", "g-care"), "duty-3", period(1, 1)),
        ("act-4", "Z", "south", ("g-zeta",), None, period(1, None)),
    ):
        act = spelt(name)
        add(session, Activity(**base(name), display_name=shown, sort_name=swedish_key(shown),
                              calendar_events_required=True, organisation_id=spelt(unit),
                              syllabus_id=spelt("syl-3") if name == "act-1" else None,
                              **days))  # fmt: skip
        add(session, *(ActivityGroup(activity_id=act, position=n, group_id=spelt(group))
                       for n, group in enumerate(taking_part)))  # fmt: skip
        if teacher:
            add(session, ActivityTeacher(activity_id=act, position=0, duty_id=spelt(teacher),
                                         start_date=date(2020, 1, 1),
                                         end_date=date(2020, 6, 1)))  # fmt: skip


def lessons(session: Session) -> None:
    """A lesson of each activity; the fourth is also a pupil's and a teacher's by exception."""
    for number, unit, start, end in (
        (1, "north", 1, 1), (2, "area", 0, 0), (3, "south", -1, -1), (4, "south", -1, 0),
    ):  # fmt: skip
        add(session, CalendarEvent(
            **base(f"les-{number}"), activity_id=spelt(f"act-{number}"),
            school_unit_id=spelt(unit), start_time=BEGIN + start * MINUTE,
            end_time=FINISH + end * MINUTE, has_exceptions=number == 4,
        ))  # fmt: skip
    at: dict[str, Any] = {"event_id": spelt("les-4"), "event_start": BEGIN - MINUTE, "position": 0}
    add(
        session,
        StudentException(**at, person_id=spelt("kim"), participates=False),
        TeacherException(**at, duty_id=spelt("duty-1"), participates=True),
    )


def attendance(session: Session) -> None:
    """Attendance at each lesson, check-ins, and absences around the boundary."""
    for number, unit, student, start in (
        (1, "north", "ada", 1), (2, "area", "bea", 0), (3, "south", "ada", -1),
        (4, "south", "cid", -1),
    ):  # fmt: skip
        add(session, Attendance(
            **base(f"att-{number}"), event_start=BEGIN + start * MINUTE,
            calendar_event_id=spelt(f"les-{number}"), activity_id=spelt(f"act-{number}"),
            school_unit_id=spelt(unit), student_id=spelt(student), is_reported=True,
        ))  # fmt: skip
    for number, child, group, unit in (
        (1, "iri", "g-care", "north"), (2, "jon", "g-teach", "south"),
        (3, "iri", "g-teach", "south"), (4, "kim", "g-class", "north"),
    ):  # fmt: skip
        add(session, AttendanceEvent(
            **base(f"event-{number}"), time=BEGIN - number * MINUTE, event_type="In",
            person_id=spelt(child), group_id=spelt(group), school_unit_id=spelt(unit),
            registered_by_id=spelt("hal") if child == "iri" else None,
        ))  # fmt: skip
    for number, student, place, kind, registered_by, start, end in (
        (1, "ada", "north", "Anmäld frånvaro", "gun", 1, 1),
        (2, "bea", "area", "Beviljad ledighet", "eva", 0, 0),
        (3, "ada", "south", "Anmäld frånvaro", "gun", -1, 1),
        (4, "cid", None, "Anmäld frånvaro", None, -1, -1),
    ):
        add(session, Absence(
            **base(f"abs-{number}"), start_time=BEGIN + start * MINUTE, type=kind,
            end_time=FINISH + end * MINUTE, student_id=spelt(student),
            school_unit_id=spelt(place) if place else None,
            registered_by_id=spelt(registered_by) if registered_by else None,
        ))  # fmt: skip


def rooms_and_resources(session: Session) -> None:
    """Rooms and other things that can be booked."""
    for number, shown, unit in (
        (1, "Äl", "north"), (2, "Ål", "area"), (3, "zal", "south"), (4, "Zal", "north"),
    ):  # fmt: skip
        common: dict[str, Any] = {
            "display_name": shown,
            "sort_name": swedish_key(shown),
            "owner_id": spelt(unit),
        }
        add(session, Room(**base(f"room-{number}"), **common))
        add(session, Resource(**base(f"res-{number}"), **common))
