"""Information, what may be kept where, agreements and how data flow."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.schemas.catalogue.base import (
    CatalogueObject,
    Distinct,
    LocalText,
    Name,
    Record,
    Refers,
    SchoolForms,
    Several,
    ShortText,
    Slug,
    WebAddress,
    Withheld,
)
from app.schemas.catalogue.code_lists import (
    AgreementStatus,
    AgreementType,
    ChannelType,
    CostKind,
    DeliveryModel,
    IntegrationStatus,
    Permission,
    PurposeCategory,
    RuleAction,
)
from app.schemas.catalogue.services import InformationTypes, OrganisationId, ServiceId

CLASSIFICATION = "catalogue.classification:read"
INTEGRATIONS = "catalogue.integrations:read"
AGREEMENTS = "catalogue.agreements:read"
Level = Annotated[int, Field(ge=0, le=4, description="KLASSA: 0 (none) to 4 (very serious).")]
Services = Distinct[ServiceId]


class Classification(CatalogueObject):
    """How much harm it does when the information is read, changed or gone."""

    method: ShortText = "KLASSA"
    confidentiality: Level | None = None
    integrity: Level | None = None
    availability: Level | None = None
    decided_on: date | None = None
    review_on: date | None = None


class InformationType(Record):
    """A kind of information. Classified is information; a system takes its highest class."""

    name: Name
    alternate_names: Several[ShortText] | None = None
    description: LocalText | None = None
    personal_data: bool | None = None
    classification: Annotated[Classification, Withheld(CLASSIFICATION)] | None = None


class StorageRule(Record):
    """What may be done with information in a service. What is null holds for all of them.

    A rule that names a service and a delivery model holds for the service and for all services of
    its organisation that are delivered so.
    """

    organisation_id: OrganisationId
    purpose_category: PurposeCategory | None = None
    information_types: InformationTypes | None = None
    school_forms: SchoolForms | None = None
    service_id: ServiceId | None = None
    applies_to_delivery_model: DeliveryModel | None = None
    action: RuleAction = RuleAction.STORE
    permission: Permission
    condition: LocalText | None = Field(
        None, description="When the rule holds, where that takes a person to judge."
    )
    strength: ShortText | None = None
    decided_by: ShortText | None = None
    decided_on: date | None = None


class Agreement(Record):
    """An agreement, also one that is still being procured. Its document needs a scope."""

    type: AgreementType
    status: AgreementStatus | None = None
    organisation_id: OrganisationId
    supplier_id: OrganisationId | None = None
    services: Services | None = None
    school_forms: SchoolForms | None = None
    purpose: LocalText | None = None
    disclosed_information_types: InformationTypes | None = None
    source_service_id: ServiceId | None = None
    storage_location: ShortText | None = None
    retention: LocalText | None = None
    onward_disclosure: bool | None = None
    legal_framework: ShortText | None = Field(
        None, description="Such as GDPR. One under an older law needs review: `needsReview`."
    )
    follow_up: LocalText | None = None
    reviewed_on: date | None = None
    reuse_right: bool | None = Field(None, description="Whether the city may use the data freely.")
    document: Annotated[WebAddress, Withheld(AGREEMENTS)] | None = None


class Integration(Record):
    """Data that go from one service to another, will go, or need not."""

    source_service_id: ServiceId
    target_service_id: ServiceId
    information_types: InformationTypes | None = None
    status: IntegrationStatus | None = None
    direction: Literal["push", "pull", "both"] | None = None
    standard: ShortText | None = Field(None, description="Such as SS 12000.")
    requirement_ids: Distinct[Annotated[Slug, Refers("supplierRequirements")]] | None = None
    protocol: Annotated[ShortText, Withheld(INTEGRATIONS)] | None = None
    encryption: Annotated[ShortText, Withheld(INTEGRATIONS)] | None = None
    host: Annotated[ShortText, Withheld(INTEGRATIONS)] | None = None


class SupplierRequirement(Record):
    """What suppliers must do."""

    organisation_id: OrganisationId
    subject: ShortText
    requirement: LocalText | None = None
    standard: ShortText | None = None


class ChannelRule(Record):
    """What holds for ways to public services."""

    rule: LocalText
    detail: LocalText | None = None
    channel_type: ChannelType | None = None
    counts_as_digital_channel: bool | None = None


class CostRule(Record):
    """What holds for costs."""

    rule: LocalText
    detail: LocalText | None = None
    kinds: Distinct[CostKind] | None = None
