"""Makes rows for tests: a small town whose every person has a name in the test's text."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from joserfc.jwk import ECKey
from sqlalchemy import text
from sqlmodel import Session, SQLModel, select

from app.auth.signing_keys import current_signing_key
from app.auth.tokens import Acting, issue_token
from app.database import Database
from app.local_time import local_day
from app.models.absences import Absence
from app.models.activities import Activity, ActivityGroup, ActivityTeacher
from app.models.attendance_events import AttendanceEvent
from app.models.attendance_schedules import AttendanceSchedule, AttendanceScheduleState
from app.models.attendances import Attendance
from app.models.calendar_events import CalendarEvent, StudentException, TeacherException
from app.models.consents import Consent, TokenFamily
from app.models.consumers import Application, ConsumerOrganisation, Grant
from app.models.duties import AssignmentRole, Duty
from app.models.groups import Group, GroupMembership
from app.models.organisations import Organisation
from app.models.persons import Enrolment, Person, Responsible
from app.models.placements import Placement, PlacementOwner
from app.models.programmes import Programme
from app.models.resources import Resource
from app.models.rooms import Room
from app.models.school_unit_offerings import OfferedSyllabus, SchoolUnitOffering
from app.models.syllabuses import Syllabus
from app.queries.access import FieldGroup, Scope
from app.queries.consents import living_consent

MADE = datetime(2026, 8, 1, 8, tzinfo=UTC)
LESSON = datetime(2026, 9, 1, 6, 10, tzinfo=UTC)
START, END = date(2026, 8, 1), date(2027, 6, 30)


def named(name: str) -> UUID:
    """The same id for the same name, in every test."""
    return uuid5(NAMESPACE_URL, name)


def base(name: str) -> dict[str, Any]:
    """What every object of the standard carries."""
    return {"id": named(name), "created": MADE, "modified": MADE}


def person(name: str, *, marking: str = "Ingen") -> Person:
    """A person whose given name is `name` and who has one value in every field group."""
    return Person(
        **base(name), given_name=name, family_name="Testsson", sort_name=f"testsson {name}",
        given_name_sort=name, family_name_sort="testsson", search_name=f"{name}\ntestsson",
        civic_no=f"20120101{named(name).int % 10_000:04d}", birth_date=date(2012, 1, 1),
        sex="Okänt",
        security_marking=marking, emails=[{"value": f"{name}@skola.example", "type": "Skola elev"}],
        edu_person_principal_names=[f"{name}@skola.example"],
        external_identifiers=[{"value": name, "context": "test", "globallyUnique": False}],
        photo=f"https://foto.example/{name}",
    )  # fmt: skip


UNITS = ("north", "south")
PUPILS = {"north": ("anna", "hidden-pupil"), "south": ("bo",)}
GUARDIANS = {"anna": "anna-parent", "hidden-pupil": "hidden-parent", "bo": "bo-parent"}
TEACHERS = {"north": ("north-teacher", "hidden-teacher"), "south": ("south-teacher",)}
PROTECTED = frozenset({"hidden-pupil", "hidden-teacher"})
EVERYONE = frozenset(
    name for names in (*PUPILS.values(), GUARDIANS.values(), *TEACHERS.values()) for name in names
)


def marking(name: str) -> str:
    """The security marking of a person of the town."""
    return "Skyddad folkbokföring" if name in PROTECTED else "Ingen"


def town(session: Session) -> None:
    """Two school units with pupils, guardians and teachers, one of each protected in the north.

    Every resource of the standard has at least one row about each pupil of each unit.
    """
    session.execute(text("SELECT skolnav_ensure_partitions('2026-08-01', '2027-06-01')"))
    session.execute(text("SELECT skolnav_ensure_months(current_date - 31, current_date + 62)"))
    add(session, Organisation(**base("city"), display_name="city", sort_name="city",
                              organisation_type="Huvudman"))  # fmt: skip
    add(session, *(person(name, marking=marking(name)) for name in sorted(EVERYONE)))
    add(
        session,
        Syllabus(**base("maths"), school_type="GR", subject_name="Matematik", subject_code="MA",
                 subject_name_sort="matematik", course_name_sort="", official=True),
        Programme(**base("science"), name="Natur", sort_name="natur", school_type="GY",
                  type="Högskoleförberedande program"),
    )  # fmt: skip
    for unit in UNITS:
        unit_rows(session, unit)
        for pupil in PUPILS[unit]:
            pupil_rows(session, unit, pupil)


def add(session: Session, *rows: SQLModel) -> None:
    """Insert rows now, in this order."""
    for row in rows:
        session.add(row)
        session.flush()


def unit_rows(session: Session, unit: str) -> None:
    """A school unit, its class, room, teachers, and one lesson in mathematics."""
    at: dict[str, Any] = {"organisation_id": named(unit)}
    klass, maths, lesson = f"{unit}-class", f"{unit}-maths", f"{unit}-lesson"
    add(
        session,
        Organisation(**base(unit), display_name=unit, sort_name=unit, parent_id=named("city"),
                     organisation_type="Skolenhet", school_types=["GR", "FTH"],
                     school_unit_code=unit),
        Room(**base(f"{unit}-room"), display_name="A1", sort_name="a1", owner_id=named(unit)),
        Resource(**base(f"{unit}-cart"), display_name="Vagn", sort_name="vagn",
                 owner_id=named(unit)),
        SchoolUnitOffering(**base(f"{unit}-offer"), school_unit_id=named(unit)),
        OfferedSyllabus(offering_id=named(f"{unit}-offer"), position=0,
                        syllabus_id=named("maths")),
        Group(**base(klass), **at, display_name=klass, sort_name=klass, start_date=START,
              end_date=END, group_type="Klass", school_type="GR"),
        Activity(**base(maths), **at, display_name=maths, sort_name=maths, start_date=START,
                 calendar_events_required=True, syllabus_id=named("maths")),
        ActivityGroup(activity_id=named(maths), position=0, group_id=named(klass)),
        CalendarEvent(**base(lesson), activity_id=named(maths), school_unit_id=named(unit),
                      start_time=LESSON, end_time=LESSON + timedelta(hours=1),
                      room_ids=[named(f"{unit}-room")], has_exceptions=True),
    )  # fmt: skip
    for position, teacher in enumerate(TEACHERS[unit]):
        duty = named(f"{teacher}-duty")
        add(
            session,
            Duty(**base(f"{teacher}-duty"), **at, person_id=named(teacher), duty_role="Lärare",
                 start_date=START, signature=teacher),
            AssignmentRole(duty_id=duty, position=0, group_id=named(klass),
                           assignment_role_type="Mentor"),
            ActivityTeacher(activity_id=named(maths), position=position, duty_id=duty),
            TeacherException(event_id=named(lesson), event_start=LESSON, position=position,
                             duty_id=duty, participates=True),
        )  # fmt: skip


def pupil_rows(session: Session, unit: str, pupil: str) -> None:
    """A pupil's enrolment, guardian, class, care, attendance and absence."""
    me, parent, at = named(pupil), named(GUARDIANS[pupil]), named(unit)
    position = PUPILS[unit].index(pupil)
    lesson, klass = named(f"{unit}-lesson"), named(f"{unit}-class")
    add(
        session,
        Enrolment(person_id=me, position=0, school_unit_id=at, school_type="GR", start_date=START),
        Responsible(child_id=me, position=0, person_id=parent, relation_type="Vårdnadshavare"),
        GroupMembership(group_id=klass, position=position, person_id=me),
        Placement(**base(f"{pupil}-place"), school_unit_id=at, child_id=me, school_type="FTH",
                  start_date=START),
        PlacementOwner(placement_id=named(f"{pupil}-place"), position=0, person_id=parent),
        AttendanceSchedule(**base(f"{pupil}-hours"), placement_id=named(f"{pupil}-place"),
                           number_of_weeks=1, start_date=START),
        AttendanceScheduleState(attendance_schedule_id=named(f"{pupil}-hours"), position=0,
                                state="Begärt", registered_at=MADE, registered_by_id=parent),
        AttendanceEvent(**base(f"{pupil}-in"), time=LESSON, event_type="In", person_id=me,
                        group_id=klass, school_unit_id=at, registered_by_id=parent),
        StudentException(event_id=lesson, event_start=LESSON, position=position, person_id=me,
                         participates=False),
        Attendance(**base(f"{pupil}-present"), event_start=LESSON, calendar_event_id=lesson,
                   activity_id=named(f"{unit}-maths"), school_unit_id=at, student_id=me,
                   is_reported=True, attendance_minutes=60,
                   reporter_id=named(TEACHERS[unit][0])),
        Absence(**base(f"{pupil}-away"), start_time=LESSON, end_time=LESSON + timedelta(hours=2),
                type="Anmäld frånvaro", student_id=me, school_unit_id=at,
                registered_by_id=parent),
    )  # fmt: skip


