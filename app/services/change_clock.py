"""The stamp of a change: later than every stamp that was committed before it."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

# Holding the row until commit makes the order of stamps the order of commits.
NEXT = text(
    "UPDATE change_clock SET stamp = greatest(clock_timestamp(), stamp + interval '1 microsecond') "
    "RETURNING stamp"
)


def next_stamp(session: Session) -> datetime:
    """Take the next stamp. Others who change something wait until this transaction ends."""
    stamp: datetime = session.execute(NEXT).scalar_one()
    return stamp
