"""A guardian's children in view, each with where it goes today."""

from functools import lru_cache

from app.database import Database
from app.queries.access import Access
from app.queries.json_text import json_object, listed_or_empty, literal, member, plain, text
from app.queries.me import timetable as tt
from app.queries.me.answering import (
    recorded,
    render_of,
    run,
    seen,
    values_for,
    view_of,
    with_version,
)
from app.queries.reading import Found
from app.queries.resource import Render, Shape
from app.schemas.enums import GroupType

TODAY = "%(today)s::date"


def read_children(database: Database, access: Access, *, request_id: str) -> Found:
    """The children as an array; logged when this returns. Raises DatabaseUnavailable."""
    people = view_of(access).children
    values = values_for(access, "me.children", request_id, filters={}, people=people)
    found = run(database, access, children_statement(Shape.of(access)), values)
    assert found is not None, "an array is always answered"
    return found


@lru_cache(maxsize=256)
def children_statement(shape: Shape) -> bytes:
    """One row: the children, and the version of the tables."""
    render = render_of(shape)
    child = json_object(
        member("id", plain("asked.id")),
        member("givenName", text("asked.given_name")),
        member("familyName", text("asked.family_name")),
        member("schools", _schools(render)),
        member("care", _care(render)),
        member("groups", _groups(render)),
    )
    order = "asked.birth_date NULLS LAST, asked.given_name, asked.id"
    return with_version(f"""
WITH {tt.asked(render)}, {recorded("count(*)", "array_agg(asked.id)", of="asked")}
SELECT {listed_or_empty(child, "asked", order)}, {{version}}""")


def _schools(render: Render) -> str:
    body = json_object(
        member("unit", _named("og.id", "og.display_name")),
        member("schoolType", text("en.school_type")),
        member("schoolYear", literal("en.school_year")),
    )
    rows = (
        "enrolment en JOIN organisation og ON og.id = en.school_unit_id "
        f"WHERE en.person_id = asked.id AND en.cancelled IS NOT TRUE AND {tt.covers('en', TODAY)} "
        f"AND {render.within('en.school_unit_id')} AND {render.school_type('en.school_type')}"
    )
    return listed_or_empty(body, rows, "en.position")


def _care(render: Render) -> str:
    body = json_object(
        member("unit", _named("og.id", "og.display_name")),
        member("schoolType", text("pl.school_type")),
        member(
            "group", f"(SELECT {_named('gr.id', 'gr.display_name')} FROM school_group gr "
            f"WHERE gr.id = pl.group_id AND {seen(render, 'groups', 'gr')})",
        ),
    )  # fmt: skip
    rows = (
        "placement pl JOIN organisation og ON og.id = pl.school_unit_id "
        f"WHERE pl.child_id = asked.id AND {tt.covers('pl', TODAY)} "
        f"AND {seen(render, 'placements', 'pl')}"
    )
    return listed_or_empty(body, rows, "pl.start_date, pl.id")


def _groups(render: Render) -> str:
    """Classes and departments; not every teaching group."""
    kinds = ", ".join(f"'{kind}'" for kind in (GroupType.KLASS, GroupType.AVDELNING))
    body = json_object(
        member("id", plain("gr.id")),
        member("name", text("gr.display_name")),
        member("type", text("gr.group_type")),
    )
    rows = (
        "(SELECT DISTINCT gm.group_id FROM group_membership gm "
        f"WHERE gm.person_id = asked.id AND {tt.covers('gm', TODAY)}) gm "
        f"JOIN school_group gr ON gr.id = gm.group_id AND gr.group_type IN ({kinds}) "
        f"AND {tt.covers('gr', TODAY)} AND {seen(render, 'groups', 'gr')}"
    )
    return listed_or_empty(body, rows, "gr.sort_name, gr.id")


def _named(identifier: str, name: str) -> str:
    return json_object(member("id", plain(identifier)), member("name", text(name)))
