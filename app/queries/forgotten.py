"""Since when things are known, where retention has removed what came before."""

from datetime import datetime

from app.database import Database

DELETIONS = "deletions"


def remembered_since(database: Database, what: str) -> datetime | None:
    """Since when; None: since ever. Says nothing about anyone, so it takes no Access."""
    statement = b"SELECT (SELECT until FROM forgotten WHERE what = %(what)s)"
    (until,) = database.read_bytes(statement, {"what": what})
    return None if until is None else datetime.fromisoformat(until.decode())
