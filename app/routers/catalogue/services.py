"""Finds services of both kinds, and says what may be kept where."""

from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from app.errors import BadParameter, NotFound, shown
from app.queries.catalogue.services import (
    BOTH_KINDS,
    KINDS_OF_SERVICES,
    SORTS,
    Asked,
    find_services,
)
from app.queries.catalogue.storage_decisions import Decision, Question, decide
from app.queries.catalogue.versions import Version, published
from app.routers.catalogue.asking import (
    Caller,
    answer,
    begin,
    read_code,
    read_day,
    read_instant,
    read_paging,
    read_word,
    record_of,
    written,
)
from app.schemas.catalogue.code_lists import (
    AgreementStatus,
    DeliveryModel,
    PurposeCategory,
    ServiceCategory,
    ServiceStatus,
    UserGroup,
)
from app.schemas.enums import SchoolType
from app.web.parameters import Parameters, only_parameters

CODES: dict[str, tuple[str, ...]] = {
    "schoolForm": tuple(SchoolType), "purposeCategory": tuple(PurposeCategory),
    "userGroup": tuple(UserGroup), "category": tuple(ServiceCategory),
    "deliveryModel": tuple(DeliveryModel), "status": tuple(ServiceStatus),
    "agreementStatus": tuple(AgreementStatus),
}  # fmt: skip
IDS = ("organisation", "informationType", "supplier")
TAKEN = ("q", "kind", *CODES, *IDS, "validOn", "recordedOn", "modifiedSince", "sort", "limit",
         "page")  # fmt: skip
DECIDED_BY = ("informationType", "service", "purposeCategory", "schoolForm", "validOn")


async def list_services(request: Request) -> Response:
    """GET /services."""
    caller = await begin(request, "/services")
    sent = only_parameters(request.scope["query_string"], TAKEN)
    return await run_in_threadpool(answer_services, request, caller, sent)


async def of_information_type(request: Request) -> Response:
    """GET /information-types/{id}/services."""
    caller = await begin(request, "/information-types/{id}/services")
    taken = tuple(name for name in TAKEN if name != "informationType")
    sent = only_parameters(request.scope["query_string"], taken)
    identifier = request.path_params["id"]

    def read() -> Response:
        with request.app.state.database.transaction() as session:
            if published(session, "informationTypes", identifier) is None:
                raise NotFound(f"There is no information type {shown(identifier)}.")
        return answer_services(request, caller, sent | {"informationType": [identifier]})

    return await run_in_threadpool(read)


def answer_services(request: Request, caller: Caller, sent: Parameters) -> Response:
    """A page of services, each with its kind."""
    paging = read_paging(sent)
    kind = read_code(sent, "kind", tuple(KINDS_OF_SERVICES))
    filters = {name: read_code(sent, name, codes) for name, codes in CODES.items()}
    filters |= {name: read_word(sent, name) for name in IDS}
    asked = Asked(
        KINDS_OF_SERVICES[kind] if kind else BOTH_KINDS, read_word(sent, "q"),
        {name: value for name, value in filters.items() if value is not None},
        read_day(sent, "validOn"), read_instant(sent, "recordedOn"),
        read_instant(sent, "modifiedSince"), read_code(sent, "sort", tuple(SORTS)), paging.limit,
        paging.page,
    )  # fmt: skip
    with request.app.state.database.transaction() as session:
        found = find_services(session, asked)
    day = asked.valid_on
    rows = [
        _service(one, caller)
        | ({"useOn": {"date": day.isoformat(), "certainty": sure}} if day else {})
        for one, sure in zip(found.services, found.certainties, strict=True)
    ]
    return answer(request, caller, paging.answer(rows, found.total))


def _service(version: Version, caller: Caller) -> dict[str, Any]:
    kind = "it" if version.section == "itServices" else "public"
    return {"kind": kind} | record_of(version, caller)


async def storage_decision(request: Request) -> Response:
    """GET /storage-decisions."""
    caller = await begin(request, "/storage-decisions")
    sent = only_parameters(request.scope["query_string"], DECIDED_BY)
    information_type, service = read_word(sent, "informationType"), read_word(sent, "service")
    if information_type is None or service is None:
        raise BadParameter("informationType and service are required: what would be kept where.")
    question = Question(
        information_type, service, read_code(sent, "purposeCategory", tuple(PurposeCategory)),
        read_code(sent, "schoolForm", tuple(SchoolType)), read_day(sent, "validOn"),
    )  # fmt: skip

    def read() -> Response:
        with request.app.state.database.transaction() as session:
            if published(session, "informationTypes", information_type) is None:
                raise NotFound(f"There is no information type {shown(information_type)}.")
            where = published(session, "itServices", service)
            if where is None:
                raise NotFound(f"There is no service {shown(service)}.")
            decision = decide(session, question, where)
        return answer(request, caller, written(_decision(question, decision, caller)))

    return await run_in_threadpool(read)


def _decision(question: Question, decision: Decision, caller: Caller) -> dict[str, Any]:
    day = question.valid_on
    return {
        "informationType": question.information_type, "service": question.service,
        "purposeCategory": question.purpose_category, "schoolForm": question.school_form,
        "validOn": None if day is None else day.isoformat(),
        "permission": decision.permission,
        "decidingRules": [record_of(one, caller) for one in decision.deciding],
        "otherRules": [record_of(one, caller) for one in decision.others],
        "undecidedRules": [record_of(one, caller) for one in decision.undecided],
        "missing": decision.missing,
    }  # fmt: skip
