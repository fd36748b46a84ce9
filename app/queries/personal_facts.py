"""All that decides what a personal token gives, read at once: no change falls between two facts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.database import Database
from app.models.consumers import Grant
from app.queries.people_views import (
    FAMILY,
    MINE,
    WORK,
    Family,
    Work,
    read_family,
    read_work,
)

AUTHORIZATION = """(
    SELECT json_build_object('scopes', fa.scopes, 'jkt', fa.jkt, 'consentId', co.id,
                             'consentScopes', co.scopes, 'childIds', co.child_ids,
                             'lastUsed', co.last_used)
      FROM token_family fa JOIN consent co ON co.id = fa.consent_id
      JOIN application ap ON ap.id = co.application_id
     WHERE fa.id = %(family_id)s AND fa.revoked_at IS NULL AND fa.expires > %(now)s
       AND co.revoked_at IS NULL AND co.person_id = %(me)s
       AND ap.client_id = %(client_id)s AND ap.disabled_at IS NULL
       AND (ap.tokens_valid_from IS NULL OR ap.tokens_valid_from <= %(issued)s)
       AND NOT EXISTS (SELECT 1 FROM revoked_token re WHERE re.jti = %(jti)s))"""
# Should there ever be two, the younger decides alone: rights of two grants are never mixed.
GRANT = """(
    SELECT row_to_json(gr) FROM consumer_grant gr JOIN application ap ON ap.id = gr.application_id
     WHERE ap.client_id = %(client_id)s AND gr.revoked_at IS NULL
       AND gr.valid_from <= %(today)s::date AND gr.valid_to >= %(today)s::date
     ORDER BY gr.created DESC, gr.id LIMIT 1)"""
STATEMENT = f"""
WITH {MINE}
SELECT json_build_object('authorization', {AUTHORIZATION}, 'grant', {GRANT}, 'family', {FAMILY},
                         'work', {WORK})::text""".encode()


@dataclass(frozen=True, slots=True)
class Authorization:
    """What the person allowed, as far as it still counts."""

    scopes: frozenset[str]
    child_ids: frozenset[UUID]
    jkt: str | None
    consent_id: UUID
    last_used: datetime | None


@dataclass(frozen=True, slots=True)
class PersonalFacts:
    """What the database knows of a token that acts for somebody; what has ended is None."""

    authorization: Authorization | None
    grant: Grant | None
    family: Family | None
    work: Work


def personal_facts(  # noqa: PLR0913 - what a token is known by, each by its name
    database: Database, *, person_id: UUID, family_id: UUID, client_id: str, jti: str,
    issued: datetime, today: date, now: datetime,
) -> PersonalFacts:  # fmt: skip
    """Read them. Raises DatabaseUnavailable."""
    values = {
        "me": person_id, "family_id": family_id, "client_id": client_id, "jti": jti,
        "issued": issued, "today": today, "now": now,
    }  # fmt: skip
    # Everything is found by a key, so one plan is right for everyone.
    (answer,) = database.read_bytes(STATEMENT, values, one_plan=True)
    assert answer is not None, "an object, whatever is in it"
    found = json.loads(answer)
    return PersonalFacts(
        _authorization(found["authorization"]),
        _grant(found["grant"]),
        read_family(found["family"], today),
        read_work(found["work"]),
    )


def _authorization(found: Mapping[str, Any] | None) -> Authorization | None:
    if found is None:
        return None
    last_used = found["lastUsed"]
    return Authorization(
        frozenset(found["scopes"]) & frozenset(found["consentScopes"]),
        frozenset(map(UUID, found["childIds"])),
        found["jkt"],
        UUID(found["consentId"]),
        datetime.fromisoformat(last_used) if last_used else None,
    )


def _grant(found: Mapping[str, Any] | None) -> Grant | None:
    if found is None:
        return None
    ids = {"id": UUID(found["id"]), "application_id": UUID(found["application_id"]),
           "organisation_ids": [UUID(one) for one in found["organisation_ids"]]}  # fmt: skip
    return Grant(**{**found, **ids})
