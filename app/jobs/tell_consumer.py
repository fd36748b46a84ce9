"""Tells one consumer, if there is anything to tell: look, send, note down how it went."""

import re
import ssl
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from app.auth.authentication import Authenticator
from app.auth.consumer_access import access_of_application
from app.auth.outbound import (
    AddressRefused,
    Answer,
    NotReached,
    call,
    checked_target,
    public_authorities,
)
from app.auth.webhook_signatures import signed_headers, unseal_webhook_secret
from app.database import Database
from app.models.subscriptions import Subscription
from app.queries.changes import changes_since
from app.queries.deletions import Past, has_deletions
from app.queries.entity_tags import rights
from app.queries.forgotten import DELETIONS, remembered_since
from app.queries.subscriptions import SUBSCRIBABLE
from app.services.subscription_queue import (
    Claimed,
    Failure,
    Found,
    begin_notice,
    claim,
    failed,
    give_back,
    notice_body,
    release,
    told,
)

USER_AGENT = "Skolnav"
SECONDS = re.compile(r"[0-9]{1,6}")
# A grant can have been revoked a moment before the stamp at which we read it as still counting.
GRANTS_OVERLAP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A notice that is ready to be sent."""

    claimed: Claimed
    begun: datetime
    target: str
    notice_id: str
    body: bytes
    secrets: tuple[str, ...]

    @property
    def client_id(self) -> str:
        """Whom it is for."""
        return self.claimed.row.application.client_id


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receiver took the notice."""

    answer: str


Outcome = Accepted | Failure


@dataclass(frozen=True)
class Teller:
    """What telling takes; one per process."""

    database: Database
    authenticator: Authenticator
    sealing_key: bytes
    allowed_hosts: frozenset[str]
    seconds: float
    look_again: timedelta
    tls: ssl.SSLContext = field(default_factory=public_authorities)

    def claim(self, identifier: UUID) -> Claimed | None:
        """Take a subscription; None when it is not due any more, or another worker has it.

        This and all that follows raises DatabaseUnavailable. A claim that is left so ends by
        itself.
        """
        with self.database.transaction() as session:
            return claim(session, identifier, now=self._now())

    def prepare(self, claimed: Claimed) -> Prepared | None:
        """Look what there is to tell; None when there is nothing."""
        found = self._found(claimed)
        with self.database.transaction() as session:
            if not found:
                release(session, claimed, found=found, now=self._now())
                return None
            row = begin_notice(session, claimed, found=found, now=self._now(), seconds=self.seconds)
        return None if row is None else self._prepared(claimed, row)

    def give_back(self, claimed: Claimed) -> None:
        """Look again at once: what was begun was interrupted."""
        with self.database.transaction() as session:
            give_back(session, claimed, now=self._now())

    def send(self, prepared: Prepared) -> Outcome:
        """Post a notice. Its address is resolved and checked anew."""
        deadline = time.monotonic() + self.seconds
        headers = signed_headers(
            prepared.body, prepared.secrets, notice_id=prepared.notice_id, at=self._now()
        )
        headers |= {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        try:
            target = checked_target(
                prepared.target, allowed_hosts=self.allowed_hosts, inner_http=True
            )
            answer = call(
                target, self.tls, method="POST", headers=headers, body=prepared.body,
                seconds=deadline - time.monotonic(), largest=0,
            )  # fmt: skip
        except AddressRefused:
            return Failure("addressRefused")
        except NotReached as failure:
            return Failure(failure.reason)
        return _outcome(answer)

    def conclude(self, prepared: Prepared, outcome: Outcome, *, chance: float) -> datetime | None:
        """Note down how it went. When it is tried again; None when it is parked or was accepted."""
        with self.database.transaction() as session:
            if isinstance(outcome, Failure):
                return failed(
                    session, prepared.claimed, failure=outcome, now=self._now(), chance=chance
                )
            told(session, prepared.claimed, answer=outcome.answer, now=self._now(),
                 look_again=self.look_again)  # fmt: skip
            return None

    def _now(self) -> datetime:
        return self.authenticator.clock()

    def _found(self, claimed: Claimed) -> Found | None:
        """What there is to tell under the consumer's rights of today; None when it has none."""
        subscription, application = claimed.row.subscription, claimed.row.application
        after = subscription.told_until
        tree = self.authenticator.organisation_tree()
        offered = {name: SUBSCRIBABLE.get(name) for name in subscription.resource_types}
        resources = [resource for resource in offered.values() if resource is not None]
        with self.database.transaction() as session:
            access = access_of_application(session, application, now=self._now(), tree=tree)
        if access is None or not any(one.scope in access.scopes for one in resources):
            return None
        had = rights(access, whose=False)
        past = Past(after, (), tree)
        if had != subscription.told_rights:
            _, past = self.authenticator.rights_since(access, after - GRANTS_OVERLAP)
        changes = changes_since(self.database, access, resources, after=after)
        past = replace(past, after=after)
        deletions = has_deletions(self.database, access, past, resources)
        return Found(
            types=frozenset(one.object_type for one in resources if one.name in changes.resources),
            deletions=deletions or self._may_have_forgotten(after, changes.until),
            until=changes.until,
            rights=had,
        )

    def _may_have_forgotten(self, after: datetime, until: datetime) -> bool:
        """Whether deletions between these stamps may be known no longer.

        Whoever is told so asks, and is answered to begin anew. To be asked after deletions were
        looked for: retention could remove them meanwhile.
        """
        remembered = remembered_since(self.database, DELETIONS)
        return remembered is not None and after < min(remembered, until)

    def _prepared(self, claimed: Claimed, row: Subscription) -> Prepared:
        assert row.notice_id is not None and row.notice_begun is not None
        sealed = [row.secret_sealed]
        if row.former_secret_sealed and (row.former_secret_until or row.expires) > self._now():
            sealed.append(row.former_secret_sealed)
        secrets = tuple(
            unseal_webhook_secret(one, self.sealing_key, subscription=str(row.id)) for one in sealed
        )
        return Prepared(
            claimed, row.notice_begun, row.target, row.notice_id, notice_body(row), secrets
        )


def _outcome(answer: Answer) -> Outcome:
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return Accepted(str(answer.status))
    pause = answer.headers.get("retry-after", "")
    return Failure(
        str(answer.status),
        gone=answer.status == HTTPStatus.GONE,
        pause=timedelta(seconds=int(pause)) if SECONDS.fullmatch(pause) else None,
    )
