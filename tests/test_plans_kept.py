"""Which statements PostgreSQL may plan once, must plan once, and plans anew each time."""

from app.database import Database

# On one connection: asked for one after the other, the pool never opens a second.
KEPT = b"""SELECT coalesce(json_object_agg(split_part(statement, ' -- ', 2),
                        json_build_array(generic_plans, custom_plans)), '{}')::text
             FROM pg_prepared_statements WHERE statement LIKE '%% -- %%'"""
ASKED = "SELECT count(*)::text FROM person WHERE sort_name > %(name)s -- "


def plans(database: Database) -> str:
    """By statement, how often it was run with a plan for any value, and with one for its own."""
    (found,) = database.read_bytes(KEPT, {})
    return (found or b"").decode()


def test_one_plan_serves_every_value_and_others_are_still_planned_for_theirs(
    database: Database,
) -> None:
    """A statement that must be planned once is; the next of another kind is not held to it."""
    for name in "abcdefgh":
        database.read_bytes((ASKED + "one").encode(), {"name": name}, one_plan=True)
        database.read_bytes((ASKED + "kept").encode(), {"name": name}, keep_plan=True)
        database.read_bytes((ASKED + "anew").encode(), {"name": name})
    found = plans(database)
    assert '"one" : [8, 0]' in found
    assert '"kept"' in found
    assert '"anew"' not in found
    (mode,) = database.read_bytes(b"SELECT current_setting('plan_cache_mode')", {})
    assert mode == b"auto"
