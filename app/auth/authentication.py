"""From a request's bearer token to its Access."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import anyio.to_thread
from sqlmodel import Session
from starlette.requests import Request
from starlette.types import Scope

from app.auth import dpop
from app.auth.access_cache import AccessCache, Remembered
from app.auth.consumer_access import access_under, rights_since
from app.auth.jwks_fetch import JwkList
from app.auth.personal_access import personal_access, use_proof
from app.auth.sent_tokens import SentProof, sent_token
from app.auth.signing_keys import KeyRing, key_ring
from app.auth.tokens import Acting, TokenRefused, VerifiedToken, verify_token
from app.auth.trusted_issuers import CHECKED_ANEW, TrustedIssuers
from app.database import Database
from app.database.notices import NoticeListener
from app.errors import NotAuthenticated, ScopeMissing
from app.local_time import local_day
from app.metrics import AUTHENTICATIONS
from app.models.consumers import Grant
from app.queries.access import Access
from app.queries.consumers import Standing, standing
from app.queries.deletions import Past
from app.queries.organisation_tree import OrganisationTree, organisation_tree
from app.settings import Settings, TrustedIssuer

# Followed by the path of a door (RFC 9728 section 3.1).
RESOURCE_METADATA = "/.well-known/oauth-protected-resource"

REMEMBERED, ANEW = AUTHENTICATIONS.labels("memory"), AUTHENTICATIONS.labels("database")

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The clock of a running service; tests bring their own."""
    return datetime.now(UTC)