@dataclass(frozen=True)
class Consumer:
    """A registered application and a token for it."""

    client_id: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What a request of this consumer carries."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Consumers:
    """Registers applications and issues their tokens, without the token endpoint's detour."""

    database: Database
    issuer: str
    sealing_key: bytes
    key: ECKey = field(init=False)

    def __post_init__(self) -> None:
        now = datetime.now(UTC)
        with self.database.transaction() as session:
            self.key = current_signing_key(session, sealing_key=self.sealing_key, now=now)

    def consumer(
        self,
        *,
        scopes: Iterable[str] = tuple(Scope),
        organisations: Iterable[str] = ("city",),
        organisation_ids: Iterable[UUID] = (),
        school_types: Iterable[str] = (),
        field_groups: Iterable[str] = tuple(FieldGroup),
        sees_protected: bool = False,
        rate_tier: str = "city",
    ) -> Consumer:
        """An application with one grant, and a token with all the grant's scopes."""
        now = datetime.now(UTC)
        client_id = f"test-{uuid4().hex[:8]}"
        organisation = ConsumerOrganisation(id=uuid4(), name=client_id, created=now)
        application = Application(
            id=uuid4(), client_id=client_id, consumer_organisation_id=organisation.id,
            name=client_id, token_endpoint_auth_methods=["private_key_jwt"], created=now,
        )  # fmt: skip
        roots = [*organisation_ids] or [*map(named, organisations)]
        grant = Grant(
            id=uuid4(), application_id=application.id, agreement_reference="T-1", purpose="test",
            scopes=list(scopes), organisation_ids=roots,
            school_types=list(school_types), field_groups=list(field_groups),
            sees_protected=sees_protected, rate_tier=rate_tier, created=now,
            valid_from=local_day(now - timedelta(days=1)),
            valid_to=local_day(now + timedelta(days=30)),
        )  # fmt: skip
        with self.database.transaction() as session:
            add(session, organisation, application, grant)
        token = issue_token(
            self.key, issuer=self.issuer, client_id=client_id, scopes=frozenset(scopes),
            jti=uuid4().hex, now=now, lifetime=timedelta(minutes=5),
        )  # fmt: skip
        return Consumer(client_id, token)

    def acting_for(
        self, consumer: Consumer, person: str | UUID, *, children: Iterable[str | UUID] = (),
        scopes: Iterable[str] = tuple(Scope), consented: Iterable[str] | None = None,
    ) -> Consumer:  # fmt: skip
        """The same application with the token of a person who allowed it this much."""
        now = datetime.now(UTC)
        person_id, *child_ids = (
            one if isinstance(one, UUID) else named(one) for one in (person, *children)
        )
        family_id = uuid4()
        with self.database.transaction() as session:
            application = session.exec(
                select(Application).where(Application.client_id == consumer.client_id)
            ).one()
            consent = living_consent(session, application_id=application.id, person_id=person_id)
            if consent is None:
                consent = Consent(
                    id=uuid4(), application_id=application.id, person_id=person_id,
                    scopes=list(scopes if consented is None else consented),
                    child_ids=child_ids, created=now,
                )  # fmt: skip
            family = TokenFamily(id=family_id, consent_id=consent.id, scopes=list(scopes),
                                 created=now, expires=now + timedelta(days=1))  # fmt: skip
            add(session, consent, family)
        token = issue_token(
            self.key, issuer=self.issuer, client_id=consumer.client_id, scopes=frozenset(scopes),
            jti=uuid4().hex, now=now, lifetime=timedelta(minutes=5),
            acting=Acting(person_id, family_id),
        )  # fmt: skip
        return Consumer(consumer.client_id, token)
