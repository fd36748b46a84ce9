"""Lets a consumer act for a source system: it tells what of the gate's writes reached it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app.errors import NotFound
from app.models.sources import Source
from app.services.audit_records import record_act
from app.services.consumers import checked_name, locked_application


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """For which source. `takes_absences` None: that stays as it is; `is_new`: it may be unknown."""

    source: str | None
    takes_absences: bool | None = None
    is_new: bool = False


def act_for_source(
    session: Session, *, client_id: str, acting: Acting, now: datetime, actor: str
) -> None:
    """Have an application act for a source system, or for none.

    Raises NotFound for a source that is not known, unless it may be new.
    """
    application = locked_application(session, client_id=client_id)
    name = None if acting.source is None else checked_name(acting.source)
    if name is not None:
        source = _source(session, name, may_be_new=acting.is_new)
        if acting.takes_absences is not None:
            source.takes_absences = acting.takes_absences
        session.add(source)
    application.acts_for_source = name
    session.add(application)
    details = {"source": name, "takesAbsences": acting.takes_absences}
    record_act(session, now=now, actor=actor, act="actForSource", subject=client_id,
               details=details)  # fmt: skip


def _source(session: Session, name: str, *, may_be_new: bool) -> Source:
    found = session.exec(select(Source).where(Source.name == name)).first()
    if found is not None:
        return found
    if may_be_new:
        # Nothing is pulled from it, so it has no address.
        return Source(name=name, url="")
    known = ", ".join(session.exec(select(Source.name).order_by(col(Source.name)))) or "none"
    raise NotFound(
        f"There is no source {name}. Known: {known}. A source that nothing is imported from is "
        "registered with --new-source."
    )
