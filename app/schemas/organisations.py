"""Organisations: from the responsible body down to the school unit."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from app.schemas.base import (
    Email,
    IdsLookup,
    ObjectReference,
    Page,
    StandardObject,
    UniqueList,
    Uri,
    WireModel,
    with_example,
)
from app.schemas.enums import OrganisationType, SchoolType
from app.schemas.examples import ORGANISATION


class OrganisationAddressType(StrEnum):
    """What an organisation's address is for."""

    BESOKSADRESS = "Besöksadress"
    LEVERANSADRESS = "Leveransadress"
    POSTADRESS = "Postadress"
    FAKTURAADRESS = "Fakturaadress"


class ContactInfoType(StrEnum):
    """Whom an organisation's contact information is for."""

    SUPPORT = "Support"
    PUBLIK = "Publik"


class OrganisationAddress(WireModel):
    """Where an organisation is found or takes its post."""

    type: OrganisationAddressType | None = Field(None, description="What the address is for.")
    street_address: str
    locality: str = Field(description="Postal town.")
    postal_code: str
    county_code: int | None = Field(None, description="Statistics Sweden's county code.")
    municipality_code: int | None = Field(
        None, description="Statistics Sweden's municipality code, here as a number."
    )
    real_estate_designation: str | None = Field(
        None, description="Name of the property in the real property register."
    )
    country: str | None = None


class ContactInfo(WireModel):
    """Free text on how to reach the organisation."""

    info_type: ContactInfoType | None = Field(None, description="Whom the text is for.")
    info: str | None = None


class Organisation(StandardObject):
    """A node in the tree of organisations. Needs the scope `organisations:read`."""

    model_config = with_example(ORGANISATION)

    display_name: str = Field(description="The name to show.")
    organisation_code: str | None = Field(
        None, description="The responsible body's own code for the organisation."
    )
    organisation_type: OrganisationType
    organisation_number: str | None = Field(
        None, description="Number in the register of legal entities."
    )
    parent_organisation: ObjectReference | None = Field(
        None, description="The organisation above. Never one of the type Skolenhet."
    )
    school_unit_code: str | None = Field(
        None, description="The National Agency's code. On organisations of the type Skolenhet."
    )
    school_types: UniqueList[SchoolType] | None = Field(
        None, description="What the school unit offers. On organisations of the type Skolenhet."
    )
    address: OrganisationAddress | None = None
    municipality_code: str | None = Field(
        None, description="Statistics Sweden's code of the municipality, four digits."
    )
    url: Uri | None = None
    email: Email | None = None
    phone_number: str | None = None
    contact_info: list[ContactInfo] | None = None
    start_date: date | None = Field(
        None, description="First valid day. Organisations below inherit narrower of both."
    )
    end_date: date | None = Field(None, description="Last valid day. Absent: until further notice.")


class OrganisationsPage(Page[Organisation]):
    """One page of organisations."""


class OrganisationsLookup(IdsLookup):
    """Which organisations to return: those that any of the lists names."""

    school_unit_codes: list[str] | None = Field(None, description="School unit codes.")
    organisation_codes: list[str] | None = Field(None, description="Organisation codes.")
