"""The catalogue's code lists. A code is refused unless it stands here."""

from enum import StrEnum


class ServiceStatus(StrEnum):
    """How far a service has come, from the first plan to its end."""

    PLANNED = "planned"
    PILOT = "pilot"
    IN_PROCUREMENT = "in_procurement"
    CONTRACTED = "contracted"
    IN_USE = "in_use"
    BEING_PHASED_OUT = "being_phased_out"
    REPLACED = "replaced"
    RETIRED = "retired"


class ServiceCategory(StrEnum):
    """What kind of IT service it is."""

    PLATFORM = "platform"
    CHILD_AND_PUPIL_REGISTER = "child_and_pupil_register"
    ADMINISTRATIVE_SYSTEM = "administrative_system"
    SCHEDULE_SYSTEM = "schedule_system"
    LEARNING_PLATFORM = "learning_platform"
    COLLABORATION_SUITE = "collaboration_suite"
    START_PAGE = "start_page"
    MOBILE_APP = "mobile_app"
    EMAIL_AND_CALENDAR = "email_and_calendar"
    RECORDS_REGISTRY = "records_registry"
    INTRANET = "intranet"
    DIGITAL_LEARNING_RESOURCE = "digital_learning_resource"
    SELF_ASSESSMENT_TOOL = "self_assessment_tool"


class DeliveryModel(StrEnum):
    """How the service comes to the city."""

    CLOUD_SERVICE = "cloud_service"
    PROCURED_PRODUCT = "procured_product"
    SELF_DEVELOPED = "self_developed"


class LifecyclePhase(StrEnum):
    """The phase of the service's management."""

    PROCUREMENT = "procurement"
    COMMISSIONING = "commissioning"
    ADMINISTRATION = "administration"
    USE_AND_SUPPORT = "use_and_support"
    DECOMMISSIONING = "decommissioning"


class PurposeCategory(StrEnum):
    """What the information is used for: it decides which tool is right."""

    PUBLIC_AUTHORITY = "public_authority"
    PEDAGOGICAL_ADMINISTRATION = "pedagogical_administration"
    PEDAGOGY = "pedagogy"


class Obligation(StrEnum):
    """Whether those for whom the service is must use it."""

    MANDATORY = "mandatory"
    PERMITTED = "permitted"
    OPTIONAL = "optional"


class Permission(StrEnum):
    """What a rule says of keeping information somewhere."""

    RECOMMENDED = "recommended"
    ALLOWED = "allowed"
    ALLOWED_PARTIALLY = "allowed_partially"
    FORBIDDEN = "forbidden"


class RuleAction(StrEnum):
    """What a rule is about doing with information."""

    STORE = "store"
    PUBLISH = "publish"


class UserGroup(StrEnum):
    """Who uses a service."""

    STUDENT = "student"
    GUARDIAN = "guardian"
    TEACHER = "teacher"
    PRINCIPAL = "principal"
    COUNSELLOR = "counsellor"
    SPECIAL_EDUCATOR = "special_educator"
    SCHOOL_SECRETARY = "school_secretary"
    CENTRAL_STAFF = "central_staff"
    SCHOOL_ADMINISTRATOR = "school_administrator"
    STAFF = "staff"
    CITIZEN = "citizen"


class AgreementType(StrEnum):
    """What kind of agreement it is."""

    BASE_AGREEMENT = "base_agreement"
    DATA_PROCESSING_AGREEMENT = "data_processing_agreement"
    SECURE_TRANSFER_SUPPLEMENT = "secure_transfer_supplement"
    THIRD_PARTY_TERMS = "third_party_terms"
    PROCUREMENT_CONTRACT = "procurement_contract"


class AgreementStatus(StrEnum):
    """How far the agreement has come."""

    PROCUREMENT_ONGOING = "procurement_ongoing"
    IN_FORCE = "in_force"
    ENDED = "ended"


class IntegrationStatus(StrEnum):
    """Whether the data flow. `not_needed` is a fact, too."""

    IN_OPERATION = "in_operation"
    PLANNED = "planned"
    BUILT_IN = "built_in"
    NOT_NEEDED = "not_needed"


class ChannelType(StrEnum):
    """How a public service is reached. E-mail is a channel, but no digital one for errands."""

    E_SERVICE = "e_service"
    WEB_LOGIN = "web_login"
    WEBSITE = "website"
    MOBILE_APP = "mobile_app"
    EMAIL = "email"


class OrganisationKind(StrEnum):
    """What an organisation of the catalogue is."""

    MUNICIPALITY = "municipality"
    COMMITTEE = "committee"
    DEPARTMENT = "department"
    SUPPLIER = "supplier"
    NATIONAL_BODY = "national_body"


class CostKind(StrEnum):
    """What the money is for. `contract` is a price that a supplier was promised."""

    DEVELOPMENT = "development"
    OPERATION = "operation"
    CONTRACT = "contract"


class AccessRights(StrEnum):
    """Who may have the data of a set (EU authority table `access-right`)."""

    PUBLIC = "PUBLIC"
    RESTRICTED = "RESTRICTED"
    NON_PUBLIC = "NON_PUBLIC"


class ReviewState(StrEnum):
    """Whether an open question is still open."""

    OPEN = "open"
    ANSWERED = "answered"
