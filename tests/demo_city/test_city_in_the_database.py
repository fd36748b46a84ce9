"""What holds in a loaded city."""

from typing import LiteralString
from uuid import UUID

import psycopg
import pytest

from app.database import Database
from app.errors import ConfigurationError
from app.services.demo_city import load_demo_city
from app.sources.demo_city.plan import CityPlan
from app.sources.demo_city.school_days import SchoolYear
from app.sources.swedish_order import person_sort_name
from tests.demo_city.conftest import PUPILS, TODAY, silent

City = psycopg.Connection
YEAR = SchoolYear(2026)


def one(city: City, query: LiteralString) -> int:
    """The number that a query answers."""
    row = city.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def test_it_has_as_many_pupils_as_asked_for(city: City) -> None:
    assert (
        one(
            city,
            "SELECT count(*) FROM ("
            "SELECT person_id FROM enrolment UNION SELECT child_id FROM placement) x",
        )
        == PUPILS
    )


def test_every_lesson_is_on_a_day_with_lessons(city: City) -> None:
    days = {day for (day,) in city.execute("SELECT DISTINCT start_time::date FROM calendar_event")}
    assert days == {each.day for each in YEAR.days}


def test_lessons_begin_at_the_same_clock_time_all_year(city: City) -> None:
    times = city.execute(
        "SELECT (start_time < '2026-10-25') AS summer, min(start_time::time)::text"
        " FROM calendar_event WHERE start_time < '2027-02-01' GROUP BY 1"
    ).fetchall()
    assert dict(times) == {True: "08:10:00", False: "08:10:00"}


def test_no_class_and_no_teacher_is_in_two_lessons_at_once(city: City) -> None:
    twice = """
        SELECT count(*) FROM (
            SELECT 1 FROM calendar_event e JOIN {} t USING (activity_id)
              JOIN activity a ON a.id = e.activity_id AND a.activity_type = 'Undervisning'
             WHERE e.comment IS DISTINCT FROM 'Flyttad lektion'
             GROUP BY t.{}, e.start_time HAVING count(*) > 1) x"""
    for table, column in (("activity_group", "group_id"), ("activity_teacher", "duty_id")):
        query = twice.format(table, column)
        assert one(city, query) == 0, table
        assert one(city, query.replace("> 1", "= 1")) > 1_000, "the query finds no lessons"


@pytest.mark.parametrize("query", [
    "SELECT count(*) FROM calendar_event WHERE cancelled",
    "SELECT count(*) FROM calendar_event WHERE comment = 'Flyttad lektion'",
    "SELECT count(*) FROM teacher_exception WHERE participates",
    "SELECT count(*) FROM student_exception WHERE participates",
    "SELECT count(*) FROM student_exception WHERE NOT participates",
    "SELECT count(*) FROM calendar_event WHERE resource_ids IS NOT NULL",
    "SELECT count(*) FROM attendance WHERE invalid_absence_minutes > 0",
    "SELECT count(*) FROM attendance WHERE valid_absence_minutes > 0",
    "SELECT count(*) FROM absence WHERE type = 'Beviljad ledighet'",
    "SELECT count(*) FROM attendance_schedule WHERE temporary",
    "SELECT count(*) FROM attendance_schedule_state WHERE state = 'Nekat'",
    "SELECT count(*) FROM assignment_role WHERE assignment_role_type = 'Mentor'",
    "SELECT count(*) FROM school_group WHERE group_type = 'Undervisning' AND school_type = 'GR'",
    "SELECT count(*) FROM enrolment WHERE programme_id IS NOT NULL",
    "SELECT count(*) FROM organisation WHERE school_types && '{GY,SFI}'",
])  # fmt: skip
def test_it_has_one_of_everything(city: City, query: LiteralString) -> None:
    assert one(city, query) > 0


