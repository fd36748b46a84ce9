"""How consumers look in the terminal and as JSON."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from rich.box import SIMPLE
from rich.console import Group
from rich.table import Column, Table
from rich.text import Text
from sqlmodel import Session

from app.local_time import local_day
from app.models.consumers import Credential, Grant
from app.queries.consumers import ConsumerRow, credentials, grants

Described = dict[str, Any]


def described(session: Session, row: ConsumerRow, now: datetime) -> Described:
    """One consumer with its credentials and grants; no secret and no hash."""
    application = row.application
    return {
        "clientId": application.client_id,
        "name": application.name,
        "organisation": row.organisation.name,
        "state": "disabled" if application.disabled_at else "enabled",
        "disabledReason": application.disabled_reason,
        "authMethods": application.token_endpoint_auth_methods,
        "jwksUri": application.jwks_uri,
        "redirectUris": application.redirect_uris,
        "requiresPar": application.requires_par,
        "requiresDpop": application.requires_dpop,
        "actsForSource": application.acts_for_source,
        "created": application.created.isoformat(),
        "credentials": [
            _credential(credential, now)
            for credential in credentials(session, application_id=application.id)
        ],
        "grants": [
            _grant(grant, local_day(now))
            for grant in grants(session, application_id=application.id)
        ],
    }


def whole(title: str) -> Column:
    """A column whose values are there to be copied, so they are never cut."""
    return Column(title, no_wrap=True, overflow="ignore")


def consumer_table(found: Sequence[Described]) -> Table:
    """All consumers, a line each."""
    table = Table(whole("client_id"), "Application", "Organisation", "State", whole("Sees"),
                  whole("Ends"), box=SIMPLE)  # fmt: skip
    for consumer in found:
        active = [grant for grant in consumer["grants"] if grant["state"] == "active"]
        living = [one["expires"] for one in consumer["credentials"] if one["state"] == "living"]
        scopes = "\n".join(active[0]["scopes"]) if active else "nothing today"
        table.add_row(
            consumer["clientId"],
            Text(consumer["name"]),
            Text(consumer["organisation"]),
            _coloured(consumer["state"]),
            scopes,
            max(living)[:10] if living else "none living",
        )
    return table


def consumer_details(consumer: Described) -> Group:
    """One consumer, with a table for each kind of thing it has."""
    head = Table.grid(padding=(0, 2))
    for title, name in (("Application", "name"), ("client_id", "clientId"),
                        ("Organisation", "organisation"), ("jwks_uri", "jwksUri"),
                        ("Acts for", "actsForSource"),
                        ("Disabled because", "disabledReason")):  # fmt: skip
        if consumer[name]:
            head.add_row(Text(title, style="bold"), Text(str(consumer[name])))
    if consumer["redirectUris"]:
        ways = "\n".join(consumer["redirectUris"])
        held_to = [name for name in ("requiresPar", "requiresDpop") if consumer[name]]
        head.add_row(Text("Acts for people", style="bold"), Text(ways))
        head.add_row(Text("Held to", style="bold"), ", ".join(held_to) or "PKCE")
    head.add_row(Text("State", style="bold"), _coloured(consumer["state"]))
    head.add_row(Text("Authenticates by", style="bold"), ", ".join(consumer["authMethods"]))
    held = Table(whole("Credential"), "Kind", "Known by", "State", whole("Ends"), "Last used",
                 title="Credentials", box=SIMPLE)  # fmt: skip
    for one in consumer["credentials"]:
        held.add_row(one["id"], one["kind"], Text(one["hint"] or ""), _coloured(one["state"]),
                     one["expires"][:10], (one["lastUsed"] or "never")[:10])  # fmt: skip
    granted = Table("Agreement", "Purpose", "Period", "State", whole("What"), title="Grants",
                    box=SIMPLE)  # fmt: skip
    for grant in consumer["grants"]:
        period = f"{grant['validFrom']} to {grant['validTo']}"
        granted.add_row(Text(grant["agreement"]), Text(grant["purpose"]), period,
                        _coloured(grant["state"]), _what(grant))  # fmt: skip
    return Group(head, held, granted)


def _credential(credential: Credential, now: datetime) -> Described:
    jwk = credential.public_jwk
    state = "living" if credential.expires > now else "ended"
    return {
        "id": str(credential.id),
        "kind": credential.kind,
        "hint": jwk.get("kid") if isinstance(jwk, dict) else f"…{credential.secret_hint}",
        "state": "revoked" if credential.revoked_at else state,
        "expires": credential.expires.isoformat(),
        "lastUsed": credential.last_used.isoformat() if credential.last_used else None,
    }


def _grant(grant: Grant, today: date) -> Described:
    return {
        "id": str(grant.id),
        "agreement": grant.agreement_reference,
        "purpose": grant.purpose,
        "state": _grant_state(grant, today),
        "scopes": grant.scopes,
        "organisationIds": [str(organisation) for organisation in grant.organisation_ids],
        "schoolTypes": grant.school_types,
        "fieldGroups": grant.field_groups,
        "seesProtected": grant.sees_protected,
        "rateTier": grant.rate_tier,
        "validFrom": grant.valid_from.isoformat(),
        "validTo": grant.valid_to.isoformat(),
    }


def _grant_state(grant: Grant, today: date) -> str:
    if grant.revoked_at is not None:
        return "revoked"
    if today < grant.valid_from:
        return "coming"
    return "active" if today <= grant.valid_to else "ended"


def _what(grant: Described) -> Text:
    lines = [
        "scopes: " + "\n        ".join(grant["scopes"]),
        "organisations:",
        *(f"  {organisation}" for organisation in grant["organisationIds"]),
        f"school forms: {', '.join(grant['schoolTypes']) or 'all'}",
        f"field groups: {', '.join(grant['fieldGroups']) or 'none'}",
        f"protected identity: {'yes' if grant['seesProtected'] else 'no'}",
        f"rate tier: {grant['rateTier']}",
    ]
    return Text("\n".join(lines))


def _coloured(state: str) -> Text:
    good = state in ("enabled", "living", "active")
    return Text(state, style="green" if good else "yellow" if state == "coming" else "red")
