"""Persons: pupils, guardians and staff. `PersonExpanded` and the page stand in expanded.py."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from app.schemas.base import (
    Email,
    IdsLookup,
    ObjectReference,
    PersonReference,
    SchoolYear,
    StandardObject,
    UniqueList,
    Uri,
    WireModel,
    with_example,
)
from app.schemas.enums import RelationType, SchoolType, SecurityMarking
from app.schemas.examples import PERSON


class Sex(StrEnum):
    """Legal sex."""

    MAN = "Man"
    KVINNA = "Kvinna"
    OKANT = "Okänt"


class PersonStatus(StrEnum):
    """Whether a person is active, has emigrated or has died."""

    AKTIV = "Aktiv"
    UTVANDRAD = "Utvandrad"
    AVLIDEN = "Avliden"


class EmailType(StrEnum):
    """Where an e-mail address belongs."""

    PRIVAT = "Privat"
    SKOLA_ELEV = "Skola elev"
    SKOLA_PERSONAL = "Skola personal"
    ARBETE_OVRIGT = "Arbete övrigt"


class PhoneNumberType(StrEnum):
    """Where a phone number belongs."""

    HEM = "Hem"
    ARBETE = "Arbete"


class PersonAddressType(StrEnum):
    """What a person's address is."""

    FOLKBOKFORING = "Folkbokföring"
    SARSKILD_POSTADRESS = "Särskild postadress"
    TILLFALLIG_ADRESS = "Tillfällig adress"
    POSTADRESS = "Postadress"


class ExternalIdentifier(WireModel):
    """What another system calls the person."""

    value: str
    context: str = Field(description="Which system or register the value belongs to.")
    globally_unique: bool = Field(description="Whether the value is unique without its context.")


class CivicNo(WireModel):
    """Personal number, co-ordination number or temporary number."""

    value: str = Field(
        description="12 characters without separator. Temporary numbers may contain letters."
    )
    nationality: str | None = Field(
        None,
        description="Country that gave the number.",
        json_schema_extra={"default": "SE"},
    )


class PersonEmail(WireModel):
    """An e-mail address."""

    value: Email
    type: EmailType


class PhoneNumber(WireModel):
    """A phone number."""

    value: str
    type: PhoneNumberType
    mobile: bool = Field(
        description="Whether it is a mobile phone.", json_schema_extra={"default": True}
    )


class PersonAddress(WireModel):
    """A person's postal address."""

    type: PersonAddressType | None = Field(
        None, description="What the address is.", json_schema_extra={"default": "Folkbokföring"}
    )
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
    country: str


class Enrolment(WireModel):
    """A pupil's enrolment at a school unit."""

    enroled_at: ObjectReference = Field(description="The school unit.")
    school_year: SchoolYear | None = Field(
        None, description="The year of school the pupil is in, 0 for the preschool class."
    )
    school_type: SchoolType
    start_date: date = Field(description="First day of the enrolment.")
    end_date: date | None = Field(
        None, description="Last day of the enrolment. Absent: until further notice."
    )
    cancelled: bool | None = Field(None, description="Whether the pupil broke off the studies.")
    education_code: str | None = Field(None, description="Code of the education followed.")
    programme: ObjectReference | None = Field(None, description="The programme followed.")
    specification: str | None = Field(None, description="Free text about the enrolment.")


class PersonResponsible(WireModel):
    """The other end of a relation between a child and a responsible adult."""

    person: PersonReference | None = None
    relation_type: RelationType | None = Field(None, description="What the adult is to the child.")


class Person(StandardObject):
    """A person without what `expand` adds. Needs the scope `people:read`.

    Some properties need a field group of their own, and are absent without it.
    """

    model_config = with_example(PERSON)

    given_name: str
    middle_name: str | None = None
    family_name: str
    edu_person_principal_names: UniqueList[str] | None = Field(
        None, description="Names for signing in, in the form user@realm."
    )
    external_identifiers: list[ExternalIdentifier] | None = Field(
        None, description="Ids in other systems. Needs the field group `identifiers`."
    )
    civic_no: CivicNo | None = Field(
        None, description="Personal number. Needs the field group `identifiers`."
    )
    birth_date: date | None = Field(None, description="Needs the field group `identifiers`.")
    sex: Sex | None = Field(None, description="Legal sex. Needs the field group `identifiers`.")
    security_marking: SecurityMarking | None = Field(
        None, description="Whether the data is protected. Needs the field group `marking`."
    )
    person_status: PersonStatus | None = Field(
        None,
        description="Status in the population register.",
        json_schema_extra={"default": "Aktiv"},
    )
    emails: list[PersonEmail] | None = Field(
        None, description="E-mail addresses. Needs the field group `contact`."
    )
    phone_numbers: list[PhoneNumber] | None = Field(
        None, description="Phone numbers. Needs the field group `contact`."
    )
    addresses: list[PersonAddress] | None = Field(
        None, description="Postal addresses. Needs the field group `contact`."
    )
    photo: Uri | None = Field(
        None, description="Address of a picture. Needs the field group `photo`."
    )
    enrolments: list[Enrolment] | None = Field(
        None, description="Where the person is a pupil. Returned without `expand`."
    )
    responsibles: list[PersonResponsible] | None = Field(
        None,
        description="Guardians and others responsible for this person. Returned without "
        "`expand`. Needs the field group `guardians`.",
    )


class PersonsLookup(IdsLookup):
    """Which persons to return: those that any of the lists names."""

    civic_nos: list[str] | None = Field(
        None,
        description="Personal numbers, 12 characters without separator; co-ordination and "
        "temporary numbers too.",
    )
