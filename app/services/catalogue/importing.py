"""Takes a whole catalogue from a file: all of it or, when anything is wrong, nothing."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from app.errors import Fault
from app.queries.catalogue.versions import Version, known_ids, newest_of_all
from app.schemas.catalogue.kinds import BY_SECTION, KINDS, Kind
from app.schemas.catalogue.marks import references_in
from app.schemas.catalogue.reading import read_record
from app.schemas.catalogue.telling import hidden_fields, revealed_by
from app.services.catalogue.editing import Edit, mark_published, store
from app.services.catalogue.words import refresh_all_words
from app.services.findings import Findings

# What a file says about itself.
ABOUT = frozenset({"meta", "codeLists"})
ABOUT_META = frozenset({"schemaVersion", "language", "seeds", "itServiceDefaults"})
SCHEMA_VERSION = 1
Key = tuple[str, str]


@dataclass
class Report:
    """What an import did, or would do: ids by section."""

    created: dict[str, list[str]] = field(default_factory=dict)
    changed: dict[str, list[str]] = field(default_factory=dict)
    published: dict[str, list[str]] = field(default_factory=dict)
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class _Given:
    kind: Kind
    path: str
    sent: Mapping[str, Any]
    document: dict[str, Any]

    @property
    def key(self) -> Key:
        return (self.kind.section, self.document["id"])


def import_catalogue(
    edit: Edit, parsed: Mapping[str, Any], *, publish: bool, replace: bool
) -> Report:
    """Save what a file holds as new versions, and `publish` them.

    A record that is there already and differs is changed only if the file's `version` of it is the
    newest one, or if all is to be `replace`d: nothing that others saved meanwhile is lost unseen.
    Raises BadBody with every fault.
    """
    findings = Findings(_about_itself(parsed))
    before = newest_of_all(edit.session)
    in_file: set[Key] = set()
    given = list(_records(edit, parsed, before, in_file, findings))
    _check_references(edit, given, in_file, before, findings, publish=publish)
    for one in given:
        _check_unseen(one, before.get(one.key), findings, replace=replace)
    findings.raise_any()
    report = Report()
    for one in given:
        _apply(edit, one, before.get(one.key), report, publish=publish)
    refresh_all_words(edit.session)
    return report


def _about_itself(parsed: Mapping[str, Any]) -> Iterator[Fault]:
    for name in parsed:
        if name not in ABOUT and name not in BY_SECTION:
            known = ", ".join([*sorted(ABOUT), *BY_SECTION])
            yield Fault(str(name), f"is not a section; known are {known}")
    if not isinstance(parsed.get("meta", {}), dict | None):
        yield Fault("meta", "must be an object")
    meta = _meta(parsed)
    for name in meta:
        if name not in ABOUT_META:
            yield Fault(f"meta.{name}", "is not known here")
    if not isinstance(meta.get("seeds", {}), dict | None):
        yield Fault("meta.seeds", "must be an object: a source by each id")
    if meta.get("schemaVersion", SCHEMA_VERSION) != SCHEMA_VERSION:
        yield Fault("meta.schemaVersion", f"must be {SCHEMA_VERSION}")


def _meta(parsed: Mapping[str, Any]) -> dict[str, Any]:
    return _object(parsed.get("meta"))


def _object(given: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever came
    return given if isinstance(given, dict) else {}


def _records(
    edit: Edit, parsed: Mapping[str, Any], before: Mapping[Key, Version], in_file: set[Key],
    findings: Findings,
) -> Iterator[_Given]:  # fmt: skip
    """The records that are sound by themselves; of the others the faults. All are `in_file`."""
    for kind in KINDS:
        for position, sent in enumerate(_section(parsed, kind, findings)):
            identifier = sent.get("id") if isinstance(sent, dict) else None
            path = f"{kind.section}[{identifier or position}]"
            if not isinstance(sent, dict):
                findings.require(False, path, "must be an object")
                continue
            key = (kind.section, str(identifier))
            findings.require(key not in in_file, path, "stands there twice")
            in_file.add(key)
            stored = before.get(key)
            withheld = sent.get("redactedFields")
            findings.require(_are_names(withheld), f"{path}.redactedFields",
                             "must be a list of names")  # fmt: skip
            read = read_record(kind, {**sent, **_kept(edit, kind, withheld, stored)})
            faults = list(read.faults)
            if stored is not None and not faults:
                faults += revealed_by(kind, stored.document, read.document, edit.editor.scopes)
            for fault in faults:
                where = f"{path}.{fault.path}" if fault.path else path
                findings.require(False, where, fault.message)
            if read.record is not None and not faults:
                yield _Given(kind, path, sent, read.document)


def _section(parsed: Mapping[str, Any], kind: Kind, findings: Findings) -> list[Any]:
    found = list(_list(parsed.get(kind.section), kind.section, findings))
    if kind.section == "sources":
        seeds = _object(_meta(parsed).get("seeds"))
        found += [{"id": str(name), **about} if isinstance(about, dict) else about
                  for name, about in seeds.items()]  # fmt: skip
    if kind.section == "assessments":
        found = [{"id": _assessment_id(one), **one} if isinstance(one, dict) else one
                 for one in found]  # fmt: skip
    return found


def _list(given: Any, name: str, findings: Findings) -> list[Any]:  # noqa: ANN401 - whatever came
    findings.require(given is None or isinstance(given, list), name, "must be a list")
    return given if isinstance(given, list) else []


def _assessment_id(given: Mapping[str, Any]) -> str:
    """An assessment may be told by its instrument and whose it is."""
    return f"{given.get('instrument')}-{given.get('organisationId')}".lower()


def _are_names(given: Any) -> bool:  # noqa: ANN401 - whatever came
    return given is None or (isinstance(given, list) and all(isinstance(one, str) for one in given))


def _kept(edit: Edit, kind: Kind, withheld: Any, stored: Version | None) -> dict[str, Any]:  # noqa: ANN401
    """What the file was not told, or its sender may not tell, stays as it is."""
    if stored is None:
        return {}
    hidden = {*hidden_fields(kind, stored.document, edit.editor.scopes),
              *((withheld or ()) if _are_names(withheld) else ())}  # fmt: skip
    return {name: stored.document[name] for name in hidden if name in stored.document}


def _check_references(
    edit: Edit, given: list[_Given], in_file: AbstractSet[Key], before: Mapping[Key, Version],
    findings: Findings, *, publish: bool,
) -> None:  # fmt: skip
    named = [(one, ref) for one in given for ref in references_in(one.kind.model, one.document)]
    there = known_ids(edit.session, {(ref.section, ref.id) for _, ref in named})
    for one, ref in named:
        key = (ref.section, ref.id)
        noun = BY_SECTION[ref.section].noun
        path = f"{one.path}.{ref.path}"
        findings.require(key in in_file or key in there, path, f"there is no {noun} {ref.id}")
        if publish and key in there and key not in in_file:
            findings.require(there[key], path, f"{noun} {ref.id} is not published")
    for one in given:
        for position, (source, _line, _words) in enumerate(one.document["evidence"] or ()):
            known = ("sources", source) in in_file or ("sources", source) in before
            path = f"{one.path}.evidence[{position}][0]"
            findings.require(known, path, f"there is no source {source}")


def _check_unseen(
    one: _Given, stored: Version | None, findings: Findings, *, replace: bool
) -> None:
    if stored is None or one.document == stored.document or replace:
        return
    if one.sent.get("version") == stored.version:
        return
    differing = ", ".join(
        sorted(name for name in one.document if one.document[name] != stored.document.get(name))
    )
    findings.require(
        False, one.path,
        f"is there already as version {stored.version}, with another {differing}. Put `version: "
        f"{stored.version}` on it when that has been read, or import with replace",
    )  # fmt: skip


def _apply(
    edit: Edit, one: _Given, stored: Version | None, report: Report, *, publish: bool
) -> None:
    section, identifier = one.key
    if stored is not None and one.document == stored.document:
        if not publish or stored.state == "published":
            report.unchanged += 1
            return
        done = report.published
        mark_published(edit, one.kind, identifier, stored.version)
    else:
        done = report.created if stored is None else report.changed
        version = 1 if stored is None else stored.version + 1
        store(edit, one.kind, one.document, version=version, publish=publish)
    done.setdefault(section, []).append(identifier)
