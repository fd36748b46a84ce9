"""What the catalogue answers besides records."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.schemas.catalogue.base import CatalogueObject, LocalText, Slug
from app.schemas.catalogue.code_lists import Permission, PurposeCategory
from app.schemas.catalogue.rules import StorageRule
from app.schemas.enums import SchoolType

# A property of the name `date` hides the type.
Day = date
State = Literal["draft", "published", "superseded", "archived"]


class Told(CatalogueObject):
    """What the service adds to a record."""

    uuid: UUID = Field(description="The same for ever, for registers that know things by UUID.")
    version: int = Field(description="Counted from 1 at each save.")
    state: State
    published: datetime | None = Field(description="Since when this version counts.")
    modified: datetime = Field(description="When this version was saved.")
    redacted_fields: list[str] = Field(
        description="Properties that are left out because the token lacks their scope."
    )


class ToldAgreement(Told):
    """What it adds to an agreement."""

    needs_review: bool = Field(description="Whether it was made under a law that holds no more.")


class UseOn(CatalogueObject):
    """How sure it is that a service was used on a day."""

    date: Day
    certainty: Literal["known", "planned", "changing", "unknown"] = Field(
        description="`planned`: it was to come in the place of another by then. `changing`: its "
        "own replacement is planned for a period that the day is in. `unknown`: nobody says since "
        "when it is used."
    )


class FoundService(CatalogueObject):
    """What it adds to a service that was looked for; `useOn` with `validOn`."""

    use_on: UseOn | None = None


class ToldVersion(CatalogueObject):
    """A version of a record; the record's own properties stand beside these."""

    model_config = CatalogueObject.model_config | {"extra": "allow"}

    id: Slug
    version: int
    state: State
    published: datetime | None = None
    ended: datetime | None = Field(None, description="Since when it counts no more.")
    modified: datetime
    saved_by: str | None = Field(None, description="For editors.")
    published_by: str | None = None
    ended_by: str | None = None
    comment: str | None = None


class Versions(CatalogueObject):
    """All versions of a record, the newest first."""

    data: list[ToldVersion]


class ToldChange(CatalogueObject):
    """A record was published, or archived."""

    path: str = Field(description="Where the record is, below `/catalogue/v1`.")
    id: Slug
    version: int
    at: datetime
    act: Literal["published", "archived"]
    by: str | None = Field(None, description="For editors.")


class Changes(CatalogueObject):
    """Changes, the oldest first."""

    data: list[ToldChange]


class ToldRule(Told, StorageRule):
    """A storage rule as it is answered."""


class StorageDecision(CatalogueObject):
    """Whether information may be kept in a service, and what says so."""

    information_type: Slug
    service: Slug
    purpose_category: PurposeCategory | None
    school_form: SchoolType | None
    valid_on: date | None
    permission: Permission | Literal["unknown"] = Field(
        description="The strictest that a rule says. `unknown`: no rule holds, or one that is "
        "stricter depends on what the question leaves out."
    )
    deciding_rules: list[ToldRule] = Field(description="Those that say so, with their sources.")
    other_rules: list[ToldRule] = Field(description="Those that hold as well.")
    undecided_rules: list[ToldRule] = Field(
        description="Those that depend on what the question leaves out."
    )
    missing: list[str] = Field(description="The parameters that would decide them.")


class ImportReport(CatalogueObject):
    """What an import did, or would do: ids by section."""

    dry_run: bool
    created: dict[str, list[str]]
    changed: dict[str, list[str]]
    published: dict[str, list[str]] = Field(description="Published as they were.")
    unchanged: int


class Register(CatalogueObject):
    """A service whose contents can be public records."""

    id: Slug
    name: LocalText | None
    description: LocalText | None
    information: list[LocalText] | None = Field(description="null: nobody knows.")
    may_contain_public_records: bool | None = Field(description="null: nobody knows.")
    secrecy: list[LocalText]


class RecordsFlow(CatalogueObject):
    """What regularly goes from somewhere to somewhere."""

    from_: LocalText | None = Field(alias="from")
    to: LocalText | None
    information: list[LocalText] | None
    outside_the_authority: bool = Field(description="Whether one end is not the authority's own.")


class RecordsDescription(CatalogueObject):
    """An authority's description of its records (OSL 4 kap. 2 §), as far as it is known here."""

    authority: LocalText | None
    registers: list[Register]
    flows: list[RecordsFlow]
    not_here: list[str] = Field(description="What the law asks for besides.")
