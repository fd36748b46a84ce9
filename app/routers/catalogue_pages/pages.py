"""GET /tjanster …: finding a service, one service, and how data go between them."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from app.database import Session
from app.errors import TooManyRequests
from app.queries.catalogue.records_description import describe_records
from app.queries.catalogue.services import BOTH_KINDS, KINDS_OF_SERVICES, Asked, find_services
from app.queries.catalogue.storage_decisions import rules_for
from app.queries.catalogue.versions import Version, everything, neighbours, published, those
from app.routers.catalogue_pages.flows import DASHES, Flow, draw, state_samples
from app.routers.catalogue_pages.showing import (
    of_public_service,
    of_service,
    public,
    sources,
)
from app.routers.catalogue_pages.texts import OFFERED_FORMS, TEXTS
from app.routers.catalogue_pages.words import Piece, Words
from app.schemas.catalogue.code_lists import ServiceCategory, UserGroup
from app.schemas.catalogue.kinds import BY_SECTION
from app.schemas.catalogue.marks import references_in
from app.web.documents import TERMS
from app.web.pages import language, message_page, public_page
from app.web.routes import PlainRoute

TEMPLATES = Path(__file__).parent / "templates"
HERE = "/tjanster"
ROWS = 20
LONGEST_WORDS = 200
CHOICES: dict[str, tuple[str, ...]] = {
    "schoolForm": OFFERED_FORMS, "userGroup": tuple(UserGroup), "category": tuple(ServiceCategory),
}  # fmt: skip

router = APIRouter(route_class=PlainRoute)


@router.get(HERE, include_in_schema=False)
async def search_page(request: Request) -> Response:
    """The way in."""
    return await _served(request, HERE, _search)


@router.get(f"{HERE}/floden", include_in_schema=False)
async def flows_page(request: Request) -> Response:
    """All data flows as a picture and as a table."""
    return await _served(request, f"{HERE}/floden", _flows)


@router.get(f"{HERE}/arkivbeskrivning", include_in_schema=False)
async def records_page(request: Request) -> Response:
    """An authority's description of its records."""
    return await _served(request, f"{HERE}/arkivbeskrivning", _records)


@router.get(TERMS, include_in_schema=False)
async def terms_page(request: Request) -> Response:
    """What all who use the APIs agree to."""
    return await _served(request, TERMS, _terms)


@router.get(f"{HERE}/{{id}}", include_in_schema=False)
async def service_page(request: Request) -> Response:
    """One service."""
    return await _served(request, f"{HERE}/{{id}}", _service)


async def _served(request: Request, route: str, make: Any) -> Response:  # noqa: ANN401 - a page
    request.state.route = f"GET {route}"
    address = request.client.host if request.client else ""
    try:
        await run_in_threadpool(request.app.state.rate_limits.hit_public, address)
    except TooManyRequests as refused:
        return message_page(request, "busy", status=refused.status, headers=refused.headers)
    return await run_in_threadpool(make, request)


def _page(request: Request, template: str, words: Words, **values: Any) -> Response:  # noqa: ANN401
    other = words["other"]
    switched = urlencode(dict(request.query_params) | {"lang": other})
    return public_page(
        request, TEMPLATES, template, texts=TEXTS[words.lang], words=words, here=HERE, other=other,
        other_address=f"?{switched}", query=words.query, **values,
    )  # fmt: skip


