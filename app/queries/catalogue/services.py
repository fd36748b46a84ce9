"""Services of both kinds as people look for them: by words, by use, on a day."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from app.queries.catalogue.versions import (
    COLUMNS,
    FROM,
    PLAN_ANEW,
    Version,
    counting,
    holding,
    version_of,
)

# Of the letters that two words share, as pg_trgm counts them; less is another word.
ALIKE = 0.4
WORD = re.compile(r"[^\W_]+")
MOST_WORDS = 12
# The parameters that one and the same usage must meet.
OF_USAGES = ("informationType", "schoolForm", "purposeCategory", "userGroup")
# Services by what they are called in parameters, as their sections.
KINDS_OF_SERVICES = {"it": ("itServices",), "public": ("publicServices",)}
BOTH_KINDS = ("itServices", "publicServices")
SORTS = {"name": "v.sort_key, v.id", "-modified": "v.published DESC, v.id",
         "modified": "v.published, v.id"}  # fmt: skip


def _listed(column: str, name: str) -> str:
    return f"jsonb_build_object('{column}', jsonb_build_array(CAST(:use_{name} AS text)))"


# What a document holds that meets a filter of use. A service has no category of purpose.
USED = {
    "informationType": _listed("informationTypes", "informationType"),
    "schoolForm": _listed("schoolForms", "schoolForm"),
    "userGroup": _listed("userGroups", "userGroup"),
    "purposeCategory":
        "jsonb_build_object('purposeCategory', CAST(:use_purposeCategory AS text))",
}  # fmt: skip
FORM_OF_SERVICE = f"(v.document @> {USED['schoolForm']} OR v.document->'allSchoolForms' = 'true')"
# What a replacement must concern: all that was asked about, or any of it.
CONCERNED = """(jsonb_typeof(e->'schoolForms') = 'null' OR {unnamed_form}
                e->'schoolForms' ? CAST(:school_form AS text))
           AND (jsonb_typeof(e->'informationTypes') = 'null' OR {unnamed_type}
                e->'informationTypes' ? CAST(:information_type AS text))"""
WHOLLY = CONCERNED.format(unnamed_form="", unnamed_type="")
AT_ALL = CONCERNED.format(
    unnamed_form="CAST(:school_form AS text) IS NULL OR",
    unnamed_type="CAST(:information_type AS text) IS NULL OR",
)
# By the day it is wholly replaced, by something that is known.
REPLACED = f"""EXISTS (
 SELECT FROM jsonb_array_elements(v.derived->'replacements') AS e
  WHERE (e->>'whole')::boolean AND e->>'serviceId' IS NOT NULL AND (e->>'last')::date < :valid_on
    AND {WHOLLY})"""
# It comes in the place of another, at a time that is planned. All successors are read once: looked
# for service by service, the whole catalogue was, whenever the planner thought little of its index.
SUCCEEDS = f"""v.id IN (
 SELECT e->>'serviceId'
   FROM catalogue_version b, jsonb_array_elements(b.derived->'replacements') AS e
  WHERE b.section = 'itServices' AND {{at}} AND e->>'serviceId' IS NOT NULL
    AND {{when}} AND {AT_ALL})"""
LATER = "(e->>'first')::date > :valid_on"
# Replacements that a question of a day rests on: those whose time is known.
PLANNED_ENTRY = "e->>'first' IS NOT NULL"
CHANGING = f"""EXISTS (
 SELECT FROM jsonb_array_elements(v.derived->'replacements') AS e
  WHERE CAST(:valid_on AS date) BETWEEN (e->>'first')::date AND (e->>'last')::date AND {AT_ALL})"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for. `filters` by their names; `kinds` are sections."""

    kinds: tuple[str, ...] = BOTH_KINDS
    words: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    valid_on: date | None = None
    recorded_on: datetime | None = None
    modified_since: datetime | None = None
    sort: str | None = None
    limit: int = 100
    page: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """A page of services, and how many there are in all; with `valid_on`, how sure each is.

    `changing`: its replacement is planned for a period that the day is in. `planned`: it is to
    come in the place of another by then. `unknown`: nobody says since when it is used.
    """

    services: list[Version]
    total: int
    certainties: list[str | None]


def find_services(session: Session, asked: Asked) -> Found:
    """One page. What is unknown meets no filter, but an unknown day excludes nothing."""
    conditions, values = _conditions(asked)
    order, tables = SORTS[asked.sort or "name"], FROM
    session.execute(PLAN_ANEW)
    if asked.words is not None:
        session.execute(text(f"SET LOCAL pg_trgm.word_similarity_threshold = {ALIKE}"))
        tables += " JOIN catalogue_words w USING (section, id)"
        conditions.append("(w.words @@ to_tsquery('swedish', :tsquery) OR :words <% w.names)")
        each = prefixes(asked.words)
        values |= {"words": asked.words.lower(), "tsquery": " | ".join(each)}
        values |= {f"word_{number}": word for number, word in enumerate(each)}
        if asked.sort is None:
            order = f"{_rank(len(each))} DESC, {order}"
    sql = (
        f"SELECT {COLUMNS}, count(*) OVER () AS total, {_certainty(asked)} AS certainty "
        f"FROM {tables} "
        f"WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT :limit OFFSET :offset"
    )
    rows = session.execute(text(sql), values).all()
    total = rows[0].total if rows else 0
    if not rows and asked.page > 1:
        total = find_services(session, _first_of(asked)).total
    return Found([version_of(row) for row in rows], total, [row.certainty for row in rows])


