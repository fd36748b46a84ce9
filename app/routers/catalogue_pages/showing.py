"""What a service's page shows: sections of facts in words, with what is unknown said so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from app.queries.catalogue.versions import Version
from app.routers.catalogue_pages.texts import CODES, TEXTS
from app.schemas.catalogue.base import period_days
from app.schemas.catalogue.kinds import BY_SECTION
from app.schemas.catalogue.telling import redacted

Document = dict[str, Any]
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a fact: a text, perhaps a link, perhaps what nobody knows."""

    text: str
    href: str | None = None
    is_unknown: bool = False
    is_warning: bool = False


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


@dataclass(frozen=True, slots=True)
class Words:
    """Speaks one language, and knows what other records are called."""

    lang: str
    others: Mapping[Key, Version] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return TEXTS[self.lang][name]

    @property
    def query(self) -> str:
        """What keeps the language in links."""
        return "" if self.lang == "sv" else f"?lang={self.lang}"

    def said(self, value: Mapping[str, str | None] | None) -> str | None:
        """A text in this language, or in Swedish."""
        return None if value is None else value.get(self.lang) or value["sv"]

    def code(self, code: str) -> str:
        """A code in words; school forms that pages have no word for by their code."""
        return CODES[self.lang].get(code, code)

    def name(self, section: str, identifier: str) -> str:
        """What a record is called; one without a name by its id."""
        found = self.others.get((section, identifier))
        named = None if found is None else self.said(found.document["name"])
        return named or identifier

    def service(self, identifier: str) -> Piece:
        """A service, with its page."""
        href = f"/tjanster/{quote(identifier)}{self.query}"
        return Piece(self.name("itServices", identifier), href)

    def unknown(self) -> list[Piece]:
        """What nobody knows."""
        return [Piece(self["unknown"], is_unknown=True)]

    def text(self, value: str | None) -> list[Piece]:
        """A text, or that nobody knows it."""
        return self.unknown() if value is None else [Piece(value)]

    def texts(self, values: Iterable[str] | None) -> list[Piece]:
        """Texts, that there are none, or that nobody knows."""
        if values is None:
            return self.unknown()
        return [Piece(one) for one in values] or [Piece(self["none"])]

    def codes(self, values: Iterable[str] | None) -> list[Piece]:
        """Codes in words."""
        return self.texts(None if values is None else map(self.code, values))

    def flag(self, value: bool | None) -> list[Piece]:
        """Yes, no, or nobody knows."""
        return self.text(None if value is None else self["yes" if value else "no"])

    def types(self, values: Iterable[str] | None) -> list[Piece]:
        """Kinds of information by name."""
        names = None if values is None else [self.name("informationTypes", one) for one in values]
        return self.texts(names)

    def forms(self, document: Document) -> list[Piece]:
        """School forms of a record."""
        if document.get("allSchoolForms"):
            return [Piece(self["all_forms"])]
        return self.codes(document["schoolForms"])

    def organisation(self, identifier: str | None) -> list[Piece]:
        """An organisation by name."""
        return self.text(identifier and self.name("organisations", identifier))


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
        Fact(words["cost"], [Piece(f"{cost['amount']:g} {cost['currency']}")])
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
