"""Saves, publishes and archives records. Every save is a new version; nothing is overwritten.

Editors come one at a time: whoever holds the catalogue's lock sees all that was saved before, and
instants grow in the order in which edits commit, so that whoever polls changes misses none.
"""

import json
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import text
from sqlmodel import Session

from app.errors import Conflict, Fault, NotFound, PreconditionFailed, shown
from app.queries.catalogue.versions import (
    Version,
    known_ids,
    newest,
    published,
    referring,
)
from app.schemas.catalogue.kinds import BY_SECTION, Kind
from app.schemas.catalogue.marks import references_in
from app.schemas.catalogue.reading import read_record
from app.schemas.catalogue.telling import hidden_fields, revealed_by
from app.services.catalogue.derived import derived_from, sort_key
from app.services.catalogue.words import refresh_words
from app.services.findings import Findings

LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('catalogue', 0))")
# The sequence of instants: no edit has one that an earlier one had, or an older one.
LAST = text("""
SELECT greatest((SELECT max(published) FROM catalogue_version),
                (SELECT max(ended) FROM catalogue_version),
                (SELECT max(created) FROM catalogue_record))""")
TICK = timedelta(microseconds=1)
RECORD = text("INSERT INTO catalogue_record (section, id, uuid, created) "
              "VALUES (:section, :id, :uuid, :at)")  # fmt: skip
VERSION = text("""
INSERT INTO catalogue_version (section, id, version, document, derived, valid_from, valid_to,
                               sort_key, saved, saved_by, comment, published, published_by)
VALUES (:section, :id, :version, CAST(:document AS jsonb), CAST(:derived AS jsonb), :valid_from,
        :valid_to, :sort_key, :at, :by, :comment, :published, :published_by)""")
END = text("""
UPDATE catalogue_version SET ended = :at, ended_by = :by
 WHERE section = :section AND id = :id AND published IS NOT NULL AND ended IS NULL""")
PUBLISH = text("""
UPDATE catalogue_version SET published = :at, published_by = :by
 WHERE section = :section AND id = :id AND version = :version""")


@dataclass(frozen=True, slots=True)
class Editor:
    """Who edits, with which scopes, why."""

    name: str
    scopes: AbstractSet[str]
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of one transaction, which holds the catalogue's lock: at this instant, by whom."""

    session: Session
    editor: Editor
    at: datetime


def begin_edit(session: Session, editor: Editor, *, now: datetime) -> Edit:
    """Wait for the catalogue's lock, which is held to the transaction's end."""
    session.execute(LOCK)
    last = session.execute(LAST).scalar_one()
    return Edit(session, editor, now if last is None else max(now, last + TICK))


def create(edit: Edit, kind: Kind, given: dict[str, Any]) -> Version:
    """Save the first version of a record, as a draft. Raises BadBody, Conflict."""
    document = checked(edit, kind, given)
    if newest(edit.session, kind.section, document["id"]) is not None:
        raise Conflict(
            f"The {kind.noun} {document['id']} is there already, perhaps archived or a draft. Read "
            "it and PUT the next version, or choose another id."
        )
    store(edit, kind, document, version=1)
    return found(edit.session, kind, document["id"])


def save(
    edit: Edit, kind: Kind, identifier: str, given: dict[str, Any], expected: frozenset[int]
) -> Version:
    """Save the next version of a record, as a draft; the same again is no new version.

    `expected`: the newest versions that the editor may have read. What they are not told of stays
    as it is. Raises BadBody, NotFound, PreconditionFailed.
    """
    before = found(edit.session, kind, identifier)
    check_version(before, expected)
    hidden = hidden_fields(kind, before.document, edit.editor.scopes)
    sent = sorted(name for name in hidden if name in given)
    if sent:
        faults = [Fault(name, "needs a scope that this token lacks; leave it out") for name in sent]
        Findings(faults).raise_any()
    kept = {name: before.document[name] for name in hidden}
    document = checked(edit, kind, {"id": identifier} | given | kept)
    if document["id"] != identifier:
        Findings([Fault("id", f"must be {identifier}: an id is never changed")]).raise_any()
    if document == before.document:
        return before
    Findings(revealed_by(kind, before.document, document, edit.editor.scopes)).raise_any()
    store(edit, kind, document, version=before.version + 1)
    return found(edit.session, kind, identifier)


