"""The operations of people on what is theirs: absences, permissions, the log, feeds."""

from app.queries.access import Scope
from app.routers.me import absences, feeds, privacy
from app.routers.me.described import LANG, PERIOD
from app.schemas.me_absences import NewOwnAbsence, PersonsAbsence
from app.schemas.me_feeds import CalendarFeed, MadeFeed, NewCalendarFeed
from app.schemas.me_privacy import AllowedApp, ReadingsPage
from app.web.descriptions import IDEMPOTENCY_KEY, IF_MATCH, PAGING, id_parameter
from app.web.operations import Operation

OPERATIONS = (
    Operation(
        "/absences", absences.list_absences, "listAbsences", "Absences between two days",
        (Scope.ATTENDANCE_READ,), list[PersonsAbsence],
        "Those that touch the period, of the signed-in person, their children and those in their "
        "charge, in order of time. Withdrawn ones are there: their report says so.",
        PERIOD,
    ),
    Operation(
        "/absences", absences.create_absence, "createAbsence", "Report an absence",
        (Scope.ABSENCES_WRITE,), PersonsAbsence,
        "For a guardian of a child under eighteen, or for an adult pupil. It is registered by the "
        "signed-in person, and delivered to each source system that takes absences. A person may "
        "report 20 within 24 hours.",
        (IDEMPOTENCY_KEY,),
        {404: "No such person whose absence the signed-in person may report, or no such unit.",
         409: "The pupil has an absence at this time already, or (`idempotencyKeyReused`) the "
              "Idempotency-Key came with something else before."},
        method="POST", body=NewOwnAbsence,
    ),
    Operation(
        "/absences/{id}", absences.get_absence, "getAbsence", "One absence",
        (Scope.ATTENDANCE_READ,), PersonsAbsence,
        "With whether each source system has taken it.",
        (id_parameter(),), {404: "No such absence of a person in view."},
    ),
    Operation(
        "/absences/{id}/withdrawal", absences.withdraw_absence, "withdrawAbsence",
        "Withdraw a report: its absence is deleted, the report stays",
        (Scope.ABSENCES_WRITE,), PersonsAbsence,
        "Only for whoever may report the pupil's absence. Withdrawing again changes nothing.",
        (id_parameter(), IF_MATCH),
        {404: "No such report that the signed-in person may withdraw.",
         409: "It is leave that the school granted.",
         412: "The absence is in another state than If-Match names."},
        method="PUT",
    ),
    Operation(
        "/apps", privacy.list_apps, "listApps",
        "The apps that the signed-in person allows something",
        (Scope.PRIVACY,), list[AllowedApp],
        "The newest permission first, also of apps that the city has shut out meanwhile.",
        tagged=False,
    ),
    Operation(
        "/apps/{id}", privacy.withdraw_app, "withdrawApp", "Take back what an app was allowed",
        (Scope.PRIVACY,), None,
        "Its tokens are refused at their next request, and its refresh tokens and calendar feeds "
        "end. An app may take back its own permission.",
        (id_parameter(),), {404: "No such app among those that the signed-in person allows "
                                 "something."},
        method="DELETE",
    ),
    Operation(
        "/access-log", privacy.access_log, "listReadings",
        "Who read about the signed-in person and their children",
        (Scope.PRIVACY,), ReadingsPage,
        "Each app and system, with whether it is certain; the newest first. Readings of this "
        "operation are in it, too. Pages that were read for people who are neither a guardian of "
        "the child nor staff are left out where nothing makes it certain.",
        (*PERIOD, LANG, *PAGING), {410: "The pageToken has expired; start again without it."},
        tagged=False,
    ),
    Operation(
        "/calendar-feeds", feeds.list_feeds, "listCalendarFeeds",
        "The calendar feeds that this app made for the signed-in person", (Scope.CALENDAR_FEEDS,),
        list[CalendarFeed],
        "Without their addresses, which are told once. Of children that are in view; a feed of "
        "another answers nothing.",
        tagged=False,
    ),
    Operation(
        "/calendar-feeds", feeds.create_feed, "createCalendarFeed",
        "Make a secret address of somebody's lessons",
        (Scope.CALENDAR_FEEDS, Scope.SCHEDULE_READ), MadeFeed,
        "iCalendar (RFC 5545) for a calendar program, without login: the address is the secret, "
        "and is told once. It answers while the permission, the person's relation to the child "
        "and the app's agreement last. Needs both scopes.",
        (),
        {404: "No such person in view.", 409: "The app has made 20 feeds for this person."},
        needs_all=True, method="POST", body=NewCalendarFeed, tagged=False,
    ),
    Operation(
        "/calendar-feeds/{id}", feeds.delete_feed, "deleteCalendarFeed", "End a calendar feed",
        (Scope.CALENDAR_FEEDS,), None, "Its address answers nothing from now on.",
        (id_parameter(),), {404: "No such feed that this app made for the signed-in person."},
        method="DELETE",
    ),
)  # fmt: skip
