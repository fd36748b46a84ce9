"""A guardian's morning: `/me/v1/today` at an offered load, and the same by SS 12000's own calls."""

import selectors
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
from sqlalchemy import text

from app.auth.secret import SIGNING_KEYS, derived_key
from app.auth.signing_keys import current_signing_key
from app.auth.tokens import Acting, issue_token
from app.models.consents import Consent, TokenFamily
from app.models.consumers import Application, ConsumerOrganisation, Grant
from app.queries.access import PERSONAL_SCOPES, FieldGroup
from benchmarks.load import Connection
from benchmarks.stage import ISSUER, SECRET, Running, Stage, served

GUARDIANS = 200
OFFERED = 200
IN_TIME_MS = 150
DOOR = "/ss12000/v2.0"
HEAD = (
    "| way | offered/s | answered/s | under 150 ms | p50 ms | p99 ms | server CPU µs "
    "| database CPU µs |\n|---|---|---|---|---|---|---|---|"
)
# Guardians of two children under eighteen with lessons.
FAMILIES = """
SELECT re.person_id, array_agg(DISTINCT re.child_id) AS children
  FROM responsible re JOIN person c ON c.id = re.child_id AND c.security_marking = 'Ingen'
   AND c.birth_date > current_date - interval '17 years'
  JOIN enrolment en ON en.person_id = c.id AND coalesce(en.end_date, 'infinity') > current_date
 WHERE re.relation_type = 'Vårdnadshavare'
 GROUP BY 1 HAVING count(DISTINCT re.child_id) = 2 ORDER BY 1 LIMIT :most"""


@dataclass(frozen=True)
class Guardian:
    """Who asks, and with which token."""

    person_id: UUID
    children: tuple[UUID, ...]
    token: str


@dataclass(frozen=True)
class Offered:
    """What came of an offered load. Latencies are from when a request was due, in seconds."""

    seconds: float
    latencies: list[float]
    server_seconds: float
    database_seconds: float

    def line(self, name: str, offered: str) -> str:
        """A row of the table."""
        count = len(self.latencies)
        in_time = sum(one * 1e3 < IN_TIME_MS for one in self.latencies) / count
        middle, late = (self.latencies[min(count - 1, int(share * count))] for share in (0.5, 0.99))
        return (
            f"| {name} | {offered} | {count / self.seconds:,.0f} | {in_time:.1%} "
            f"| {middle * 1e3:.1f} | {late * 1e3:.1f} | {self.server_seconds / count * 1e6:,.0f} "
            f"| {self.database_seconds / count * 1e6:,.0f} |"
        )


def mornings(on: Stage, seconds: float) -> list[str]:
    """The rows of the table."""
    guardians = register(on)
    with served("app.main:create_app", on) as running:
        with httpx.Client(base_url=f"http://127.0.0.1:{running.port}") as http:
            tags = [_tag(http, one) for one in guardians]
            calls, alone, together = _by_calls(http, guardians[0])
        plain = [_request("/me/v1/today", one.token) for one in guardians]
        known = [
            _request("/me/v1/today", one.token, f"If-None-Match: {tag}\r\n")
            for one, tag in zip(guardians, tags, strict=True)
        ]
        offer(running, plain, seconds=seconds / 4)
        made = offer(running, plain, seconds=seconds)
        unchanged = offer(running, known, seconds=seconds)
    return [
        HEAD,
        made.line("today, guardian of two", str(OFFERED)),
        unchanged.line("the same, unchanged since the last poll (304)", str(OFFERED)),
        "",
        f"The same day by SS 12000's own calls, one after the other: {calls} calls, "
        f"{together * 1e3:.1f} ms; one call of `today`, alone: {alone * 1e3:.1f} ms.",
    ]