@dataclass
class Authenticator:
    """Turns tokens into Access. One per process; `start` it before use, `stop` it at the end."""

    database: Database
    settings: Settings
    clock: Callable[[], datetime] = utc_now
    cache: AccessCache = field(default_factory=AccessCache, init=False)
    listener: NoticeListener = field(init=False)
    issuers: TrustedIssuers = field(init=False)

    def __post_init__(self) -> None:
        self.issuers = TrustedIssuers.of(self.settings)
        self.listener = NoticeListener(
            self.database.url, self.cache.take_notice, self.cache.clear,
            on_outage=self.database.era.end_present,
        )  # fmt: skip

    def start(self) -> None:
        """Begin to listen for changes; until then every request consults the database."""
        self.listener.start()

    def stop(self) -> None:
        """Stop listening."""
        self.listener.stop()

    @property
    def _known_tree(self) -> OrganisationTree | None:
        return self.cache.tree if self.listener.is_trusted else None

    def organisation_tree(self) -> OrganisationTree:
        """The city's tree, from memory unless it changed. Raises DatabaseUnavailable."""
        if (known := self._known_tree) is not None:
            return known
        generation = self.cache.generation
        with self.database.transaction() as session:
            return self._tree(session, generation)

    async def tree_in_loop(self) -> OrganisationTree:
        """The same; only what is not remembered takes a thread."""
        if (known := self._known_tree) is not None:
            return known
        return await anyio.to_thread.run_sync(self.organisation_tree)

    async def authenticate(self, request: Request, *, proved: bool = False) -> Access:
        """Who calls and what they may see. No I/O for a token that was seen a moment ago.

        `proved`: the request was let in before, and its DPoP proof, good once, was used then.
        Raises NotAuthenticated, or DatabaseUnavailable or IssuerUnavailable when it cannot be
        told.
        """
        try:
            return await self._authenticated(request, proved=proved)
        except TokenRefused as refusal:
            raise NotAuthenticated(
                refusal.reason, error=refusal.error, challenge=self._challenge(request)
            ) from refusal

    async def _authenticated(self, request: Request, *, proved: bool) -> Access:
        token, proof = self._sent_token(request.scope, proved=proved)
        if (known := self._remembered(token, proof)) is not None:
            REMEMBERED.inc()
            return known.access
        rule = self.issuers.rule_for(token)
        if rule is None:
            ANEW.inc()
            return await anyio.to_thread.run_sync(self.access_of, token, proof)
        # Before any thread or connection is taken: the issuer's server may be slow.
        published = await self._published(rule, token)
        ANEW.inc()
        return await anyio.to_thread.run_sync(self._access_from_afar, rule, token, published)

    def remembered(self, scope: Scope) -> Remembered | None:
        """What came of a request's token a moment ago; None when it is to be looked at anew, or was
        not sent as it should be.
        """
        try:
            return self._remembered(*self._sent_token(scope))
        except TokenRefused:
            return None

    def _remembered(self, token: str, proof: SentProof | None) -> Remembered | None:
        # A bound token never is, and no other comes with a proof.
        if proof is not None or not self.listener.is_trusted:
            return None
        return self.cache.find(token, self.clock())

    def still_counts(self, remembered: Remembered, generation: int) -> bool:
        """Whether what came of a token is what would come of it now, by the cache's generation."""
        return (
            generation == self.cache.generation
            and self.listener.is_trusted
            and self.clock() < remembered.until
        )

    def require(self, request: Request, access: Access, *scopes: str) -> None:
        """Raise ScopeMissing, which names the scopes, unless the access has one of them."""
        if access.scopes.isdisjoint(scopes):
            raise ScopeMissing(*scopes, challenge=self._challenge(request))

    def rights_since(self, access: Access, after: datetime) -> tuple[Access, Past]:
        """All that the caller's grant gives today, and what other grants of it gave since then.

        Raises DatabaseUnavailable.
        """
        tree = self.organisation_tree()
        with self.database.transaction() as session:
            today, before = rights_since(session, access, after=after, tree=tree)
        return today, Past(after, before, tree)

    def access_of(self, token: str, proof: SentProof | None = None) -> Access:
        """Verify a token and read what it gives today.

        Raises TokenRefused.
        """
        now = self.clock()
        generation = self.cache.generation
        verified = self._verified(token, now, generation)
        self._check_binding(verified, token, proof, now)
        if verified.acting is not None:
            return self._personal(verified, verified.acting, now)
        access = self._granted(verified, now, generation)
        # A bound token needs a proof each time.
        if verified.jkt is None:
            self._remember(token, Remembered(verified, access, access.expires), generation)
        return access

    def _verified(self, token: str, now: datetime, generation: int) -> VerifiedToken:
        """What the token says; of one that acts for a person it is remembered that it is ours."""
        known = self.cache.find_verified(token, now) if self.listener.is_trusted else None
        if known is not None:
            return known
        issuer = self.settings.public_url
        verified = verify_token(token, ring=self._ring(generation), issuer=issuer, now=now)
        if verified.acting is not None and self.listener.is_trusted:
            self.cache.keep_verified(token, verified, generation=generation)
        return verified

    def _personal(self, token: VerifiedToken, acting: Acting, now: datetime) -> Access:
        today = local_day(now)
        tree = self.organisation_tree()
        return personal_access(self.database, token, acting, tree=tree, today=today, now=now)

    def _check_binding(
        self, token: VerifiedToken, text: str, proof: SentProof | None, now: datetime
    ) -> None:
        """A token that is bound to a key comes with a proof of it, and no other token does."""
        if (token.jkt is None) != (proof is None):
            scheme = "Bearer" if token.jkt is None else "DPoP"
            raise TokenRefused(f"This access token must be sent with the scheme {scheme}.")
        if proof is None or proof.proved:
            return
        with self.database.transaction() as session:
            proved = use_proof(
                session, proof.proof, method=proof.method, url=proof.url, now=now,
                access_token=text,
            )  # fmt: skip
        if proved.jkt != token.jkt:
            raise TokenRefused("The DPoP proof is of another key than the access token.")

    async def _published(self, rule: TrustedIssuer, token: str) -> JwkList:
        try:
            return await self.issuers.published(token, rule)
        except TokenRefused as refusal:
            _log_refusal(rule, refusal)
            raise

    def _access_from_afar(self, rule: TrustedIssuer, token: str, published: JwkList) -> Access:
        """What a token of a trusted issuer gives today: its consumer's grant."""
        now = self.clock()
        generation = self.cache.generation
        try:
            verified = self.issuers.verify(token, rule, published, now=now)
        except TokenRefused as refusal:
            _log_refusal(rule, refusal)
            raise
        access = self._granted(verified, now, generation)
        until = min(access.expires, now + CHECKED_ANEW)
        self._remember(token, Remembered(verified, access, until), generation)
        return access

    def _remember(self, token: str, remembered: Remembered, generation: int) -> None:
        if self.listener.is_trusted:
            self.cache.keep(token, remembered, generation=generation)

    def _sent_token(self, scope: Scope, *, proved: bool = False) -> tuple[str, SentProof | None]:
        return sent_token(scope, public_url=self.settings.public_url, proved=proved)

    def _ring(self, generation: int) -> KeyRing:
        ring = self.cache.ring if self.listener.is_trusted else None
        if ring is None:
            with self.database.transaction() as session:
                ring = key_ring(session)
            self.cache.keep_ring(ring, generation=generation)
        return ring

    def _granted(self, token: VerifiedToken, now: datetime, generation: int) -> Access:
        today = local_day(now)
        with self.database.transaction() as session:
            found = standing(session, client_id=token.client_id, jti=token.jti, today=today)
            grant = _effective_grant(found, token)
            tree = self._tree(session, generation)
        return access_under(
            grant, client_id=token.client_id, tree=tree, today=today, scopes=token.scopes,
            expires=token.expires,
        )  # fmt: skip

    def _tree(self, session: Session, generation: int) -> OrganisationTree:
        tree = self._known_tree
        if tree is None:
            tree = organisation_tree(session)
            self.cache.keep_tree(tree, generation=generation)
        return tree

    def _challenge(self, request: Request) -> str:
        """In the scheme that was tried (RFC 9449 section 7.1), with where the door is described: a
        client compares what it finds there with the door that it called.
        """
        tried = request.headers.get("authorization", "").partition(" ")[0].lower()
        scheme = f'DPoP algs="{dpop.ALGORITHM}",' if tried == "dpop" else "Bearer"
        described = f"{self.settings.public_url}{RESOURCE_METADATA}{request.scope['root_path']}"
        return f'{scheme} realm="skolnav", resource_metadata="{described}"'


def _log_refusal(rule: TrustedIssuer, refusal: TokenRefused) -> None:
    extra = {"issuer": rule.issuer, "reason": refusal.reason}
    log.info("trusted_issuer.token_refused", extra=extra)


def _effective_grant(found: Standing | None, token: VerifiedToken) -> Grant:
    if found is None or not found.counts(token.issued):
        raise TokenRefused("The access token is no longer valid.")
    if found.grant is None:
        raise TokenRefused("The application has no grant that is valid today.")
    return found.grant
