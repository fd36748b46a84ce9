"""The kinds of records: how each is called in files and addresses, and what its shape is."""

from dataclasses import dataclass
from types import MappingProxyType

from app.schemas.catalogue import management, rules, services
from app.schemas.catalogue.base import Record


@dataclass(frozen=True)
class Kind:
    """A kind: the file's section, the address's segment, what one is called, its shape."""

    section: str
    path: str
    noun: str
    model: type[Record]


KINDS = (
    Kind("sources", "sources", "source", management.Source),
    Kind("organisations", "organisations", "organisation", services.Organisation),
    Kind("roles", "roles", "role", management.Role),
    Kind("informationTypes", "information-types", "information type", rules.InformationType),
    Kind("supplierRequirements", "supplier-requirements", "supplier requirement",
         rules.SupplierRequirement),
    Kind("itServices", "services", "service", services.ItService),
    Kind("serviceUsages", "service-usages", "service usage", services.ServiceUsage),
    Kind("storageRules", "storage-rules", "storage rule", rules.StorageRule),
    Kind("agreements", "agreements", "agreement", rules.Agreement),
    Kind("integrations", "integrations", "integration", rules.Integration),
    Kind("publicServices", "public-services", "public service", services.PublicService),
    Kind("datasets", "datasets", "data set", management.Dataset),
    Kind("dataServices", "data-services", "data service", management.DataService),
    Kind("assessments", "assessments", "assessment", management.Assessment),
    Kind("costs", "costs", "cost", management.CostItem),
    Kind("responsibilities", "responsibilities", "responsibility", management.Responsibility),
    Kind("plannedActions", "planned-activities", "planned activity", management.PlannedAction),
    Kind("channelRules", "channel-rules", "channel rule", rules.ChannelRule),
    Kind("costRules", "cost-rules", "cost rule", rules.CostRule),
    Kind("ecosystemModel", "ecosystem-parts", "part of the ecosystem", management.EcosystemPart),
    Kind("openQuestions", "open-questions", "open question", management.OpenQuestion),
)  # fmt: skip
BY_SECTION = MappingProxyType({kind.section: kind for kind in KINDS})
