"""The apps that a person allows something, with the children by name."""

from sqlmodel import Session

from app.queries.access import Access
from app.queries.json_text import (
    array,
    json_object,
    listed_or_empty,
    member,
    plain,
    text,
)
from app.queries.me import timetable as tt
from app.queries.me.answering import recorded, render_of, values_for, view_of
from app.queries.resource import Shape

ALLOWED = """allowed AS MATERIALIZED (
    SELECT co.id, co.scopes, co.child_ids, co.created, co.last_used, ap.name, og.name AS maker
      FROM consent co JOIN application ap ON ap.id = co.application_id
      JOIN consumer_organisation og ON og.id = ap.consumer_organisation_id
     WHERE co.person_id = %(me)s AND co.revoked_at IS NULL
)"""
PERSONS = """%(me)s::uuid || ARRAY(
    SELECT asked.id FROM asked WHERE EXISTS (
        SELECT 1 FROM allowed one WHERE asked.id = ANY(one.child_ids)))"""


def read_apps(session: Session, access: Access, *, request_id: str) -> bytes:
    """The apps as an array, the newest permission first; logged when the transaction ends."""
    child = json_object(
        member("id", plain("asked.id")),
        member("givenName", text("asked.given_name")),
        member("familyName", text("asked.family_name")),
    )
    order = "asked.birth_date NULLS LAST, asked.given_name, asked.id"
    app = json_object(
        member("id", plain("al.id")),
        member("name", text("al.name")),
        member("maker", text("al.maker")),
        member("scopes", array("al.scopes")),
        member(
            "children", listed_or_empty(child, "asked WHERE asked.id = ANY(al.child_ids)", order)
        ),
        member("since", text("al.created")),
        member("lastUsed", text("al.last_used")),
    )
    statement = f"""
WITH {tt.asked(render_of(Shape.of(access)))}, {ALLOWED},
{recorded("count(*)", PERSONS, of="allowed")}
SELECT {listed_or_empty(app, "allowed al", "al.created DESC, al.id")}"""
    # The app that asks is told of no child that is not in its own view.
    people = view_of(access).children
    values = values_for(access, "me.apps", request_id, filters={}, people=people)
    document: str = session.connection().exec_driver_sql(statement, values).scalar_one()
    return document.encode()
