"""Saves, publishes, archives and imports, for systems that edit the catalogue."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from app.auth.rate_limits import RouteClass
from app.errors import BadBody, BadHeader, PreconditionRequired
from app.queries.access import Access, Scope
from app.queries.catalogue.versions import Version
from app.routers.catalogue.asking import PREFIX, SOMEBODY, Caller, record_of, tag_of, written
from app.schemas.catalogue.kinds import Kind
from app.schemas.catalogue.telling import hidden_fields
from app.services.catalogue import editing
from app.services.catalogue.editing import Edit, Editor, begin_edit
from app.services.catalogue.importing import import_catalogue
from app.services.catalogue.yaml_files import read_yaml
from app.services.preconditions import ANY
from app.web.admission import admit
from app.web.bodies import read_body, read_object
from app.web.headers import read_if_match
from app.web.parameters import Parameters, only_parameters, single
from app.web.values import read_boolean

Endpoint = Callable[[Request], Awaitable[Response]]
LARGEST_RECORD, LARGEST_FILE = 200_000, 20_000_000
LONGEST_COMMENT = 500
YAML_TYPES = ("application/yaml", "application/x-yaml", "text/yaml")


def creates(kind: Kind) -> Endpoint:
    """POST /{path}."""

    async def endpoint(request: Request) -> Response:
        access = await admit(request, [Scope.CATALOGUE_WRITE], f"POST {PREFIX}/{kind.path}")
        body = await read_body(request, most=LARGEST_RECORD)

        def act(edit: Edit) -> Version:
            return editing.create(edit, kind, read_object(body))

        return await run_in_threadpool(_edited, request, access, act, status=201, path=kind.path)

    return endpoint


def replaces(kind: Kind) -> Endpoint:
    """PUT /{path}/{id}."""
    return _saves(kind, "PUT", lambda _edit, _identifier, body: read_object(body))


def patches(kind: Kind) -> Endpoint:
    """PATCH /{path}/{id}: a JSON merge patch (RFC 7396); null makes a property unknown."""

    def given(edit: Edit, identifier: str, body: bytes) -> dict[str, Any]:
        before = editing.found(edit.session, kind, identifier)
        hidden = hidden_fields(kind, before.document, edit.editor.scopes)
        shown = {name: one for name, one in before.document.items() if name not in hidden}
        found: dict[str, Any] = merged(shown, read_object(body))
        return found

    return _saves(kind, "PATCH", given)


def _saves(
    kind: Kind, method: str, given: Callable[[Edit, str, bytes], dict[str, Any]]
) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        route = f"{method} {PREFIX}/{kind.path}/{{id}}"
        access = await admit(request, [Scope.CATALOGUE_WRITE], route)
        body = await read_body(request, most=LARGEST_RECORD)
        expected = expected_versions(request)

        def act(edit: Edit) -> Version:
            identifier = request.path_params["id"]
            known = _now(edit, kind, request, expected)
            document = given(edit, identifier, body)
            return editing.save(edit, kind, identifier, document, known)

        return await run_in_threadpool(_edited, request, access, act)

    return endpoint


def publishes(kind: Kind) -> Endpoint:
    """PUT /{path}/{id}/publication."""
    return _publication(kind, "PUT", editing.publish)


def archives(kind: Kind) -> Endpoint:
    """DELETE /{path}/{id}/publication."""
    return _publication(kind, "DELETE", editing.archive)


def _publication(
    kind: Kind, method: str, act: Callable[[Edit, Kind, str, frozenset[int]], Version]
) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        route = f"{method} {PREFIX}/{kind.path}/{{id}}/publication"
        access = await admit(request, [Scope.CATALOGUE_PUBLISH], route)
        expected = expected_versions(request)

        def do(edit: Edit) -> Version:
            known = _now(edit, kind, request, expected)
            return act(edit, kind, request.path_params["id"], known)

        return await run_in_threadpool(_edited, request, access, do)

    return endpoint


def merged(target: Any, patch: Any) -> Any:  # noqa: ANN401 - any JSON
    """RFC 7396, but that null is kept: here it means that nobody knows."""
    if not isinstance(patch, dict) or not isinstance(target, dict):
        return patch
    return target | {name: merged(target.get(name), one) for name, one in patch.items()}


def expected_versions(request: Request) -> frozenset[int] | None:
    """The versions that If-Match names; None for any. Raises PreconditionRequired, BadHeader."""
    tags = read_if_match(request)
    if tags is None:
        raise PreconditionRequired(
            "Send If-Match with the ETag that the record had when it was read, so that nothing "
            "which others saved meanwhile is overwritten; `*` for any."
        )
    if ANY in tags:
        return None
    numbers = [tag.strip('"').partition(".")[0] for tag in tags]
    if not all(number.isascii() and number.isdigit() for number in numbers):
        raise BadHeader("If-Match must hold an ETag that this record was read with.")
    return frozenset(int(number[:9]) for number in numbers)


def _now(
    edit: Edit, kind: Kind, request: Request, expected: frozenset[int] | None
) -> frozenset[int]:
    if expected is not None:
        return expected
    return frozenset({editing.found(edit.session, kind, request.path_params["id"]).version})


def _edited(
    request: Request, access: Access, act: Callable[[Edit], Version], *, status: int = 200,
    path: str = "",
) -> Response:  # fmt: skip
    """The record after the edit, when that is durable."""
    state = request.app.state
    limits = state.rate_limits.hit(access, RouteClass.WRITE)
    sent = only_parameters(request.scope["query_string"], ("comment",))
    editor = Editor(access.client_id, access.scopes, _comment(sent))
    with state.database.transaction() as session:
        version = act(begin_edit(session, editor, now=state.authenticator.clock()))
    body = written(record_of(version, Caller(access, {})))
    headers = limits | SOMEBODY | {"ETag": tag_of(version.version, body)}
    if path:
        headers["Location"] = f"{PREFIX}/{path}/{quote(version.id)}?draft=true"
    return Response(body, status, headers=headers, media_type="application/json")


def _comment(sent: Parameters) -> str | None:
    comment = single("comment", sent.get("comment", []))
    if comment is not None and not (comment.isprintable() and len(comment) <= LONGEST_COMMENT):
        raise BadBody(f"comment must be printable, at most {LONGEST_COMMENT} characters.")
    return comment


async def imports(request: Request) -> Response:
    """POST /imports."""
    access = await admit(request, [Scope.CATALOGUE_WRITE], f"POST {PREFIX}/imports")
    sent = only_parameters(
        request.scope["query_string"], ("publish", "replace", "dryRun", "comment")
    )
    flags = {name: _flag(sent, name) for name in ("publish", "replace", "dryRun")}
    if flags["publish"]:
        request.app.state.authenticator.require(request, access, Scope.CATALOGUE_PUBLISH)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await read_body(request, most=LARGEST_FILE, also=YAML_TYPES)
    return await run_in_threadpool(
        _imported, request, access, (body, media_type in YAML_TYPES), flags, _comment(sent)
    )


def _flag(sent: Parameters, name: str) -> bool:
    value = single(name, sent.get(name, []))
    return value is not None and read_boolean(name, value)


def _imported(
    request: Request, access: Access, sent: tuple[bytes, bool], flags: dict[str, bool],
    comment: str | None,
) -> Response:  # fmt: skip
    state = request.app.state
    limits = state.rate_limits.hit(access, RouteClass.WRITE)
    body, is_yaml = sent
    parsed = read_yaml(body) if is_yaml else read_object(body)
    editor = Editor(access.client_id, access.scopes, comment)
    with state.database.transaction() as session:
        edit = begin_edit(session, editor, now=state.authenticator.clock())
        report = import_catalogue(edit, parsed, publish=flags["publish"], replace=flags["replace"])
        if flags["dryRun"]:
            session.rollback()
    told = {"dryRun": flags["dryRun"], "created": report.created, "changed": report.changed,
            "published": report.published, "unchanged": report.unchanged}  # fmt: skip
    return Response(json.dumps(told), headers=limits | SOMEBODY, media_type="application/json")
