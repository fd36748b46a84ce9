"""Whatever a person's token came of: when it ends, the token ends with it, at the next request."""

import pytest

from app.queries.organisation_tree import OrganisationTree
from tests.authorization.conftest import Apps

WHERE = "WHERE id = (SELECT consent_id FROM token_family WHERE id = %(family)s)"
APP = "WHERE client_id = %(client)s"
GRANT = "WHERE application_id = (SELECT id FROM application WHERE client_id = %(client)s)"
ENDS = {
    "the authorization is over": "UPDATE token_family SET expires = now() WHERE id = %(family)s",
    "the authorization was revoked":
        "UPDATE token_family SET revoked_at = now() WHERE id = %(family)s",
    "the permission was taken back": f"UPDATE consent SET revoked_at = now() {WHERE}",
    "the permission is somebody else's":
        "UPDATE consent SET person_id = (SELECT id FROM person WHERE given_name = 'friend') "
        + WHERE,
    "the permission is another app's":
        "UPDATE consent SET application_id = (SELECT id FROM application "
        f"WHERE client_id = %(other)s) {WHERE}",
    "the app was disabled": f"UPDATE application SET disabled_at = now() {APP}",
    "the app's older tokens count no more":
        f"UPDATE application SET tokens_valid_from = now() + interval '1 minute' {APP}",
    "the agreement was ended": f"UPDATE consumer_grant SET revoked_at = now() {GRANT}",
    "the agreement has not begun":
        f"UPDATE consumer_grant SET valid_from = now() + interval '2 days' {GRANT}",
    "the agreement is over":
        f"UPDATE consumer_grant SET valid_to = now() - interval '2 days' {GRANT}",
}  # fmt: skip


@pytest.mark.parametrize("what", ENDS)
def test_a_token_ends_with_what_it_came_of(apps: Apps, what: str) -> None:
    """Until then it reads; nothing of it is remembered."""
    app, other = apps.app(), apps.app()
    token = apps.tokens(app, "both-parent")["access_token"]
    assert app.read(token).status_code == 200
    with apps.town.database.transaction() as session:
        families = session.connection().exec_driver_sql(
            "SELECT fa.id FROM token_family fa JOIN consent co ON co.id = fa.consent_id "
            "JOIN application ap ON ap.id = co.application_id WHERE ap.client_id = %(client)s",
            {"client": app.client_id},
        )
        values = {"client": app.client_id, "family": families.scalar_one(),
                  "other": other.client_id}  # fmt: skip
        done = session.connection().exec_driver_sql(ENDS[what], values)
        assert done.rowcount == 1
    assert app.read(token).status_code == 401


def test_a_scope_that_is_allowed_no_more_opens_nothing(apps: Apps) -> None:
    """Although the token was given with it."""
    app = apps.app()
    token = apps.tokens(app, "both-parent")["access_token"]
    assert app.read(token, "/activities").status_code == 200
    with apps.town.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE consent SET scopes = ARRAY['people:read'] WHERE application_id = "
            "(SELECT id FROM application WHERE client_id = %(client)s)", {"client": app.client_id},
        )  # fmt: skip
    assert app.read(token, "/activities").status_code == 403
    assert app.read(token).status_code == 200


def test_without_a_listener_nothing_that_was_remembered_counts(
    apps: Apps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither that a token is ours, nor where the units belong: nobody would tell of a change."""
    app = apps.app()
    token = apps.tokens(app, "both-parent")["access_token"]
    everyone = app.read(token).json()["data"]
    assert everyone
    authenticator = apps.town.app.state.authenticator
    cache = authenticator.cache
    assert authenticator.listener.wait_until_trusted(30)
    ours = cache.find_verified(token, authenticator.clock())
    assert ours is not None
    cache.keep_verified("made-up", ours, generation=cache.generation)
    assert app.read("made-up").status_code == 200
    cache.keep_tree(OrganisationTree({}, frozenset(), 0), generation=cache.generation)
    assert app.read(token).json()["data"] != everyone
    monkeypatch.setattr("app.database.notices.TRUSTED_SECONDS", -1.0)
    assert app.read("made-up").status_code == 401
    assert app.read(token).json()["data"] == everyone
    cache.clear()
