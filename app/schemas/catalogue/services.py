"""IT services, how they are used, public services and the organisations behind them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.schemas.catalogue.base import (
    CatalogueObject,
    Distinct,
    LocalText,
    Name,
    Period,
    Record,
    Refers,
    SchoolForms,
    Several,
    ShortText,
    Slug,
    Text,
    WebAddress,
    Withheld,
)
from app.schemas.catalogue.code_lists import (
    ChannelType,
    DeliveryModel,
    LifecyclePhase,
    Obligation,
    OrganisationKind,
    PurposeCategory,
    ServiceCategory,
    ServiceStatus,
    UserGroup,
)

OrganisationId = Annotated[Slug, Refers("organisations")]
ServiceId = Annotated[Slug, Refers("itServices")]
InformationTypes = Distinct[Annotated[Slug, Refers("informationTypes")]]
UserGroups = Distinct[UserGroup]
CONTACTS = "catalogue.contacts:read"


class Organisation(Record):
    """A municipality, a part of one, a supplier or a national body."""

    name: Name | None = None
    type: OrganisationKind
    parent_id: OrganisationId | None = None
    organisation_number: (
        Annotated[str, Field(pattern=r"^\d{6}-?\d{4}$", description="As the tax agency gives it.")]
        | None
    ) = None
    homepage: WebAddress | None = None


class Contact(CatalogueObject):
    """Whom to ask: a function's address, or a named person's."""

    name: ShortText | None = None
    function: Name | None = None
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)] | None = None
    phone: ShortText | None = None


class EntryPoint(CatalogueObject):
    """Where one goes to use the service."""

    type: Literal["web", "app"]
    url: WebAddress
    user_groups: UserGroups | None = None
    requires_eid: bool | None = None


class Module(CatalogueObject):
    """A part of the service that has a state of its own."""

    name: Name
    status: ServiceStatus | None = None
    planned_period: Period | None = None
    information_types: InformationTypes | None = None


class Replacement(CatalogueObject):
    """What takes the service's place, for which school forms and information, and when.

    Without `schoolForms` or `informationTypes` it is for all of them. `serviceId` null: not known
    yet.
    """

    service_id: ServiceId | None = None
    school_forms: SchoolForms | None = None
    information_types: InformationTypes | None = None
    period: Period | None = Field(
        None, description="When it happens; without it the service's `plannedReplacementPeriod`."
    )
    partial: bool | None = Field(None, description="True: only parts of it are replaced.")
    note: Text | None = None


class ItService(Record):
    """A system or service that the schools use. Not what a citizen does: see public services."""

    name: Name | None = None
    alternate_names: Several[ShortText] | None = None
    organisation_id: OrganisationId
    supplier_id: OrganisationId | None = None
    owner_id: OrganisationId | None = None
    category: ServiceCategory | None = None
    delivery_model: DeliveryModel | None = None
    status: ServiceStatus | None = None
    lifecycle_phase: LifecyclePhase | None = None
    part_of: ServiceId | None = None
    all_school_forms: bool | None = Field(
        None,
        description="True: it is for every school form. Null with `schoolForms` null: unknown.",
    )
    school_forms: SchoolForms | None = None
    description: LocalText | None = None
    information_types: InformationTypes | None = None
    is_source_of_record: bool | None = Field(
        None, description="Whether what it holds of these types is the original."
    )
    replaced_by: Several[Replacement] | None = None
    replaces: Distinct[ServiceId] | None = None
    replaces_partially: bool | None = None
    planned_replacement_period: Period | None = None
    under_review: bool | None = None
    modules: Several[Module] | None = None
    entry_points: Several[EntryPoint] | None = None
    url: WebAddress | None = None
    domain: ShortText | None = None
    coverage: ShortText | None = Field(None, description="For whom, where it is not for all.")
    structured_material: bool | None = None
    security_note: LocalText | None = None
    may_contain_public_records: bool | None = None
    management_plan: WebAddress | None = None
    risk_analysis: WebAddress | None = None
    alert: LocalText | None = Field(None, description="What users should know just now.")
    contact: Annotated[Contact, Withheld(CONTACTS)] | None = None


class ServiceUsage(Record):
    """Who uses a service for which information, in which school form and for what.

    The category of purpose stands here and not on the service or the information: the same grades
    are exercise of authority in one use and administration in another.
    """

    service_id: ServiceId
    information_types: InformationTypes | None = None
    purpose_category: PurposeCategory | None = None
    school_forms: SchoolForms | None = None
    user_groups: UserGroups | None = None
    excluded_user_groups: UserGroups | None = None
    obligation: Obligation | None = None
    exclusive: bool | None = Field(
        None, description="True: the service is used there for nothing else."
    )
    secrecy: LocalText | None = None


class Channel(CatalogueObject):
    """A way to a public service."""

    type: ChannelType | None = None
    url: WebAddress | None = None
    system_id: ServiceId | None = Field(None, description="The IT service where an errand ends up.")
    requires_eid: bool | None = None


class Cost(CatalogueObject):
    """What it costs whoever uses it."""

    amount: Annotated[float, Field(ge=0)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "SEK"
    valid_from: date | None = None
    valid_to: date | None = None
    condition: LocalText | None = None


class PublicService(Record):
    """What a citizen can get done (CPSV-AP), whoever delivers it."""

    name: Name
    alternate_names: Several[ShortText] | None = None
    description: LocalText | None = None
    organisation_id: OrganisationId = Field(description="The competent authority.")
    national_service_number: ShortText | None = None
    user_groups: UserGroups | None = None
    school_forms: SchoolForms | None = None
    information_types: InformationTypes | None = None
    condition: LocalText | None = None
    compare_by: Annotated[dict[Literal["sv", "en"], list[ShortText]], Field()] | None = None
    frequency: ShortText | None = None
    required_documents: Several[LocalText] | None = None
    costs: Several[Cost] | None = None
    processing_time: LocalText | None = None
    channels: Several[Channel] | None = None