def publish(edit: Edit, kind: Kind, identifier: str, expected: frozenset[int]) -> Version:
    """Let the newest version count from now on. Publishing again changes nothing.

    Raises NotFound, PreconditionFailed, BadBody for what it names that is not published.
    """
    version = found(edit.session, kind, identifier)
    check_version(version, expected)
    if version.state == "published":
        return version
    if version.state == "archived":
        raise Conflict("The record is archived. Save a new version to publish it again.")
    check_references(edit, [(kind, version.document)], public=True)
    mark_published(edit, kind, identifier, version.version)
    refresh_words(edit.session, [(kind.section, identifier)])
    return found(edit.session, kind, identifier)


def archive(edit: Edit, kind: Kind, identifier: str, expected: frozenset[int]) -> Version:
    """Let nothing of it count from now on; its versions stay. Raises NotFound,
    PreconditionFailed, Conflict while published records name it.
    """
    version = found(edit.session, kind, identifier)
    check_version(version, expected)
    if published(edit.session, kind.section, identifier) is None:
        raise Conflict(f"The {kind.noun} is not published, so there is nothing to archive.")
    users = [one for one in referring(edit.session, kind.section, identifier)
             if one != (kind.section, identifier)]  # fmt: skip
    if users:
        named = ", ".join(f"{BY_SECTION[section].noun} {one}" for section, one in users[:10])
        raise Conflict(f"It is named by {named}. Change or archive what names it first.")
    edit.session.execute(END, _named(edit, kind, identifier))
    refresh_words(edit.session, [(kind.section, identifier)])
    return found(edit.session, kind, identifier)


def checked(edit: Edit, kind: Kind, given: dict[str, Any]) -> dict[str, Any]:
    """The document, sound by itself, naming only what is there. Raises BadBody."""
    read = read_record(kind, given)
    Findings(read.faults).raise_any()
    check_references(edit, [(kind, read.document)], public=False)
    return read.document


def check_references(
    edit: Edit, documents: Iterable[tuple[Kind, dict[str, Any]]], *, public: bool
) -> None:
    """Raise BadBody unless all that these documents name is there, or is published."""
    findings = Findings()
    named = [
        (one, reference) for kind, one in documents for reference in references_in(kind.model, one)
    ]
    known = known_ids(edit.session, {(one.section, one.id) for _, one in named})
    for document, one in named:
        is_public = known.get((one.section, one.id))
        itself = one.id == document["id"]
        noun = BY_SECTION[one.section].noun
        findings.require(is_public is not None, one.path, f"there is no {noun} {shown(one.id)}")
        if public and is_public is not None:
            findings.require(
                is_public or itself, one.path, f"{noun} {one.id} is not published; publish it first"
            )
    findings.raise_any()


def found(session: Session, kind: Kind, identifier: str) -> Version:
    """The newest version of a record. Raises NotFound."""
    version = newest(session, kind.section, identifier)
    if version is None:
        raise NotFound(f"There is no {kind.noun} {shown(identifier)}.")
    return version


def check_version(version: Version, expected: frozenset[int]) -> None:
    """Raise PreconditionFailed unless the editor has read the newest version."""
    if version.version not in expected:
        raise PreconditionFailed(
            f"The newest version is {version.version}, which is not the one that If-Match names. "
            "Read it (`?draft=true`), and decide anew."
        )


def store(
    edit: Edit, kind: Kind, document: dict[str, Any], *, version: int, publish: bool = False
) -> None:
    """Keep a version as it is: as a draft, or as what counts from now on."""
    identifier = document["id"]
    named = _named(edit, kind, identifier)
    if version == 1:
        unique = uuid5(NAMESPACE_URL, f"skolnav:catalogue:{kind.section}:{identifier}")
        edit.session.execute(RECORD, named | {"uuid": unique})
    row = {
        "version": version, "document": json.dumps(document, ensure_ascii=False),
        "derived": json.dumps(derived_from(kind, document)), "valid_from": document["validFrom"],
        "valid_to": document["validTo"], "sort_key": sort_key(document),
        "comment": edit.editor.comment, "published": edit.at if publish else None,
        "published_by": edit.editor.name if publish else None,
    }  # fmt: skip
    if publish and version > 1:
        edit.session.execute(END, named)
    edit.session.execute(VERSION, named | row)


def mark_published(edit: Edit, kind: Kind, identifier: str, version: int) -> None:
    """Let this version, which is stored, count, and none before it."""
    named = _named(edit, kind, identifier)
    edit.session.execute(END, named)
    edit.session.execute(PUBLISH, named | {"version": version})


def _named(edit: Edit, kind: Kind, identifier: str) -> dict[str, Any]:
    return {"section": kind.section, "id": identifier, "at": edit.at, "by": edit.editor.name}