def prefixes(words: str) -> list[str]:
    """Each of the words as what begins with it: Swedish compounds are long."""
    return [f"'{word}':*" for word in WORD.findall(words.lower())[:MOST_WORDS]]


def _rank(words: int) -> str:
    """How like its names are, and how many of the words stand anywhere; stop words count for
    nothing.
    """
    queries = [f"to_tsquery('swedish', :word_{number})" for number in range(words)]
    stand = " + ".join(["0", *(f"(w.words @@ {one})::int" for one in queries)])
    count = " + ".join(["0", *(f"(numnode({one}) > 0)::int" for one in queries)])
    return (
        f"(2 * word_similarity(:words, w.names) + 2.0 * ({stand}) / greatest(1, {count}) "
        "+ ts_rank(w.words, to_tsquery('swedish', :tsquery)))"
    )


def _first_of(asked: Asked) -> Asked:
    return Asked(
        asked.kinds, asked.words, asked.filters, asked.valid_on, asked.recorded_on,
        asked.modified_since, asked.sort, 1, 1,
    )  # fmt: skip


def _conditions(asked: Asked) -> tuple[list[str], dict[str, Any]]:
    given = asked.filters
    values: dict[str, Any] = {
        "at": asked.recorded_on, "sections": list(asked.kinds), "valid_on": asked.valid_on,
        "limit": asked.limit, "offset": asked.limit * (asked.page - 1),
        "school_form": given.get("schoolForm"), "information_type": given.get("informationType"),
    }  # fmt: skip
    conditions = [counting(asked.recorded_on), "v.section = ANY(:sections)"]
    for name, column in (("category", "category"), ("deliveryModel", "deliveryModel"),
                         ("status", "status"), ("supplier", "supplierId"),
                         ("organisation", "organisationId")):  # fmt: skip
        if name in given:
            conditions.append(f"v.document @> CAST(:{name} AS jsonb)")
            values[name] = json.dumps({column: given[name]})
    if "agreementStatus" in given:
        conditions.append(
            "EXISTS (SELECT FROM catalogue_version a WHERE a.section = 'agreements' AND "
            f"{counting(asked.recorded_on, 'a')} AND a.document @> jsonb_build_object("
            "'status', CAST(:agreement AS text), 'services', jsonb_build_array(v.id)))"
        )
        values["agreement"] = given["agreementStatus"]
    if asked.modified_since is not None:
        conditions.append("v.published > :modified_since")
        values["modified_since"] = asked.modified_since
    conditions += _of_use(asked, values)
    if asked.valid_on is not None:
        conditions += [holding(), f"NOT {REPLACED}", f"NOT {_succeeds(asked, LATER)}"]
    return conditions, values


def _of_use(asked: Asked, values: dict[str, Any]) -> list[str]:
    """A usage that meets them all, or the service itself where it can say so."""
    given = {name: asked.filters[name] for name in OF_USAGES if name in asked.filters}
    if not given:
        return []
    values |= {f"use_{name}": value for name, value in given.items()}
    usages = [
        "u.section = 'serviceUsages'", counting(asked.recorded_on, "u"),
        holding("u"),
        *(f"u.document @> {USED[name]}" for name in given if name != "schoolForm"),
    ]  # fmt: skip
    services = [
        FORM_OF_SERVICE if name == "schoolForm" else f"v.document @> {USED[name]}" for name in given
    ]
    used = f"SELECT u.document->>'serviceId' FROM catalogue_version u WHERE {' AND '.join(usages)}"
    if "schoolForm" not in given:
        usage = f"v.id IN ({used})"
    else:
        # A usage for which no school form is known is in those of its service.
        usage = (
            f"v.id IN ({used} AND u.document @> {USED['schoolForm']}) OR ({FORM_OF_SERVICE} "
            f"AND v.id IN ({used} AND jsonb_typeof(u.document->'schoolForms') = 'null'))"
        )
    return [f"(({' AND '.join(services)}) OR {usage})"]


def _succeeds(asked: Asked, when: str) -> str:
    return SUCCEEDS.format(at=counting(asked.recorded_on, "b"), when=when)


def _certainty(asked: Asked) -> str:
    """How sure it is that a service was used on the day asked about."""
    if asked.valid_on is None:
        return "CAST(NULL AS text)"
    return (
        f"CASE WHEN {CHANGING} THEN 'changing' "
        f"WHEN {_succeeds(asked, PLANNED_ENTRY)} THEN 'planned' "
        "WHEN v.valid_from IS NULL THEN 'unknown' ELSE 'known' END"
    )
