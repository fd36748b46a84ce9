"""The authority's description of its records (OSL 4 kap. 2 §), as far as the catalogue knows.

The law asks for registers, for what the authority regularly fetches from and gives to others, and
for the secrecy that is usual. Only public facts are told. What the catalogue does not hold is named
in `not_here`, so that whoever publishes the description adds it.
"""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.queries.catalogue.versions import everything

Text = dict[str, str | None]
SECTIONS = ("agreements", "informationTypes", "integrations", "itServices", "organisations",
            "serviceUsages")  # fmt: skip
NOT_HERE = (
    "the authority's organisation and tasks", "how the public can search its records",
    "who gives information on its records", "whether it sells personal data",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Register:
    """A service whose contents can be public records. What is None, nobody knows."""

    id: str
    name: Text | None
    description: Text | None
    information: list[Text] | None
    may_contain: bool | None
    secrecy: list[Text]


@dataclass(frozen=True, slots=True)
class Flow:
    """What regularly goes from somewhere to somewhere; `to` or `from_` is a register or another."""

    from_: Text | None
    to: Text | None
    information: list[Text] | None
    outside: bool


@dataclass(frozen=True, slots=True)
class RecordsDescription:
    """What the catalogue knows of one authority's records."""

    authority: Text | None
    registers: list[Register]
    flows: list[Flow]
    not_here: tuple[str, ...] = NOT_HERE


def describe_records(session: Session, organisation: str) -> RecordsDescription:
    """Of an organisation and those below it."""
    found: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in SECTIONS}
    for version in everything(session, SECTIONS):
        found[version.section][version.id] = version.document
    own = _with_those_below(found["organisations"], organisation)
    services = {
        name: one for name, one in found["itServices"].items() if one["organisationId"] in own
    }
    return RecordsDescription(
        found["organisations"][organisation]["name"],
        [_register(name, one, found) for name, one in services.items()],
        _each_once([*_flows(services, found), *_disclosures(own, found)]),
    )


def _with_those_below(organisations: dict[str, dict[str, Any]], root: str) -> set[str]:
    own = {root}
    while True:
        below = {name for name, one in organisations.items() if one["parentId"] in own}
        if below <= own:
            return own
        own |= below


def _register(
    identifier: str, service: dict[str, Any], found: dict[str, dict[str, dict[str, Any]]]
) -> Register:
    usages = [one for one in found["serviceUsages"].values() if one["serviceId"] == identifier]
    known = [
        one["informationTypes"] for one in (service, *usages) if one["informationTypes"] is not None
    ]
    types = [one for each in known for one in each] if known else None
    return Register(
        identifier, service["name"], service["description"], _names(types, found),
        service["mayContainPublicRecords"], [one["secrecy"] for one in usages if one["secrecy"]],
    )  # fmt: skip


def _flows(
    services: dict[str, dict[str, Any]], found: dict[str, dict[str, dict[str, Any]]]
) -> list[Flow]:
    flows = []
    for one in found["integrations"].values():
        source, target = one["sourceServiceId"], one["targetServiceId"]
        if one["status"] not in ("in_operation", "built_in") or not {source, target} & set(
            services
        ):
            continue
        types = one["informationTypes"]
        flows.append(
            Flow(
                found["itServices"][source]["name"], found["itServices"][target]["name"],
                _names(types, found),
                not {source, target} <= set(services),
            )
        )  # fmt: skip
    return flows


def _disclosures(own: set[str], found: dict[str, dict[str, dict[str, Any]]]) -> list[Flow]:
    """What agreements in force say is given to a supplier."""
    flows = []
    for one in found["agreements"].values():
        types = one["disclosedInformationTypes"]
        if one["organisationId"] not in own or one["status"] != "in_force" or not types:
            continue
        source, supplier = one["sourceServiceId"], one["supplierId"]
        flows.append(
            Flow(
                found["itServices"][source]["name"] if source else None,
                found["organisations"][supplier]["name"] if supplier else None,
                _names(types, found), outside=True,
            )
        )  # fmt: skip
    return flows


def _each_once(flows: list[Flow]) -> list[Flow]:
    """Two integrations, such as of two school forms, can be one flow of the same."""
    return [one for at, one in enumerate(flows) if one not in flows[:at]]


def _names(
    types: list[str] | None, found: dict[str, dict[str, dict[str, Any]]]
) -> list[Text] | None:
    if types is None:
        return None
    return [found["informationTypes"][one]["name"] for one in dict.fromkeys(types)]
