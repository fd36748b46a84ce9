"""The consumers of the demo city: one of each kind that a real city has."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from joserfc.jwk import ECKey
from sqlmodel import Session, col, select

from app.auth.client_authentication import PUBLIC
from app.local_time import local_day
from app.models.organisations import Organisation
from app.queries.access import CATALOGUE_SCOPES, PERSONAL_SCOPES, SYSTEM_SCOPES, FieldGroup, Scope
from app.services.consumers import (
    NewApplication,
    register_application,
    register_organisation,
)
from app.services.credentials import add_key, issue_secret
from app.services.grants import GrantTerms, grant

ACTOR = "skolnav demo"
LIFETIME = timedelta(days=365)
# School data. The service catalogue is public, and edited by the city's register alone.
SCHOOL_SCOPES = frozenset(map(str, SYSTEM_SCOPES - CATALOGUE_SCOPES))


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoClient:
    """A consumer as `skolnav demo` prints it, with a secret, a key or a way back."""

    name: str
    clientId: str  # noqa: N815 - printed as it stands
    scopes: list[str]
    sees: str
    redirectUri: str | None = None  # noqa: N815 - printed as it stands
    clientSecret: str | None = None  # noqa: N815 - printed as it stands
    privateKey: dict[str, str] | None = None  # noqa: N815 - printed as it stands

    def as_json(self) -> dict[str, object]:
        """Without what is not set."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    name: str
    client_id: str
    owner: str
    sees: str
    scopes: frozenset[str] = SCHOOL_SCOPES
    field_groups: frozenset[str] = frozenset()
    one_unit: bool = False
    sees_protected: bool = False
    rate_tier: str = "standard"
    by_key: bool = False
    # Where people come back to; such an app keeps no secret, and acts for people.
    back: str | None = None


KINDS = (
    _Kind(
        name="Schemaappen", client_id="demo-schedule", owner="Schemabolaget AB",
        scopes=frozenset({Scope.ORGANISATIONS_READ, Scope.SCHEDULE_READ}),
        sees="The whole city's organisations and timetables; nobody's name.",
    ),
    _Kind(
        name="Startsidan", client_id="demo-startpage", owner="Exempelstads kommun",
        field_groups=frozenset({FieldGroup.GUARDIANS, FieldGroup.CONTACT}), rate_tier="city",
        sees="The whole city except persons with protected identity; signs in with a key.",
        by_key=True,
    ),
    _Kind(
        name="Skolans närvaro", client_id="demo-one-school", owner="Närvarobolaget AB",
        field_groups=frozenset({FieldGroup.GUARDIANS}), one_unit=True,
        sees="One compulsory school: its people, timetable and attendance.",
    ),
    _Kind(
        name="Kommunens register", client_id="demo-register", owner="Exempelstads kommun",
        field_groups=frozenset(FieldGroup), sees_protected=True, rate_tier="city",
        scopes=frozenset(map(str, SYSTEM_SCOPES)),
        sees="Everything, persons with protected identity included; edits the service catalogue.",
    ),
    _Kind(
        name="Familjeappen", client_id="demo-family-app", owner="Familjeappen AB",
        back="http://127.0.0.1/back", scopes=frozenset(map(str, PERSONAL_SCOPES)),
        sees="What the person who signs in may see, except children with protected identity.",
    ),
)  # fmt: skip


def register_demo_consumers(session: Session, *, now: datetime) -> list[DemoClient]:
    """Register one consumer of each kind, with credentials that are returned once."""
    organisations = {
        name: register_organisation(session, name=name, now=now, actor=ACTOR)
        for name in sorted({kind.owner for kind in KINDS})
    }
    clients = []
    for kind in KINDS:
        method = "private_key_jwt" if kind.by_key else "client_secret_basic"
        if kind.back is not None:
            method = PUBLIC
        application = register_application(
            session,
            organisation=organisations[kind.owner],
            described=NewApplication(
                name=kind.name,
                client_id=kind.client_id,
                auth_methods=(method,),
                redirect_uris=(kind.back,) if kind.back else (),
            ),
            now=now,
            actor=ACTOR,
        )
        grant(session, client_id=application.client_id, terms=_terms(session, kind, now),
              now=now, actor=ACTOR)  # fmt: skip
        clients.append(_with_credential(session, kind, now))
    return clients


def _terms(session: Session, kind: _Kind, now: datetime) -> GrantTerms:
    return GrantTerms(
        agreement_reference=f"DEMO-{kind.client_id}",
        purpose=kind.sees,
        scopes=kind.scopes,
        organisation_ids=frozenset({_root(session, one_unit=kind.one_unit)}),
        field_groups=kind.field_groups,
        sees_protected=kind.sees_protected,
        rate_tier=kind.rate_tier,
        valid_from=local_day(now),
        valid_to=local_day(now + LIFETIME),
    )


def _root(session: Session, *, one_unit: bool) -> UUID:
    chosen = select(Organisation.id).order_by(col(Organisation.sort_name), col(Organisation.id))
    if one_unit:
        chosen = chosen.where(col(Organisation.school_types).contains(["GR"]))
    else:
        chosen = chosen.where(col(Organisation.parent_id).is_(None))
    return session.exec(chosen.limit(1)).one()


def _with_credential(session: Session, kind: _Kind, now: datetime) -> DemoClient:
    expires = now + LIFETIME
    secret, private = None, None
    if kind.by_key:
        key = ECKey.generate_key("P-256", parameters={"kid": kind.client_id})
        public = {**key.as_dict(private=False), "use": "sig", "alg": "ES256"}
        add_key(session, client_id=kind.client_id, jwk=public, expires=expires, now=now,
                actor=ACTOR)  # fmt: skip
        private = {name: str(value) for name, value in key.as_dict(private=True).items()}
    elif kind.back is None:
        secret = issue_secret(
            session, client_id=kind.client_id, expires=expires, now=now, actor=ACTOR
        )
    return DemoClient(
        name=kind.name,
        clientId=kind.client_id,
        scopes=sorted(kind.scopes),
        sees=kind.sees,
        redirectUri=kind.back,
        clientSecret=secret,
        privateKey=private,
    )
