"""Who came under protection when, and what moved, is remembered as long as deletions are."""

from datetime import UTC, datetime, timedelta

from app.jobs.retention import apply, planned
from app.models.change_stamps import MarkingChange, OrganisationMove
from tests.make import add, named
from tests.retention.conftest import NOW, settings
from tests.ss12000.conftest import Town, own_town

__all__ = ["own_town"]
EDGE = datetime(2026, 8, 26, 22, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
RULE = {"keep_deletions_days": 90}


def protect(town: Town, name: str, at: datetime) -> None:
    """A person has come under protection at a stamp."""
    with town.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE person SET security_marking = 'Sekretessmarkering' WHERE id = %s",
            (named(name),),
        )
        session.connection().exec_driver_sql("DELETE FROM marking_change WHERE person_id = %s",
                                             (named(name),))  # fmt: skip
        add(session, MarkingChange(person_id=named(name), at=at, is_protected=True))


def test_a_marking_change_goes_with_the_deletions_of_its_time(own_town: Town) -> None:
    """No later and no sooner; who asks about a time before it is told to begin anew."""
    protect(own_town, "anna", EDGE - MOMENT)
    protect(own_town, "bo", EDGE)
    caller = own_town.caller()
    early, late = (EDGE - 2 * MOMENT).isoformat(), (EDGE - MOMENT).isoformat()
    told = caller.get("/deletedEntities", after=early).json()["data"]["persons"]
    assert {str(named("anna")), str(named("bo"))} <= set(told)
    plan = planned(own_town.database, settings(**RULE), now=NOW)
    assert [(one.table, one.rows) for _, found in plan for one in found] == [("marking_change", 1)]
    assert caller.get("/deletedEntities", after=early).json()["data"]["persons"] == told
    outcomes = apply(own_town.database, settings(**RULE), now=NOW, actor="test")
    assert [(one.rows, one.problem) for one in outcomes] == [(1, None)]
    for after in (early, late):
        refused = caller.get("/deletedEntities", after=after)
        assert (refused.status_code, refused.json()["code"]) == (410, "deletionsForgotten")
    # Bo's change lies at the very edge: he is still told to whoever may ask, without a time too.
    left = caller.get("/deletedEntities").json()["data"]["persons"]
    assert str(named("bo")) in left and str(named("anna")) not in left


def test_a_later_time_is_answered_as_before(own_town: Town) -> None:
    """Whoever asks about what is still remembered misses nothing."""
    protect(own_town, "anna", EDGE - MOMENT)
    protect(own_town, "bo", EDGE + MOMENT)
    caller = own_town.caller()
    before = caller.get("/deletedEntities", after=EDGE.isoformat()).json()
    assert str(named("bo")) in before["data"]["persons"]
    assert apply(own_town.database, settings(**RULE), now=NOW, actor="test")
    assert caller.get("/deletedEntities", after=EDGE.isoformat()).json() == before


def test_a_move_in_the_tree_goes_by_the_same_rule(own_town: Town) -> None:
    """What it took out of a consumer's view is told until then."""
    with own_town.database.transaction() as session:
        moved = [("north", EDGE - MOMENT), ("south", EDGE)]
        add(session, *(OrganisationMove(organisation_id=named(unit), at=at) for unit, at in moved))
    plan = planned(own_town.database, settings(**RULE), now=NOW)
    assert [(one.table, one.rows) for _, found in plan for one in found] == [
        ("organisation_move", 1)
    ]
    assert [one.rows for one in apply(own_town.database, settings(**RULE), now=NOW, actor="t")] == [
        1
    ]
    early = own_town.caller().get("/deletedEntities", after=(EDGE - 2 * MOMENT).isoformat())
    assert early.json()["code"] == "deletionsForgotten"
