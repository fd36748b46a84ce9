"""Builds the door `/me/v1` as an application of its own, with its own document."""

from typing import Any

from fastapi import FastAPI

from app.queries.access import Scope
from app.routers.me import operations, own
from app.routers.me.described import PERIOD
from app.routers.me.operations import CHILDREN_SCOPES, PREFIX
from app.schemas.me import Lesson, Today
from app.schemas.me_attendance import OwnAttendance, Roster
from app.schemas.me_children import Child
from app.schemas.problems import BodyProblem
from app.web.descriptions import id_parameter
from app.web.documents import FOR_PEOPLE, describe
from app.web.doors import new_door, tell_api_info
from app.web.failures import handle_errors
from app.web.operations import Operation, add
from app.web.problems import render_problem

VERSION = "1.0.0"
RELEASED = "2026-12-01"
DESCRIPTION = """What an app shows a guardian, pupil, teacher or head who has signed in, one call
for each screen. It is for tokens got with `authorization_code`. An answer holds what the person may
see today and has consented to, within what the app's own grant allows: children under eighteen whom
the register names the person a guardian of, oneself, one's own teaching. Ids are those of SS 12000.
"""

REFUSALS = {
    400: "A parameter, a header or the body is wrong or missing; `errors` names every fault of "
    "the body.",
    401: "No valid access token.",
    403: "The token lacks the scope that the message names, or acts for nobody.",
    406: "Accept excludes application/json.",
    414: "The query string is too long.",
    429: "The rate limit is used up; see Retry-After.",
    503: "Try again later.",
}

OPERATIONS = (
    Operation(
        "/today", operations.today, "getToday", "The day of everyone in view",
        (Scope.SCHEDULE_READ,), Today,
        "Who is signed in; the person's own day, if a pupil, and their children's; a teacher's own "
        "teaching. Today until its last lesson is over, then the next day with lessons. Absences, "
        "attendance and care need `attendance:read` too; without it they are left out and named in "
        "`omitted`. `sources` tells how fresh the data is: what a source system cannot tell now is "
        "answered as it last was.",
    ),
    Operation(
        "/lessons", operations.lessons, "listLessons", "Lessons between two days",
        (Scope.SCHEDULE_READ,), list[Lesson],
        "Of the persons in view, in order of time, cancelled ones included; and those that the "
        "signed-in person teaches, unless `student` is given.",
        PERIOD,
    ),
    Operation(
        "/children", operations.children, "listChildren", "The children in view",
        CHILDREN_SCOPES, list[Child],
        "Those that the signed-in person answers for and shares with this app, each with its "
        "school, its place in care and its classes of today. Empty for everybody else.",
    ),
    Operation(
        "/attendance", operations.attendance, "listAttendance",
        "Attendance between two days, with sums", (Scope.ATTENDANCE_READ,), OwnAttendance,
        "Of the persons in view: each lesson that attendance is known of, and what the reported "
        "ones come to by subject and by ISO week.",
        PERIOD,
    ),
    Operation(
        "/lessons/{id}/roster", operations.roster, "getRoster", "Who is to be at a lesson",
        (Scope.SCHEDULE_READ, Scope.ATTENDANCE_READ), Roster,
        "For whoever teaches the lesson, or heads its unit: the pupils of its groups on that day, "
        "as far as the signed-in person teaches or heads them today, the absent first. "
        "A substitute is told on the day of the lesson. Needs both scopes.",
        (id_parameter(),), {404: "No such lesson that the signed-in person teaches or heads."},
        needs_all=True,
    ),
)  # fmt: skip

ALL = (*OPERATIONS, *own.OPERATIONS)


def build_door() -> FastAPI:
    """The application to be mounted at `/me/v1`."""
    door = new_door("Skolnav me", version=VERSION, description=DESCRIPTION, document=document,
                    published="me.json")  # fmt: skip
    for operation in ALL:
        add(door, operation, REFUSALS)
    tell_api_info(door, name="me", prefix=PREFIX, released=RELEASED)
    handle_errors(door, render_problem)
    return door


def document(door: FastAPI) -> dict[str, Any]:
    """The door's OpenAPI document."""
    scopes = {scope for operation in ALL for scope in operation.scopes}
    bodies = [operation.body for operation in ALL if operation.body is not None]
    return describe(
        door, server=PREFIX, scopes=scopes, bodies=[BodyProblem, *bodies], flows=FOR_PEOPLE
    )
