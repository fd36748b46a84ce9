"""Whether an answer that was given before may be given again."""

from collections.abc import Collection
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlmodel import Session

from app.queries.access import Access
from app.queries.facts.asking import ask, visible
from app.queries.reading import recorded_by
from app.queries.statements import RECORDED

REPLAYED = """
WITH seen AS MATERIALIZED (
    SELECT count(*) = cardinality(%(persons)s::uuid[]) AS all_of_them
      FROM person one WHERE one.id = ANY(%(persons)s) AND {visible}
), logged AS ({recorded})
SELECT all_of_them FROM seen"""
COLUMNS = "1, NULL, NULL, %(persons)s FROM seen WHERE all_of_them"


def log_replay(
    session: Session,
    access: Access,
    *,
    operation: str,
    persons: Collection[UUID],
    request_id: str,
) -> bool:
    """Record that an answer about these persons goes out once more.

    False, and nothing is recorded, when one of them no longer exists for the caller.
    """
    if not persons:
        return True
    sql = REPLAYED.format(
        visible=visible(access, "persons", "one"), recorded=RECORDED.format(columns=COLUMNS)
    )
    values = recorded_by(access, operation, request_id)
    values |= {
        "persons": list(persons),
        "filters": Jsonb({"replayed": ["true"]}),
        "sort_order": None,
    }
    return bool(ask(session, access, sql, values)[0]["all_of_them"])
