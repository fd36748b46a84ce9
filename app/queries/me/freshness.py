"""How fresh each source system is that an answer rests on: data is pulled, never live."""

from datetime import timedelta

from app.queries.json_text import json_object, listed_or_empty, member, text
from app.schemas.me import SourceStatus

# A nightly import, and two hours for it to be late in.
STALE_AFTER = timedelta(hours=26)
STALE_INTERVAL = f"interval '{int(STALE_AFTER.total_seconds())} s'"


def sources(rests_on: str) -> str:
    """The sources whose ids the query `rests_on` answers. Takes `%(now)s`."""
    last = (
        "(SELECT run.status FROM import_run run WHERE run.source_id = so.id "
        "AND run.finished IS NOT NULL ORDER BY run.id DESC LIMIT 1)"
    )
    stale = f"so.as_of < %(now)s::timestamptz - {STALE_INTERVAL}"
    status = (
        f"CASE WHEN {last} <> 'completed' THEN '{SourceStatus.FAILED}' "
        f"WHEN so.as_of IS NULL THEN '{SourceStatus.UNKNOWN}' "
        f"WHEN {stale} THEN '{SourceStatus.STALE}' ELSE '{SourceStatus.FRESH}' END"
    )
    body = json_object(
        member("name", text("so.name")),
        member("asOf", text("so.as_of")),
        member("status", text(status)),
    )
    return listed_or_empty(body, f"source so WHERE so.id IN ({rests_on})", "so.name")
