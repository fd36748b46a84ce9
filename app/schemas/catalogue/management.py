"""What is planned, measured, paid and answered for."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.schemas.catalogue.base import (
    CatalogueObject,
    LocalText,
    Name,
    Period,
    Record,
    Refers,
    Several,
    ShortText,
    Slug,
    Text,
    WebAddress,
    Withheld,
)
from app.schemas.catalogue.code_lists import (
    AccessRights,
    CostKind,
    LifecyclePhase,
    ReviewState,
    UserGroup,
)
from app.schemas.catalogue.services import (
    CONTACTS,
    Contact,
    InformationTypes,
    OrganisationId,
    ServiceId,
)

COSTS = "catalogue.costs:read"
RoleId = Annotated[Slug, Refers("roles")]
Year = Annotated[str, Field(pattern=r"^(19|20|21)\d\d$")]
Values = dict[Year, Annotated[float, Field()] | None]


class Change(CatalogueObject):
    """A change as the source tells it, which need not follow from the values."""

    model_config = CatalogueObject.model_config | {"extra": "allow"}
    __pydantic_extra__: dict[str, float | str | None]

    from_: Annotated[Year, Field(alias="from")]
    to: Year
    unit: ShortText | None = None


class Assessment(Record):
    """A measurement over the years. `overall` is told by the source; it is no mean."""

    instrument: ShortText
    organisation_id: OrganisationId
    assessor: LocalText | None = None
    unit: ShortText | None = None
    measured_when: dict[Year, ShortText | None] | None = None
    values: dict[Annotated[str, Field(max_length=60)], Values]
    reported_change: Change | None = None


class CostItem(Record):
    """Money for a service. What a supplier was promised needs a scope; totals do not."""

    subject: ServiceId
    kind: CostKind
    amount: Annotated[float, Field(ge=0), Withheld(COSTS)] | None = Field(
        None, description="Withheld only where `kind` is `contract`."
    )
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "SEK"
    funded_by: LocalText | None = None
    period: Period | None = None


class Source(Record):
    """A document that facts were taken from."""

    title: ShortText | None = None
    file: ShortText | None = None
    organisation_id: OrganisationId | None = None
    document_date: date | None = None
    kind: ShortText | None = None


class Role(Record):
    """A function that somebody holds; never a person."""

    name: Name


class Responsibility(Record):
    """Which function answers for what, in which phase."""

    service_id: ServiceId | None = None
    role_id: RoleId
    organisation_id: OrganisationId | None = None
    lifecycle_phase: LifecyclePhase | None = None
    side: Literal["business", "it"] | None = None
    duties: LocalText | None = None
    held_by: Annotated[Contact, Withheld(CONTACTS)] | None = None


class PlannedAction(Record):
    """What will be done: what, why, how, when, by which function."""

    what: LocalText
    why: LocalText | None = None
    how: LocalText | None = None
    when: Period | None = None
    service_id: ServiceId | None = None
    responsible: RoleId | None = None


class EcosystemPart(Record):
    """A part of what schools need, whatever the products are called."""

    part: LocalText
    examples: Several[ShortText] | None = None
    information_types: InformationTypes | None = None
    user_groups: Several[UserGroup] | None = None


class OpenQuestion(Record):
    """What nobody knows yet, or where sources contradict each other."""

    about: ShortText
    question: Text
    state: ReviewState = ReviewState.OPEN
    answer: Text | None = None


class Distribution(CatalogueObject):
    """A form in which a data set can be had."""

    title: LocalText | None = None
    access_url: WebAddress
    download_url: WebAddress | None = None
    media_type: Annotated[str, Field(pattern=r"^[a-z]+/[a-zA-Z0-9.+-]+$")]
    byte_size: Annotated[int, Field(ge=0)] | None = None
    licence: WebAddress | None = None
    service_id: Annotated[Slug, Refers("dataServices")] | None = None


class Dataset(Record):
    """A data set, also one that is not for everybody (DCAT)."""

    title: LocalText
    description: LocalText
    publisher_id: OrganisationId
    contact: Annotated[Contact, Withheld(CONTACTS)] | None = None
    access_rights: AccessRights
    information_types: InformationTypes | None = None
    keywords: Several[LocalText] | None = None
    themes: Several[WebAddress] | None = None
    distributions: Several[Distribution] | None = None


class DataService(Record):
    """An API that gives data (DCAT)."""

    title: LocalText
    description: LocalText
    publisher_id: OrganisationId
    endpoint_url: WebAddress
    endpoint_description: WebAddress | None = None
    access_rights: AccessRights
    licence: WebAddress | None = None
    provided_by: ServiceId | None = None
    serves: Several[Annotated[Slug, Refers("datasets")]] | None = None