def _search(request: Request) -> Response:
    """What was looked for; whatever is no choice counts as none, because people edit addresses."""
    sent = request.query_params
    words = sent.get("q", "")[:LONGEST_WORDS].replace("\x00", "").strip()
    chosen = {name: sent[name] for name, codes in CHOICES.items() if sent.get(name) in codes}
    kind = sent.get("kind") if sent.get("kind") in KINDS_OF_SERVICES else None
    number = sent.get("page", "1")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    asked = Asked(
        KINDS_OF_SERVICES[kind] if kind else BOTH_KINDS, words or None, chosen,
        limit=ROWS, page=max(1, page),
    )  # fmt: skip
    with request.app.state.database.transaction() as session:
        found = find_services(session, asked)
        speaking = _speaking(request, session, found.services)
    rows = [_row(one, speaking) for one in found.services]
    kept = {name: one for name, one in
            {"q": words, "kind": kind or "", **chosen}.items() if one}  # fmt: skip
    if speaking.lang != "sv":
        kept["lang"] = speaking.lang
    pages = max(1, -(-found.total // ROWS))
    return _page(
        request, "search.html", speaking, asked=words, kind=kind, chosen=chosen, choices=CHOICES,
        rows=rows, total=found.total, number=asked.page, pages=pages,
        previous=_address(kept, asked.page - 1) if asked.page > 1 else None,
        following=_address(kept, asked.page + 1) if asked.page < pages else None,
        is_narrowed=bool(chosen or kind),
    )  # fmt: skip


def _address(kept: dict[str, str], page: int) -> str:
    return "?" + urlencode(kept | {"page": str(page)})


def _speaking(request: Request, session: Session, records: Iterable[Version]) -> Words:
    """Words that know all that these records name."""
    named = {
        (one.section, one.id)
        for record in records
        for one in references_in(BY_SECTION[record.section].model, record.document)
    }
    sources = {
        ("sources", line[0]) for record in records for line in record.document["evidence"] or ()
    }
    return Words(language(request), those(session, named | sources))


def _row(version: Version, words: Words) -> dict[str, Any]:
    document = public(version)
    is_it = version.section == "itServices"
    maker = document.get("supplierId") or document["organisationId"]
    return {
        "id": version.id, "href": f"{HERE}/{quote(version.id)}{words.query}",
        "name": words.said(document["name"]) or version.id,
        "kind": words["kind_it" if is_it else "kind_public"],
        "description": words.said(document["description"]),
        "forms": ", ".join(piece.text for piece in words.forms(document)),
        "maker": words.name("organisations", maker),
        "status": words.code(document["status"]) if document.get("status") else None,
    }  # fmt: skip


def _service(request: Request) -> Response:
    identifier = request.path_params["id"]
    with request.app.state.database.transaction() as session:
        for section in BOTH_KINDS:
            version = published(session, section, identifier)
            if version is not None:
                return _one(request, session, version)
    words = Words(language(request))
    return _page(request, "missing.html", words, status=HTTPStatus.NOT_FOUND)


def _one(request: Request, session: Session, version: Version) -> Response:
    near = neighbours(session, version.section, version.id)
    if version.section == "publicServices":
        words = _speaking(request, session, [version])
        sections, picture = of_public_service(version, words), ""
    else:
        rules = rules_for(session, version)
        words = _speaking(request, session, [version, *near, *rules])
        sections = of_service(version, near, rules, words)
        flows = [one for one in near if one.section == "integrations"]
        picture = _drawn(flows, words, words["flows"])
    document = public(version)
    linked = json.dumps(_linked(version, document, words, request), ensure_ascii=False)
    kind = "services" if version.section == "itServices" else "public-services"
    return _page(
        request, "service.html", words, name=words.said(document["name"]) or version.id,
        sections=sections, picture=picture, document=document, version=version,
        description=words.said(document["description"]), alert=words.said(document.get("alert")),
        stage=document.get("status"), kind=words["kind_it" if kind == "services"
                                                  else "kind_public"],
        # Nothing in it may end the element that it stands in.
        linked=linked.replace("<", "\\u003c"), data=f"/catalogue/v1/{kind}/{quote(version.id)}",
        sources=[piece.text for piece in sources(document["evidence"] or (), words)],
    )  # fmt: skip


def _linked(
    version: Version, document: dict[str, Any], words: Words, request: Request
) -> dict[str, Any]:
    """schema.org's words for it, for search engines."""
    address = request.app.state.settings.public_url
    is_public = version.section == "publicServices"
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "GovernmentService" if is_public else "Service",
        "@id": f"{address}{HERE}/{version.id}", "identifier": str(version.uuid),
        "name": words.said(document["name"]) or version.id,
        "provider": {"@type": "Organization",
                     "name": words.name("organisations", document["organisationId"])},
        "inLanguage": words.lang,
    }  # fmt: skip
    if document["description"]:
        found["description"] = words.said(document["description"])
    if document.get("supplierId"):
        maker = words.name("organisations", document["supplierId"])
        found["brand"] = {"@type": "Organization", "name": maker}
    channels = [one["url"] for one in document.get("channels") or () if one["url"]]
    if channels:
        found["availableChannel"] = [{"@type": "ServiceChannel", "serviceUrl": one}
                                     for one in channels]  # fmt: skip
    return found


def _flows(request: Request) -> Response:
    with request.app.state.database.transaction() as session:
        flows = list(everything(session, ("integrations",)))
        words = _speaking(request, session, flows)
    rows = []
    for one in flows:
        document = public(one)
        rows.append({
            "source": words.service(document["sourceServiceId"]),
            "target": words.service(document["targetServiceId"]),
            "information": words.types(document["informationTypes"]),
            "status": words.codes(None if document["status"] is None else [document["status"]]),
        })  # fmt: skip
    meanings = [(state, words.code(state) if state else words["unknown"]) for state in DASHES]
    return _page(
        request, "flows.html", words, picture=_drawn(flows, words, words["flows"]), rows=rows,
        legend=state_samples(meanings),
    )  # fmt: skip


def _records(request: Request) -> Response:
    """Of the organisation that the address names; else a choice of those that have services."""
    words = Words(language(request))
    chosen = request.query_params.get("organisation", "")
    with request.app.state.database.transaction() as session:
        if published(session, "organisations", chosen) is not None:
            found = describe_records(session, chosen)
            return _page(request, "records.html", words, found=found, organisations=[])
        organisations = list(everything(session, ("organisations",)))
    called = {one.id: words.said(one.document["name"]) or one.id for one in organisations}
    choices = []
    for one in organisations:
        if one.document["type"] in ("supplier", "national_body"):
            continue
        asked = {"organisation": one.id} | ({} if words.lang == "sv" else {"lang": words.lang})
        # Every town has a board of the same name.
        above = called.get(one.document["parentId"])
        name = f"{called[one.id]}, {above}" if above else called[one.id]
        choices.append(Piece(name, f"{HERE}/arkivbeskrivning?{urlencode(asked)}"))
    return _page(request, "records.html", words, found=None, organisations=choices)


def _terms(request: Request) -> Response:
    words = Words(language(request))
    paragraphs = [words[name] for name in ("terms_catalogue", "terms_others", "terms_limits")]
    email = request.app.state.settings.city_email
    return _page(request, "terms.html", words, paragraphs=paragraphs, email=email)


def _drawn(flows: Iterable[Version], words: Words, title: str) -> str:
    arrows: list[Flow] = []
    names: dict[str, str] = {}
    for one in flows:
        document = public(one)
        source, target = document["sourceServiceId"], document["targetServiceId"]
        names |= {name: words.name("itServices", name) for name in (source, target)}
        kinds = ", ".join(piece.text for piece in words.types(document["informationTypes"]))
        state = words.code(document["status"]) if document["status"] else words["unknown"]
        said = f"{names[source]} → {names[target]}: {kinds} ({state})"
        arrows.append(Flow(source, target, document["status"], said))
    return draw(arrows, names, title=title, query=words.query)