def test_half_classes_take_turns_every_other_week(city: City) -> None:
    weeks = city.execute("""
        SELECT count(*), count(DISTINCT start_time::date) FROM calendar_event e
          JOIN activity a ON a.id = e.activity_id WHERE a.display_name LIKE 'Slöjd 7A 1'
         GROUP BY a.id""").fetchall()
    assert weeks and all(days <= len(YEAR.days) // 5 + 2 for _, days in weeks)


def test_lessons_know_whether_they_have_exceptions(city: City) -> None:
    assert (
        one(
            city,
            """
        SELECT count(*) FROM calendar_event e WHERE has_exceptions <> (
            EXISTS (SELECT 1 FROM student_exception WHERE event_id = e.id)
            OR EXISTS (SELECT 1 FROM teacher_exception WHERE event_id = e.id))""",
        )
        == 0
    )


def test_attendance_is_of_held_lessons_and_adds_up(city: City) -> None:
    assert (
        one(
            city,
            """
        SELECT count(*) FROM attendance a
          LEFT JOIN calendar_event e ON e.id = a.calendar_event_id
           AND e.start_time = a.event_start AND e.activity_id = a.activity_id AND NOT e.cancelled
         WHERE e.id IS NULL OR extract(epoch FROM e.end_time - e.start_time) / 60 <>
               attendance_minutes + valid_absence_minutes + invalid_absence_minutes
               + other_attendance_minutes""",
        )
        == 0
    )
    days = one(city, "SELECT count(DISTINCT event_start::date) FROM attendance")
    assert days == 5


def test_nothing_recorded_lies_in_the_future(city: City) -> None:
    for table in ("person", "calendar_event", "attendance", "attendance_event", "absence"):
        query = (
            "SELECT count(*) FILTER (WHERE greatest(created, modified) >= %s), count(*) > 0 "
            f"FROM {table}"
        )
        row = city.execute(query.encode(), (TODAY,)).fetchone()
        assert row == (0, True), table
    assert (
        one(
            city,
            """
        SELECT count(*) FROM change_clock
         WHERE stamp < (SELECT max(modified) FROM attendance_event)""",
        )
        == 0
    )


def test_children_come_and_leave_once_a_day(city: City) -> None:
    assert (
        one(
            city,
            """
        SELECT count(*) FROM (
            SELECT 1 FROM attendance_event GROUP BY person_id, time::date
            HAVING array_agg(event_type ORDER BY time) <> '{In,Ut}') x""",
        )
        == 0
    )
    assert one(city, "SELECT count(*) FROM attendance_event") > 100


def test_even_a_small_city_has_protected_people_in_every_role(city: City) -> None:
    protected = "FROM person p WHERE security_marking <> 'Ingen' AND EXISTS (SELECT 1 FROM "
    for relation, fewest in (
        ("enrolment e WHERE e.person_id = p.id", 2),
        ("duty d WHERE d.person_id = p.id", 1),
        ("teacher_exception t JOIN duty d ON d.id = t.duty_id WHERE d.person_id = p.id", 1),
        ("student_exception s WHERE s.person_id = p.id", 2),
        ("placement c WHERE c.child_id = p.id", 1),
        ("placement_owner o WHERE o.person_id = p.id", 1),
    ):
        row = city.execute(f"SELECT count(*) {protected}{relation})".encode()).fetchone()
        assert row is not None and row[0] >= fewest, relation
    assert (
        one(
            city,
            """
        SELECT count(*) FROM person WHERE security_marking <> 'Ingen'
           AND addresses @> '[{"type": "Folkbokföring"}]'""",
        )
        == 0
    )


def test_some_guardians_live_apart_and_some_have_children_in_several_schools(city: City) -> None:
    assert (
        one(
            city,
            """
        SELECT count(*) FROM (SELECT r.person_id FROM responsible r
          JOIN person_relation e ON e.person_id = r.child_id
           AND e.kind IN ('enrolment', 'placement.child')
         GROUP BY 1 HAVING count(DISTINCT e.organisation_id) > 1) x""",
        )
        > 10
    )
    assert (
        one(
            city,
            """
        SELECT count(*) FROM responsible a JOIN responsible b USING (child_id)
          JOIN person p ON p.id = a.person_id JOIN person q ON q.id = b.person_id
         WHERE a.position < b.position AND p.addresses <> q.addresses""",
        )
        > 10
    )


def test_contact_details_reach_nobody(city: City) -> None:
    assert (
        one(
            city,
            """
        SELECT count(*) FROM person, jsonb_array_elements(phone_numbers) n
         WHERE n->>'value' NOT BETWEEN '+46701740605' AND '+46701740699'""",
        )
        == 0
    )
    assert (
        one(
            city,
            r"""
        SELECT count(*) FROM person, jsonb_array_elements(emails) n
         WHERE n->>'value' !~ '^[a-z0-9]+@(elev\.)?example\.(com|org)$'""",
        )
        == 0
    )
    assert (
        one(
            city,
            """
        SELECT count(*) FROM person
         WHERE substr(civic_no, 9, 3) NOT BETWEEN '980' AND '999'""",
        )
        == 0
    )
    for column in ("phone_numbers", "emails", "civic_no"):
        some = f"SELECT count({column}) > 100 FROM person"
        assert city.execute(some.encode()).fetchone() == (True,), column


def test_people_are_stored_with_their_swedish_sort_keys(city: City) -> None:
    people = city.execute("SELECT given_name, family_name, sort_name FROM person").fetchall()
    assert len(people) > PUPILS
    for given, family, key in people:
        assert key == person_sort_name(given, family)


def test_about_three_in_a_thousand_are_protected() -> None:
    plan = CityPlan(20_000, 1, TODAY, 2026)
    chance = plan.chance("share")
    assert 0.002 < sum(chance.random() < 0.003 for _ in range(100_000)) / 100_000 < 0.004


def load(database: Database, *, replace: bool = False, seed: int = 1) -> dict[str, int]:
    """Load the smallest city."""
    return load_demo_city(
        database, pupils=200, seed=seed, today=TODAY, progress=silent,
        replace=replace, history_days=1,
    )  # fmt: skip


def people(database: Database) -> set[UUID]:
    """Who lives in the loaded city."""
    with psycopg.connect(database.url) as connection:
        return {identity for (identity,) in connection.execute("SELECT id FROM person")}


def test_a_database_that_has_organisations_is_refused_unless_they_are_to_be_replaced(
    database: Database,
) -> None:
    load(database)
    with pytest.raises(ConfigurationError, match="already holds organisations"):
        load(database, seed=2)
    first = people(database)
    counts = load(database, replace=True, seed=2)
    second = people(database)
    assert len(second) == counts["person"] and not first & second


def test_a_city_too_small_to_hold_its_parts_is_refused(database: Database) -> None:
    with pytest.raises(ConfigurationError, match="at least 200"):
        load_demo_city(database, pupils=3, seed=1, today=TODAY, progress=silent)


def test_progress_tells_how_many_pupils_are_done(database: Database) -> None:
    told: dict[str, list[tuple[int, int]]] = {}
    load_demo_city(
        database, pupils=200, seed=1, today=TODAY, history_days=0,
        progress=lambda what, done, total: told.setdefault(what, []).append((done, total)),
    )  # fmt: skip
    made, indexed = told.values()
    assert made[0] == (0, 200) and made[-1] == (200, 200) and made == sorted(made)
    assert indexed == [(0, 1), (1, 1)]
