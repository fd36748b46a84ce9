"""Reads records of any kind: lists, one, its versions, and what changed."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from app.errors import BadParameter, Forbidden, NotFound, shown
from app.queries.access import Scope
from app.queries.catalogue.lists import Asked, changes_since, list_records
from app.queries.catalogue.versions import Version, newest, published, versions
from app.routers.catalogue.asking import (
    Caller,
    answer,
    begin,
    read_day,
    read_instant,
    read_paging,
    read_word,
    record_of,
    tag_of,
    written,
)
from app.schemas.catalogue.kinds import BY_SECTION, Kind
from app.schemas.catalogue.marks import Path, reference_paths
from app.web.parameters import Parameters, no_parameters, only_parameters, single
from app.web.values import read_boolean

Endpoint = Callable[[Request], Awaitable[Response]]
TIMES = ("validOn", "recordedOn", "modifiedSince")
PAGES = ("limit", "page")
# What a list can be narrowed by, by the section of what is named there.
NARROWED_BY = {
    "organisations": "organisation", "itServices": "service", "informationTypes": "informationType"
}  # fmt: skip


def narrowing(kind: Kind) -> Mapping[str, list[Path]]:
    """The parameters that narrow a list, and where in a record their values stand."""
    found: dict[str, list[Path]] = {}
    for path, section in reference_paths(kind.model):
        if section in NARROWED_BY and path != ("parentId",):
            found.setdefault(NARROWED_BY[section], []).append(path)
    if kind.section == "assessments":
        found["instrument"] = [("instrument",)]
    if kind.section == "integrations":
        found["status"] = [("status",)]
    return found


def lists(kind: Kind) -> Endpoint:
    """GET /{path}."""

    async def endpoint(request: Request) -> Response:
        caller = await begin(request, f"/{kind.path}")
        taken = (*narrowing(kind), *TIMES, *PAGES)
        sent = only_parameters(request.scope["query_string"], taken)
        return await run_in_threadpool(list_of, request, caller, kind, sent, [])

    return endpoint


def below_service(kind: Kind, path: str) -> Endpoint:
    """GET /services/{id}/{path}: the records that name the service."""

    async def endpoint(request: Request) -> Response:
        caller = await begin(request, f"/services/{{id}}/{path}")
        sent = only_parameters(request.scope["query_string"], (*TIMES, *PAGES))
        service = request.path_params["id"]

        def read() -> Response:
            with request.app.state.database.transaction() as session:
                if published(session, "itServices", service) is None:
                    raise NotFound(f"There is no service {shown(service)}.")
            named = (service, narrowing(kind)["service"])
            return list_of(request, caller, kind, sent, [named])

        return await run_in_threadpool(read)

    return endpoint


def list_of(
    request: Request, caller: Caller, kind: Kind, sent: Parameters,
    named: list[tuple[str, list[Path]]],
) -> Response:  # fmt: skip
    """A page of records."""
    paging = read_paging(sent)
    narrowed = list(named)
    for name, paths in narrowing(kind).items():
        value = read_word(sent, name)
        if value is not None:
            narrowed.append((value, paths))
    asked = Asked(
        kind, narrowed, read_day(sent, "validOn"), read_instant(sent, "recordedOn"),
        read_instant(sent, "modifiedSince"), paging.limit, paging.page,
    )  # fmt: skip
    with request.app.state.database.transaction() as session:
        found = list_records(session, asked)
    rows = [record_of(one, caller) for one in found.records]
    return answer(request, caller, paging.answer(rows, found.total))


def reads(kinds: tuple[Kind, ...], path: str) -> Endpoint:
    """GET /{path}/{id}: of the first of these kinds that has it."""

    async def endpoint(request: Request) -> Response:
        caller = await begin(request, f"/{path}/{{id}}")
        sent = only_parameters(request.scope["query_string"], ("recordedOn", "draft"))
        return await run_in_threadpool(read_one, request, caller, kinds, sent)

    return endpoint


def read_one(
    request: Request, caller: Caller, kinds: tuple[Kind, ...], sent: Parameters
) -> Response:
    """The record as it is published, was at an instant, or for editors as it was saved last."""
    draft = single("draft", sent.get("draft", []))
    wants_draft = draft is not None and read_boolean("draft", draft)
    if wants_draft and not caller.is_editor:
        raise Forbidden(f"draft=true needs the scope {Scope.CATALOGUE_WRITE}.")
    at = read_instant(sent, "recordedOn")
    if wants_draft and at is not None:
        raise BadParameter("Send draft or recordedOn, not both.")
    identifier = request.path_params["id"]
    with request.app.state.database.transaction() as session:
        for kind in kinds:
            if wants_draft:
                found = newest(session, kind.section, identifier)
            else:
                found = published(session, kind.section, identifier, at)
            if found is not None:
                body = written(record_of(found, caller))
                return answer(request, caller, body, tag=tag_of(found.version, body))
    raise NotFound(f"There is no {kinds[0].noun} {shown(identifier)}.")


def told_versions(kinds: tuple[Kind, ...], path: str) -> Endpoint:
    """GET /{path}/{id}/versions."""

    async def endpoint(request: Request) -> Response:
        caller = await begin(request, f"/{path}/{{id}}/versions")
        no_parameters(request.scope["query_string"])
        identifier = request.path_params["id"]

        def read() -> Response:
            with request.app.state.database.transaction() as session:
                for kind in kinds:
                    found = versions(session, kind.section, identifier, drafts=caller.is_editor)
                    if found:
                        rows = [_version(one, caller) for one in found]
                        return answer(request, caller, written({"data": rows}))
            raise NotFound(f"There is no {kinds[0].noun} {shown(identifier)}.")

        return await run_in_threadpool(read)

    return endpoint


def _version(version: Version, caller: Caller) -> dict[str, Any]:
    """A version as it was; editors are told who saved it and why."""
    ended = version.ended
    found = record_of(version, caller) | {"ended": None if ended is None else ended.isoformat()}
    if caller.is_editor:
        found |= {"savedBy": version.saved_by, "publishedBy": version.published_by,
                  "endedBy": version.ended_by, "comment": version.comment}  # fmt: skip
    return found


async def changes(request: Request) -> Response:
    """GET /changes."""
    caller = await begin(request, "/changes")
    sent = only_parameters(request.scope["query_string"], ("since", "limit"))
    since = read_instant(sent, "since")
    if since is None:
        raise BadParameter("since is required: an instant, such as 2026-08-17T06:00:00Z.")
    limit = read_paging(sent).limit

    def read() -> Response:
        with request.app.state.database.transaction() as session:
            found = changes_since(session, since, limit=limit)
        rows = []
        for one in found:
            told = {
                "path": f"/{BY_SECTION[one.section].path}/{one.id}", "id": one.id,
                "version": one.version, "at": one.at.isoformat(), "act": one.act,
            }  # fmt: skip
            rows.append(told | ({"by": one.by} if caller.is_editor else {}))
        return answer(request, caller, written({"data": rows}))

    return await run_in_threadpool(read)
