"""The search index: what services are called, what they are for, and what people look for there."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from app.queries.catalogue.services import BOTH_KINDS
from app.queries.catalogue.versions import Version, everything, newest, published, referring

# Whose names or words stand in those of services.
NAMED = ("organisations", "informationTypes", "serviceUsages", "itServices")
FORGET = text("DELETE FROM catalogue_words WHERE section = :section AND id = :id")
KEEP = text("""
INSERT INTO catalogue_words (section, id, names, words)
VALUES (:section, :id, CAST(:names AS text),
        setweight(to_tsvector('swedish', CAST(:names AS text)), 'A')
        || setweight(to_tsvector('swedish', :tasks), 'B')
        || setweight(to_tsvector('swedish', :description), 'C'))""")


def refresh_words(session: Session, changed: Iterable[tuple[str, str]]) -> None:
    """Index anew what was changed, and what is found by the words of that."""
    wanted: dict[tuple[str, str], None] = {}
    for section, identifier in changed:
        if section in BOTH_KINDS:
            wanted[section, identifier] = None
        if section == "serviceUsages":
            # An archived one is found no more by what it said.
            found = newest(session, section, identifier)
            if found is not None:
                wanted["itServices", found.document["serviceId"]] = None
        elif section in NAMED:
            wanted |= dict.fromkeys(_services(session, referring(session, section, identifier)))
    names: dict[tuple[str, str], dict[str, Any] | None] = {}
    for section, identifier in wanted:
        session.execute(FORGET, {"section": section, "id": identifier})
        version = published(session, section, identifier)
        if version is not None:
            session.execute(KEEP, _words(session, version, names))


def refresh_all_words(session: Session) -> None:
    """Index everything anew; for an import of many."""
    session.execute(text("DELETE FROM catalogue_words"))
    names: dict[tuple[str, str], dict[str, Any] | None] = {}
    for version in everything(session, ("organisations", "informationTypes", "itServices")):
        names[version.section, version.id] = version.document
    usages: dict[str, list[str]] = {}
    for usage in everything(session, ("serviceUsages",)):
        types = usages.setdefault(usage.document["serviceId"], [])
        types += usage.document["informationTypes"] or ()
    kept = [
        _words(session, version, names, usages.get(version.id, []))
        for version in everything(session, BOTH_KINDS)
    ]
    if kept:
        session.execute(KEEP, kept)


def _services(session: Session, named_by: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of records that name something, the services, and those of the usages."""
    found = []
    for section, identifier in named_by:
        if section in BOTH_KINDS:
            found.append((section, identifier))
        elif section == "serviceUsages":
            usage = published(session, section, identifier)
            assert usage is not None
            found.append(("itServices", usage.document["serviceId"]))
    return found


def _words(
    session: Session, version: Version, names: dict[tuple[str, str], dict[str, Any] | None],
    types_of_usages: list[str] | None = None,
) -> dict[str, str]:  # fmt: skip
    document = version.document
    types = list(document["informationTypes"] or ())
    if types_of_usages is not None:
        types += types_of_usages
    elif version.section == "itServices":
        for section, usage_id in referring(session, "itServices", version.id):
            usage = published(session, section, usage_id)
            if section == "serviceUsages" and usage is not None:
                types += usage.document["informationTypes"] or ()
    makers = [document.get("supplierId"), document["organisationId"]]
    tasks = [
        *(_names_of(session, names, "informationTypes", one) for one in dict.fromkeys(types)),
        *(_names_of(session, names, "organisations", one) for one in makers if one),
    ]
    if version.section == "publicServices":
        systems = (one["systemId"] for one in document["channels"] or ())
        tasks += [_names_of(session, names, "itServices", one) for one in systems if one]
    # PostgreSQL lowers å, ä and ö only where its locale knows them.
    texts = {
        "names": _own_names(document), "tasks": " ".join(tasks),
        "description": _both(document["description"]),
    }  # fmt: skip
    found = {name: value.lower() for name, value in texts.items()}
    return found | {"section": version.section, "id": version.id}


def _names_of(
    session: Session, names: dict[tuple[str, str], dict[str, Any] | None], section: str, one: str
) -> str:
    if (section, one) not in names:
        version = published(session, section, one)
        names[section, one] = None if version is None else version.document
    document = names[section, one]
    return "" if document is None else _own_names(document)


def _own_names(document: dict[str, Any]) -> str:
    return " ".join([_both(document["name"]), *(document.get("alternateNames") or ())]).strip()


def _both(value: dict[str, str | None] | None) -> str:
    return " ".join(part for part in (value or {}).values() if part)
