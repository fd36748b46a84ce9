"""What a service's page shows: sections of facts in words, with what is unknown said so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.queries.catalogue.versions import Version
from app.routers.catalogue_pages.words import Document, Piece, Words
from app.schemas.catalogue.base import period_days
from app.schemas.catalogue.kinds import BY_SECTION
from app.schemas.catalogue.telling import redacted


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what is known."""

    label: str
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class Group:
    """Facts that belong together, such as those of one agreement."""

    facts: list[Fact]
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and groups of facts; `empty` is said when there are none."""

    title: str
    groups: list[Group]
    empty: str | None = None


def public(version: Version) -> Document:
    """What everybody may know of a record."""
    return redacted(BY_SECTION[version.section], version.document, frozenset())


def of_service(
    version: Version, near: Iterable[Version], rules: Iterable[Version], words: Words
) -> list[Section]:
    """An IT service's page: itself, what names it, the rules that can hold there."""
    document = public(version)
    by_section: dict[str, list[Document]] = {}
    for one in near:
        by_section.setdefault(one.section, []).append(public(one))
    return [
        _about(document, words),
        Section(words["use"], [_usage(one, words) for one in by_section.get("serviceUsages", ())],
                words["unknown"]),
        Section(words["storage"], [_rule(public(one), words) for one in rules],
                words["storage_none"]),
        Section(words["agreements"], [_agreement(one, words)
                                      for one in by_section.get("agreements", ())],
                words["unknown"]),
        Section(words["replacement"], _replacements(document, by_section, words)),
        Section(words["way_in"], _entries(document, words), words["unknown"]),
    ]  # fmt: skip


def of_public_service(version: Version, words: Words) -> list[Section]:
    """A public service's page."""
    document = public(version)
    facts = [
        Fact(words["users"], words.codes(document["userGroups"])),
        Fact(words["forms"], words.codes(document["schoolForms"])),
        Fact(words["organisation"], words.organisation(document["organisationId"])),
        Fact(words["information"], words.types(document["informationTypes"])),
    ]
    facts += [
        Fact(words["cost"], [Piece(f"{words.amount(cost['amount'])} {cost['currency']}")])
        for cost in document["costs"] or ()
    ]
    if document["condition"]:
        facts.append(Fact(words["condition"], words.text(words.said(document["condition"]))))
    ways = [_channel(one, words) for one in document["channels"] or ()]
    return [Section(words["description"], [Group(facts)]),
            Section(words["way_in"], ways, words["unknown"])]  # fmt: skip


def _about(document: Document, words: Words) -> Section:
    facts = [
        Fact(words["information"], words.types(document["informationTypes"])),
        Fact(words["forms"], words.forms(document)),
        Fact(words["category"], words.codes(_one(document["category"]))),
        Fact(words["organisation"], words.organisation(document["organisationId"])),
        Fact(words["supplier"], words.organisation(document["supplierId"])),
        Fact(words["owner"], words.organisation(document["ownerId"])),
        Fact(words["delivery"], words.codes(_one(document["deliveryModel"]))),
        Fact(words["public_records"], words.flag(document["mayContainPublicRecords"])),
    ]
    if document["partOf"]:
        facts.append(Fact(words["part_of"], [words.service(document["partOf"])]))
    return Section(words["description"], [Group(facts)])


def _one(value: str | None) -> list[str] | None:
    return None if value is None else [value]


def _usage(usage: Document, words: Words) -> Group:
    facts = [
        Fact(words["information"], words.types(usage["informationTypes"])),
        Fact(words["purpose"], words.codes(_one(usage["purposeCategory"]))),
        Fact(words["forms"], words.codes(usage["schoolForms"])),
        Fact(words["users"], words.codes(usage["userGroups"])),
    ]
    if usage["excludedUserGroups"]:
        facts.append(Fact(words["not_users"], words.codes(usage["excludedUserGroups"])))
    if usage["obligation"]:
        facts.append(Fact(words["obligation"], words.codes([usage["obligation"]])))
    if usage["secrecy"]:
        facts.append(Fact(words["secrecy"], words.text(words.said(usage["secrecy"]))))
    return Group(facts)


