"""Says what is known in one language, with the names of other records and their pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from app.queries.catalogue.versions import Version
from app.routers.catalogue_pages.texts import CODES, TEXTS

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

    def amount(self, value: float) -> str:
        """An amount of money as it is written here, with decimals where it has any."""
        written = f"{value:,.2f}".removesuffix(".00")
        if self.lang == "sv":
            return written.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")
        return written

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
