"""Person: the wire shape of the standard."""

from datetime import date
from uuid import UUID

from pydantic import Field

from app.schemas.base import (
    Email,
    ObjectReference,
    PersonReference,
    SchoolYear,
    StandardObject,
    UniqueList,
    Uri,
    WireModel,
)
from app.schemas.enums import (
    EmailType,
    PersonAddressType,
    PersonStatus,
    PhoneNumberType,
    RelationType,
    SchoolType,
    SecurityMarking,
    Sex,
)


class ExternalIdentifier(WireModel):
    """One of an object's externalIdentifiers."""

    value: str
    context: str
    globally_unique: bool


class CivicNo(WireModel):
    """One of an object's civicNo."""

    value: str
    nationality: str | None = None


class EmailAddress(WireModel):
    """One of an object's emails."""

    value: Email
    type: EmailType


class PhoneNumber(WireModel):
    """One of an object's phoneNumbers."""

    value: str
    type: PhoneNumberType
    mobile: bool


class PersonAddress(WireModel):
    """One of an object's addresses."""

    type: PersonAddressType | None = None
    street_address: str
    locality: str
    postal_code: str
    county_code: int | None = None
    municipality_code: int | None = None
    real_estate_designation: str | None = None
    country: str


class Enrolment(WireModel):
    """One of an object's enrolments."""

    enroled_at: ObjectReference
    school_year: SchoolYear | None = None
    school_type: SchoolType
    start_date: date
    end_date: date | None = None
    cancelled: bool | None = None
    education_code: str | None = None
    programme: ObjectReference | None = None
    specification: str | None = None


class Responsible(WireModel):
    """One of an object's responsibles."""

    person: PersonReference | None = None
    relation_type: RelationType | None = None


class Person(StandardObject):
    """A pupil, guardian or member of staff."""

    given_name: str
    middle_name: str | None = None
    family_name: str
    edu_person_principal_names: UniqueList[str] | None = None
    external_identifiers: list[ExternalIdentifier] | None = Field(
        None, description="Needs the field group `identifiers`."
    )
    civic_no: CivicNo | None = Field(None, description="Needs the field group `identifiers`.")
    birth_date: date | None = Field(None, description="Needs the field group `identifiers`.")
    sex: Sex | None = Field(None, description="Needs the field group `identifiers`.")
    security_marking: SecurityMarking | None = Field(
        None, description="Needs the field group `marking`."
    )
    person_status: PersonStatus | None = None
    emails: list[EmailAddress] | None = Field(None, description="Needs the field group `contact`.")
    phone_numbers: list[PhoneNumber] | None = Field(
        None, description="Needs the field group `contact`."
    )
    addresses: list[PersonAddress] | None = Field(
        None, description="Needs the field group `contact`."
    )
    photo: Uri | None = Field(None, description="Needs the field group `photo`.")
    enrolments: list[Enrolment] | None = None
    responsibles: list[Responsible] | None = Field(
        None, description="Needs the field group `guardians`."
    )


class PersonsLookup(WireModel):
    """The body of the lookup: an object is answered when it matches any key."""

    ids: list[UUID] | None = None
    civic_nos: list[str] | None = None