def _rule(rule: Document, words: Words) -> Group:
    facts = []
    if rule["informationTypes"] is not None:
        facts.append(Fact(words["information"], words.types(rule["informationTypes"])))
    if rule["purposeCategory"]:
        facts.append(Fact(words["purpose"], words.codes([rule["purposeCategory"]])))
    if rule["schoolForms"] is not None:
        facts.append(Fact(words["forms"], words.codes(rule["schoolForms"])))
    if rule["condition"]:
        facts.append(Fact(words["condition"], words.text(words.said(rule["condition"]))))
    if rule["evidence"]:
        facts.append(Fact(words["sources"], sources(rule["evidence"], words)))
    permission = words.code(rule["permission"])
    return Group(facts, permission[0].upper() + permission[1:])


def sources(evidence: Iterable[Any], words: Words) -> list[Piece]:
    """Where facts stand: the source's title and the line."""
    found = []
    for source, line, _words in evidence:
        version = words.others.get(("sources", source))
        title = version.document["title"] if version else None
        found.append(Piece(f"{title or source}, {words['line']} {line}"))
    return found


def _agreement(agreement: Document, words: Words) -> Group:
    facts = [
        Fact(words["status"], words.codes(_one(agreement["status"]))),
        Fact(words["supplier"], words.organisation(agreement["supplierId"])),
        Fact(words["purpose"], words.text(words.said(agreement["purpose"]))),
        Fact(words["disclosed"], words.types(agreement["disclosedInformationTypes"])),
        Fact(words["retention"], words.text(words.said(agreement["retention"]))),
        Fact(words["law"], words.text(agreement["legalFramework"])),
    ]
    if agreement["needsReview"]:
        facts.append(Fact(words["alert"], [Piece(words["review"], is_warning=True)]))
    kind = words.code(agreement["type"])
    return Group(facts, kind[0].upper() + kind[1:])


def _replacements(
    document: Document, near: Mapping[str, list[Document]], words: Words
) -> list[Group]:
    groups = [_replaced(document, one, words) for one in document["replacedBy"] or ()]
    for other in near.get("itServices", ()):
        for one in other["replacedBy"] or ():
            if one["serviceId"] == document["id"]:
                facts = [Fact(words["replaces"], [words.service(other["id"])])]
                groups.append(Group(facts + _scope_of(other, one, words)))
    return groups


def _replaced(document: Document, one: Document, words: Words) -> Group:
    known = one["serviceId"]
    by = [words.service(known)] if known else [Piece(words["nothing_known"], is_unknown=True)]
    return Group([Fact(words["replaced_by"], by), *_scope_of(document, one, words)])


def _scope_of(document: Document, one: Document, words: Words) -> list[Fact]:
    facts = []
    if one["schoolForms"] is not None:
        facts.append(Fact(words["forms"], words.codes(one["schoolForms"])))
    if one["informationTypes"] is not None:
        facts.append(Fact(words["information"], words.types(one["informationTypes"])))
    period = one["period"] or document["plannedReplacementPeriod"]
    facts.append(Fact(words["when"], words.text(period and _period(period))))
    return facts


def _period(period: str) -> str:
    first, last = period_days(period)
    return period if len(period) == len("2024") else f"{first}/{last}"


def _entries(document: Document, words: Words) -> list[Group]:
    groups = [
        Group([Fact(words.code(one["type"]).capitalize(), [Piece(one["url"], one["url"])]),
               Fact(words["users"], words.codes(one["userGroups"]))])
        for one in document["entryPoints"] or ()
    ]  # fmt: skip
    if document["url"]:
        groups.append(Group([Fact(words["open"], [Piece(document["url"], document["url"])])]))
    return groups


def _channel(channel: Document, words: Words) -> Group:
    facts = [Fact(words["channel"], words.codes(_one(channel["type"])))]
    if channel["url"]:
        facts.append(Fact(words["open"], [Piece(channel["url"], channel["url"])]))
    if channel["systemId"]:
        facts.append(Fact(words["kind_it"], [words.service(channel["systemId"])]))
    facts.append(Fact(words["eid"], words.flag(channel["requiresEid"])))
    return Group(facts)
