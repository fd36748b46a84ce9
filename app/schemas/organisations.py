"""Organisation: the wire shape of the standard."""

from datetime import date
from uuid import UUID

from app.schemas.base import (
    Email,
    ObjectReference,
    Page,
    StandardObject,
    UniqueList,
    Uri,
    WireModel,
)
from app.schemas.enums import ContactInfoType, OrganisationAddressType, OrganisationType, SchoolType


class OrganisationAddress(WireModel):
    """One of an object's address."""

    type: OrganisationAddressType | None = None
    street_address: str
    locality: str
    postal_code: str
    county_code: int | None = None
    municipality_code: int | None = None
    real_estate_designation: str | None = None
    country: str | None = None


class ContactInfo(WireModel):
    """One of an object's contactInfo."""

    info_type: ContactInfoType | None = None
    info: str | None = None


class Organisation(StandardObject):
    """An organisation of the city."""

    display_name: str
    organisation_code: str | None = None
    organisation_type: OrganisationType
    organisation_number: str | None = None
    parent_organisation: ObjectReference | None = None
    school_unit_code: str | None = None
    school_types: UniqueList[SchoolType] | None = None
    address: OrganisationAddress | None = None
    municipality_code: str | None = None
    url: Uri | None = None
    email: Email | None = None
    phone_number: str | None = None
    contact_info: list[ContactInfo] | None = None
    start_date: date | None = None
    end_date: date | None = None


class OrganisationsLookup(WireModel):
    """The body of the lookup: an object is answered when it matches any key."""

    ids: list[UUID] | None = None
    school_unit_codes: list[str] | None = None
    organisation_codes: list[str] | None = None


class OrganisationsPage(Page[Organisation]):
    """One page of the list."""
