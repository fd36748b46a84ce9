"""An importer pointed at the quirky server."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.database import Database
from app.jobs.import_sources import ImportPlan, RunReport, SourceServer, import_ss12000
from app.models import sources  # noqa: F401 - the tables
from app.services.import_tables import table_of
from app.sources.ss12000.client import Limits
from app.sources.ss12000.credentials import ClientCredentials
from tests.imports.quirky_server import QuirkySource, serving_quirks
from tests.imports.school import school

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def source() -> Iterator[QuirkySource]:
    """The small school behind a local port."""
    with serving_quirks(QuirkySource(school())) as running:
        yield running


class Importer:
    """Runs imports of one source, each an hour after the one before."""

    def __init__(self, database: Database, source: QuirkySource) -> None:
        self.database = database
        self.source = source
        self.now = NOON
        self.waits: list[float] = []
        credentials = ClientCredentials(source.url + "/token", "importer", "secret")
        limits = Limits(page_size=2, first_pause=0.01, timeout=5)
        self.server = SourceServer("neighbour", source.url, credentials, limits=limits)

    def run(self, mode: str = "full", *, server: SourceServer | None = None,
            **plan: Any) -> RunReport:  # fmt: skip
        self.now += timedelta(hours=1)
        return import_ss12000(
            self.database, server=server or self.server, plan=ImportPlan(mode, **plan),
            now=self.now, wait=self.waits.append,
        )  # fmt: skip

    def with_secret_by_post(self) -> SourceServer:
        """The server, whose token endpoint wants the secret in the body."""
        assert isinstance(self.server.authentication, ClientCredentials)
        return replace(
            self.server, authentication=replace(self.server.authentication, style="post")
        )

    def rows(self, table_name: str) -> list[dict[str, Any]]:
        """All rows of a table, by id where there is one."""
        table = table_of(table_name)
        order = list(table.primary_key)
        with self.database.transaction() as session:
            found = session.execute(table.select().order_by(*order)).mappings()
            return [dict(row) for row in found]

    def row(self, table_name: str, identity: str) -> dict[str, Any]:
        """One row."""
        (found,) = [row for row in self.rows(table_name) if str(row["id"]) == identity]
        return found

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """The content of every table of the standard."""
        return {name: self.rows(name) for name in STORED}


STORED = (
    "organisation", "syllabus", "programme", "programme_syllabus", "school_unit_offering",
    "offered_syllabus", "offered_programme", "person", "enrolment", "responsible",
    "school_group", "group_membership", "duty", "assignment_role", "placement",
    "placement_owner", "room", "resource", "activity", "activity_group", "activity_teacher",
    "calendar_event", "student_exception", "teacher_exception", "attendance",
    "attendance_event", "attendance_schedule", "attendance_schedule_state", "absence",
)  # fmt: skip


@pytest.fixture
def importer(database: Database, source: QuirkySource) -> Importer:
    """An importer of the small school."""
    return Importer(database, source)