def register(on: Stage) -> list[Guardian]:
    """An app of the whole city, to which guardians of two allowed everything."""
    now = datetime.now(UTC)
    client_id = f"bench-app-{uuid4().hex[:8]}"
    owner = ConsumerOrganisation(id=uuid4(), name=client_id, created=now)
    application = Application(
        id=uuid4(), client_id=client_id, consumer_organisation_id=owner.id, name=client_id,
        token_endpoint_auth_methods=["none"], redirect_uris=["https://app.example.se/"],
        created=now,
    )  # fmt: skip
    scopes = sorted(PERSONAL_SCOPES)
    guardians = []
    with on.database.transaction() as session:
        roots = session.execute(text("SELECT id FROM organisation WHERE parent_id IS NULL"))
        grant = Grant(
            id=uuid4(), application_id=application.id, agreement_reference="bench",
            purpose="bench", scopes=list(scopes), organisation_ids=list(roots.scalars()),
            school_types=[], field_groups=[FieldGroup.GUARDIANS], rate_tier="city", created=now,
            valid_from=now.date() - timedelta(days=1), valid_to=now.date() + timedelta(days=9),
        )  # fmt: skip
        for row in (owner, application, grant):
            session.add(row)
            session.flush()
        key = current_signing_key(
            session, sealing_key=derived_key(SECRET.encode(), SIGNING_KEYS), now=now
        )
        for person_id, children in session.execute(text(FAMILIES), {"most": GUARDIANS}).all():
            consent = Consent(id=uuid4(), application_id=application.id, person_id=person_id,
                              scopes=list(scopes), child_ids=children, created=now)  # fmt: skip
            family = TokenFamily(id=uuid4(), consent_id=consent.id, scopes=list(scopes),
                                 created=now, expires=now + timedelta(days=1))  # fmt: skip
            session.add(consent)
            session.flush()
            session.add(family)
            token = issue_token(
                key, issuer=ISSUER, client_id=client_id, scopes=frozenset(scopes),
                jti=uuid4().hex, now=now, lifetime=timedelta(minutes=10),
                acting=Acting(person_id, family.id),
            )  # fmt: skip
            guardians.append(Guardian(person_id, tuple(children), token))
    return guardians


def offer(running: Running, requests: Sequence[bytes], *, seconds: float) -> Offered:
    """Send so many requests a second, whether or not the last were answered."""
    before = running.processor_seconds()
    latencies: list[float] = []
    idle: deque[Connection] = deque()
    due_at: dict[int, float] = {}
    with selectors.DefaultSelector() as waiting:
        started = time.perf_counter()
        count = int(OFFERED * seconds)
        sent = 0
        while len(latencies) < count:
            now = time.perf_counter()
            while sent < count and started + sent / OFFERED <= now:
                connection = idle.popleft() if idle else _opened(running.port, waiting)
                due_at[id(connection)] = started + sent / OFFERED
                connection.send(requests[sent % len(requests)])
                sent += 1
            pause = max(0.0, started + sent / OFFERED - time.perf_counter())
            for ready, _ in waiting.select(timeout=pause if sent < count else 5):
                if ready.data.finished():
                    latencies.append(time.perf_counter() - due_at[id(ready.data)])
                    idle.append(ready.data)
        taken = time.perf_counter() - started
        for ready in list(waiting.get_map().values()):
            ready.data.socket.close()
    after = running.processor_seconds()
    return Offered(taken, sorted(latencies), after[0] - before[0], after[1] - before[1])


def _opened(port: int, waiting: selectors.DefaultSelector) -> Connection:
    connection = Connection(port)
    waiting.register(connection.socket, selectors.EVENT_READ, connection)
    return connection


def _request(path: str, token: str, more: str = "") -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n{more}\r\n"
    ).encode()


def _tag(http: httpx.Client, guardian: Guardian) -> str:
    answer = http.get("/me/v1/today", headers={"Authorization": f"Bearer {guardian.token}"})
    answer.raise_for_status()
    tag: str = answer.headers["etag"]
    return tag


def _by_calls(http: httpx.Client, guardian: Guardian) -> tuple[int, float, float]:
    """How many calls the same day takes, how long one of `today` takes, and how long they do."""
    now = datetime.now(UTC)
    window = {"startTime.onOrAfter": now.isoformat(),
              "startTime.onOrBefore": (now + timedelta(days=1)).isoformat(),
              "expand": "activity", "expandReferenceNames": "true"}  # fmt: skip
    paths = ["/persons?expand=groupMemberships,responsibleFor"]
    for child in guardian.children:
        paths += [
            "/calendarEvents?" + urlencode({"student": str(child), **window}),
            f"/absences?student={child}",
            f"/placements?child={child}",
            f"/attendanceEvents?person={child}",
        ]
    headers = {"Authorization": f"Bearer {guardian.token}"}
    took = []
    for asked in (["/me/v1/today"], [DOOR + path for path in paths]):
        started = time.perf_counter()
        for path in asked:
            http.get(path, headers=headers).raise_for_status()
        took.append(time.perf_counter() - started)
    return len(paths), took[0], took[1]
