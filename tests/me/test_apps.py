"""What a person allows which app, and taking it back: `/me/v1/apps`."""

import pytest
from sqlalchemy import text

from tests.make import named
from tests.me.conftest import App, read_records, signed_in
from tests.ss12000.conftest import Town

PEOPLE = ("both-parent", "other-parent", "anna", "north-teacher", "head", "friend")


def permission(app: App) -> str:
    """The id of what this app's person allows it."""
    name = app.consumer.client_id
    (found,) = [row for row in app.get("/apps").json() if row["name"] == name]
    identity: str = found["id"]
    return identity


@pytest.mark.parametrize("who", PEOPLE)
def test_a_person_sees_their_own_permissions_and_no_others(me_town: Town, who: str) -> None:
    """With the maker, the scopes, since when and when last used; whoever they are."""
    first, second = signed_in(me_town, who), signed_in(me_town, who)
    others = [signed_in(me_town, one) for one in PEOPLE if one != who]
    rows = {row["name"]: row for row in first.get("/apps").json()}
    for app in (first, second):
        row = rows[app.consumer.client_id]
        assert row["maker"] == app.consumer.client_id
        assert "privacy:manage" in row["scopes"]
    assert rows[first.consumer.client_id]["lastUsed"] >= rows[first.consumer.client_id]["since"]
    assert "lastUsed" not in rows[second.consumer.client_id]
    assert not rows.keys() & {other.consumer.client_id for other in others}
    for other in others:
        refused = first.send("DELETE", f"/apps/{permission(other)}")
        assert refused.status_code == 404
        assert refused.json() == first.send("DELETE", f"/apps/{named('no-such-app')}").json()
        assert other.get("/apps").status_code == 200


def test_children_are_named_only_to_an_app_that_may_show_them(me_town: Town) -> None:
    """Not those that were left out, are of age, or are protected and the app is not cleared."""
    app = signed_in(me_town, "both-parent")
    rows = {row["name"]: row for row in app.get("/apps").json()}
    names = [child["givenName"] for child in rows[app.consumer.client_id]["children"]]
    assert names == ["anna", "bo"]
    with_anna = signed_in(me_town, "both-parent", children=("anna",))
    for row in with_anna.get("/apps").json():
        assert {child["givenName"] for child in row["children"]} <= {"anna"}
    mentor = signed_in(me_town, "north-teacher")
    assert all(row["children"] == [] for row in mentor.get("/apps").json())
    for kind, told in (("cleared", ["hidden-pupil"]), ("app", [])):
        hidden = signed_in(me_town, "hidden-parent", kind)
        for row in hidden.get("/apps").json():
            assert [child["givenName"] for child in row["children"]] == told
        assert (str(named("hidden-pupil")) in hidden.get("/apps").text) == bool(told)


def test_what_is_taken_back_is_over_at_the_next_request(own_me_town: Town) -> None:
    """Of that app and that person; its families and feeds have ended."""
    keeper, app = signed_in(own_me_town, "both-parent"), signed_in(own_me_town, "both-parent")
    consumer = own_me_town.consumers.acting_for(app.consumer, "other-parent", children=("anna",))
    other = App(own_me_town.http, consumer)
    identity = permission(app)
    with own_me_town.database.transaction() as session:
        session.execute(
            text("INSERT INTO calendar_feed (id, secret_hash, consent_id, child_id, created)"
                 " VALUES (gen_random_uuid(), 'x', :consent, :child, now())"),
            {"consent": identity, "child": named("anna")},
        )  # fmt: skip
    assert keeper.send("DELETE", f"/apps/{identity}").status_code == 204
    assert app.get("/today").status_code == 401
    assert keeper.get("/today").status_code == 200
    assert other.get("/today").status_code == 200
    assert identity not in keeper.get("/apps").text
    assert keeper.send("DELETE", f"/apps/{identity}").status_code == 404
    with own_me_town.database.transaction() as session:
        for table in ("token_family", "calendar_feed"):
            living = session.execute(
                text(f"SELECT count(*) FROM {table} WHERE consent_id = :id AND revoked_at IS NULL"),
                {"id": identity},
            ).scalar_one()
            assert living == 0, table


def test_an_app_may_take_back_its_own_permission(own_me_town: Town) -> None:
    """A person who leaves an app does it there."""
    app = signed_in(own_me_town, "both-parent")
    assert app.send("DELETE", f"/apps/{permission(app)}").status_code == 204
    assert app.get("/apps").status_code == 401


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/apps"), ("DELETE", f"/apps/{named('no-such-app')}")]
)
def test_it_takes_the_scope_and_a_person(me_town: Town, method: str, path: str) -> None:
    """API5."""
    without = signed_in(me_town, "both-parent", scopes={"schedule:read", "people:read"})
    refused = without.send(method, path)
    assert refused.status_code == 403
    assert "privacy:manage" in refused.json()["detail"]
    assert App(me_town.http, me_town.consumers.consumer()).send(method, path).status_code == 403


def test_the_list_is_logged_as_about_those_whom_it_names(me_town: Town) -> None:
    """The person, and the children."""
    app = signed_in(me_town, "both-parent", children=("anna",))
    app.get("/apps")
    ((operation, persons, _filters, _rows),) = read_records(me_town, app.consumer.client_id)
    assert operation == "me.apps"
    assert set(persons or ()) == {named("both-parent"), named("anna")}
