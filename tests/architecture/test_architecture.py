"""The project's own rules: size, authority, settings, commits, declared scopes."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from prometheus_client import REGISTRY
from pydantic import SecretStr
from starlette.routing import BaseRoute, Route

from app.main import DOCUMENT_PATHS, DOORS, Service, create_app, documents
from app.routers.ss12000.consumer_reports import REPORTS
from app.routers.ss12000.door import NOT_OFFERED
from app.settings import Settings
from app.web.doors import BARE
from tests.conftest import serving

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
LONGEST_FILE = 300

# Modules whose queries touch no data about schools' people, with the reason.
WITHOUT_ACCESS = {
    "organisation_tree.py": "only ids, and what an Access is computed from",
    "access_records.py": "the access log, read by whoever runs the installation",
    "subscription_queue.py": "who wants to be told where, and how that goes; nothing about anyone",
    "table_versions.py": "counts of statements, no rows",
    "consumer_reports.py": "what consumers reported, for whoever runs the installation",
    "forgotten.py": "since when things are known; nothing about anyone",
    "consumers.py": "the register of consumers, from which an Access is computed",
    "consents.py": "what people allowed, from which an Access is computed",
    "people_views.py": "a person's own relations, from which an Access is computed",
    "personal_facts.py": "what a personal token came of, from which an Access is computed",
    "signing_in.py": "who it is that the identity provider says has signed in",
}
# The service catalogue is about services, for everybody; it reads no other tables.
OPEN_CATALOGUE = APP / "queries" / "catalogue"
# Parameters by which a function can run a statement.
RUNS_SQL = {"session", "database", "connection"}

# Operations anyone may call, with the reason. `METHOD /path` as in the OpenAPI document.
PROVES_ITSELF = "the consumer proves itself in the form or the Authorization header"
DISCOVERY = "what a consumer must know before it has a token"
HEALTH = "for operators; nothing about anyone"
PUBLIC = {
    "POST /oauth/token": PROVES_ITSELF,
    "POST /oauth/revoke": PROVES_ITSELF,
    "POST /oauth/introspect": PROVES_ITSELF,
    "POST /oauth/par": PROVES_ITSELF,
    "GET /oauth/jwks.json": DISCOVERY,
    "GET /.well-known/oauth-authorization-server": DISCOVERY,
    "GET /.well-known/openid-configuration": DISCOVERY,
    "GET /.well-known/oauth-protected-resource": DISCOVERY,
    "GET /.well-known/oauth-protected-resource/ss12000/v2.0": DISCOVERY,
    "GET /.well-known/oauth-protected-resource/me/v1": DISCOVERY,
    "GET /.well-known/oauth-protected-resource/absence-reports/v1": DISCOVERY,
    "GET /.well-known/oauth-protected-resource/catalogue/v1": DISCOVERY,
    "GET /openapi.json": DISCOVERY,
    "GET /oauth/openapi.json": DISCOVERY,
    "GET /ss12000/v2.0/openapi.json": DISCOVERY,
    "GET /absence-reports/v1/openapi.json": DISCOVERY,
    "GET /me/v1/openapi.json": DISCOVERY,
    "GET /catalogue/v1/openapi.json": DISCOVERY,
    "GET /api-info": "what DIGG's profile has every API tell of itself",
    "GET /healthz": HEALTH,
    "GET /readyz": HEALTH,
    "GET /metrics": HEALTH,
}
# Served, and in no OpenAPI document, with the reason.
UNDOCUMENTED = {
    f"POST /ss12000/v2.0/{name}": "the standard's path ends in a slash; clients leave it out"
    for name in REPORTS
} | {
    f"{method} /ss12000/v2.0/{path}": "answers 404 to everyone: the city does not offer it"
    for method in ("GET", "POST")
    for name in NOT_OFFERED
    for path in (name, f"{name}/{{rest}}")
} | dict.fromkeys(
    (
        "GET /oauth/authorize", "POST /oauth/authorize", "GET /sign-in", "GET /sign-in/{name}",
        "GET /sign-in/{name}/callback", "POST /sign-in/{name}/back-channel-logout",
        "GET /sign-out", "POST /sign-out", "GET /tjanster", "GET /tjanster/floden",
        "GET /tjanster/arkivbeskrivning", "GET /villkor",
        "GET /tjanster/{id}",
    ),
    "a page for people, or what the identity provider calls; docs/apps.md tells of it",
) | {
    "GET /ical/{secret}.ics": "what calendar programs fetch; /me/v1 gives out and describes it",
    "GET /datasets/dcat": "where the data portal looks for /catalogue/v1/exports/dcat-ap-se",
}  # fmt: skip
# Operations that need a consumer with a grant and no scope besides, with the reason.
ANY_GRANT = {
    "POST /log/": "whoever reads may report what it met",
    "POST /statistics/": "whoever reads may report how much it took over",
}
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def sources(directory: Path) -> list[Path]:
    """The Python files below a directory; never none, so that no loop passes empty."""
    found = sorted(directory.rglob("*.py"))
    assert found, f"no Python files in {directory}"
    return found


def public_functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions that a module offers, and the methods of its public classes."""
    for node in ast.parse(source).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        for found in inside:
            if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef) and found.name[0] != "_":
                yield found


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, str]:
    """Name and annotation of each parameter."""
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return {a.arg: ast.unparse(a.annotation) if a.annotation else "" for a in every}


def queries_without_access(source: str) -> list[str]:
    """The public functions that can run SQL but do not require an Access."""
    return [
        function.name
        for function in public_functions(source)
        if RUNS_SQL & parameters(function).keys() and parameters(function).get("access") != "Access"
    ]


def commits(source: str) -> list[int]:
    """The lines that call something named `commit`."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
    ]


def statements_run(source: str) -> list[int]:
    """The lines that send statements past the ORM session, straight to a pool."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr == "snapshot" or (node.func.attr == "read_bytes" and node.args))
    ]


def unsecured(document: Mapping[str, object]) -> list[str]:
    """The operations of an OpenAPI document that name no security requirement with a scope."""
    paths = document["paths"]
    assert isinstance(paths, dict)
    return [
        f"{method.upper()} {path}"
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method in METHODS and not _names_a_scope(operation.get("security", []))
    ]


def served(routes: Sequence[BaseRoute], prefix: str = "") -> set[str]:
    """`METHOD /path` of every route."""
    found: set[str] = set()
    for context in iter_route_contexts(routes):
        route = context.original_route
        assert isinstance(route, Route | APIRoute), f"a kind of route that is unknown: {route}"
        path = f"{prefix}{context.path_format}"
        found |= {f"{method} {path}" for method in context.methods or ()}
    assert found, f"no routes below {prefix or '/'}: the check looks in the wrong place"
    return found


def served_by(app: Service) -> set[str]:
    """`METHOD /path` of every route that the service answers, those behind its doors included."""
    behind = (served(door.routes, path) for path, door in app.doors.items())
    return served(app.routes).union(*behind)


def documented(directory: Path) -> set[str]:
    """`METHOD /path` of every operation of the documents in a directory."""
    found: set[str] = set()
    for path in sorted(directory.glob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        base = document["servers"][0]["url"].rstrip("/")
        found |= {
            f"{method.upper()} {base}{name}"
            for name, operations in document["paths"].items()
            for method in operations.keys() & METHODS
        }
    return found


def whole_application() -> Service:
    """The service as it is started. It connects to nothing until it is asked for something."""
    settings = Settings(
        _env_file=None, secret=SecretStr("x" * 40), DATABASE_URL="postgresql://127.0.0.1:1/none"
    )
    return create_app(settings)


def _names_a_scope(security: list[dict[str, list[str]]]) -> bool:
    # An empty requirement among several means "or nothing at all".
    return bool(security) and all(any(scopes for scopes in way.values()) for way in security)


def test_no_file_of_the_application_is_longer_than_300_lines() -> None:
    too_long = {
        str(path.relative_to(ROOT)): length
        for path in sources(APP)
        if (length := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert too_long == {}


def test_every_query_on_school_data_requires_an_access() -> None:
    checked = [
        path for path in sources(APP / "queries")
        if path.name not in WITHOUT_ACCESS and path.parent != OPEN_CATALOGUE
    ]  # fmt: skip
    refused = {path.name: queries_without_access(path.read_text("utf-8")) for path in checked}
    assert {name: functions for name, functions in refused.items() if functions} == {}
    running = [
        function.name
        for path in checked
        for function in public_functions(path.read_text("utf-8"))
        if RUNS_SQL & parameters(function).keys()
    ]
    assert running, "no query was found: the check looks in the wrong place"


def test_what_is_for_everybody_reads_the_catalogues_tables_and_no_others() -> None:
    read = {
        table
        for path in sources(OPEN_CATALOGUE)
        for table in re.findall(r"\b(?:FROM|JOIN) +([a-z_]+)\b(?!\()", path.read_text("utf-8"))
    }
    assert read == {"catalogue_version", "catalogue_record", "catalogue_words", "unnest"} & read
    assert "catalogue_version" in read


def test_each_exemption_from_access_still_exists() -> None:
    present = {path.name for path in sources(APP / "queries")}
    assert WITHOUT_ACCESS.keys() <= present


def test_a_query_without_access_would_be_found() -> None:
    planted = """
def rooms(session: Session, *, limit: int) -> list[Room]: ...
def persons(session: Session, access: Access | None, *, limit: int) -> list[Person]: ...
def groups(session: Session, access: Access, *, limit: int) -> list[Group]: ...
def text(expression: str) -> str: ...
def _inner(session: Session) -> None: ...
"""
    assert queries_without_access(planted) == ["rooms", "persons"]


def test_only_the_database_room_commits() -> None:
    elsewhere = [path for path in sources(APP) if APP / "database" not in path.parents]
    found = {str(path.relative_to(ROOT)): commits(path.read_text("utf-8")) for path in elsewhere}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_a_commit_would_be_found() -> None:
    assert commits("def act(session):\n    session.flush()\n    session.commit()\n") == [3]


def test_only_queries_run_statements_past_the_session() -> None:
    # service.py asks whether the database answers, for /readyz; it reads nothing about anyone.
    allowed = {"app/routers/service.py"}
    found = {
        str(path.relative_to(ROOT))
        for path in sources(APP)
        if statements_run(path.read_text("utf-8"))
    }
    assert {path for path in found if not path.startswith("app/queries/")} == allowed
    assert any(path.startswith("app/queries/") for path in found)


def test_every_setting_is_documented_under_its_environment_name() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `([A-Z_]+)` ", text, flags=re.MULTILINE))
    prefix = Settings.model_config.get("env_prefix", "")
    expected = {
        str(field.validation_alias or f"{prefix}{name}".upper())
        for name, field in Settings.model_fields.items()
    }
    assert documented == expected


def test_every_figure_of_metrics_is_documented() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `(skolnav_[a-z_]+)` ", text, flags=re.MULTILINE))
    counted = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in REGISTRY.collect()
        if family.name.startswith("skolnav_")
    }
    assert documented == counted


def test_every_operation_declares_the_scope_it_needs_or_is_public_on_purpose() -> None:
    documents = sorted((ROOT / "openapi").glob("*.json"))
    assert documents, "no OpenAPI document: run `make openapi`"
    for path in documents:
        document = json.loads(path.read_text("utf-8"))
        assert document["paths"], f"{path.name} describes nothing"
        public = set(unsecured(document)) - PUBLIC.keys() - ANY_GRANT.keys()
        if path.name == "catalogue.json":
            # Which services there are everybody may read; nobody but editors may write.
            public = {operation for operation in public if not operation.startswith("GET ")}
        assert public == set(), path.name


def test_an_operation_without_a_scope_still_needs_a_grant() -> None:
    document = json.loads((ROOT / "openapi" / "ss12000.json").read_text("utf-8"))
    for operation in ANY_GRANT:
        method, path = operation.split()
        assert document["paths"][path][method.lower()]["security"] == [{"oauth2": []}]


def test_every_served_route_is_in_a_committed_document_and_the_other_way_round() -> None:
    routes = served_by(whole_application())
    assert routes - documented(ROOT / "openapi") == UNDOCUMENTED.keys()
    assert documented(ROOT / "openapi") - routes == set()


def test_the_documents_that_are_served_are_those_of_the_code() -> None:
    """They are read from openapi/; only whose installation it is stands there besides."""
    made = json.loads(json.dumps(documents()))
    with (
        serving(whole_application()) as address,
        httpx.Client(base_url=address, timeout=30) as http,
    ):
        for path in (*DOCUMENT_PATHS, "/openapi.json"):
            name = f"{path.split('/')[1]}.json" if path.count("/") > 1 else "service.json"
            answered, expected = http.get(path).json(), made.pop(name)
            told = answered["info"].keys() & {"contact", "termsOfService"}
            installed = {one: answered["info"][one] for one in told}
            assert answered == expected | {"info": expected["info"] | installed}
    assert made == {}


def test_what_serves_has_no_use_for_what_migrates_and_describes() -> None:
    """Each process of the service would have Alembic, and a validator for each answer it gives."""
    script = """
import sys
from app.main import create_app
from app.schemas.persons import Person
from app.settings import Settings
create_app(Settings(public_url="http://127.0.0.1", secret="x" * 40, DATABASE_URL="postgresql://x"))
assert not {"alembic", "mako", "pygments"} & sys.modules.keys(), "Alembic was imported"
assert not Person.__pydantic_complete__, "an answer's class was made ready to validate"
"""
    done = subprocess.run(
        [sys.executable, "-c", script], stderr=subprocess.PIPE, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_no_door_makes_validators_of_what_it_answers() -> None:
    """Its document is made of the classes, and PostgreSQL makes the answers."""
    routes = [
        one for build in DOORS.values() for one in build().routes if isinstance(one, APIRoute)
    ]
    assert len(routes) > len(DOORS)
    for route in routes:
        assert route.response_field is None and route.response_fields == {}, route.path


def test_a_route_without_a_document_would_be_found() -> None:
    inner, app, door = APIRouter(), Service(**BARE), FastAPI(**BARE)

    async def answer() -> None:
        """Nothing."""

    inner.add_api_route("/inner/{id:path}", answer, methods=["POST"], include_in_schema=False)
    door.add_api_route("/deep", answer)
    app.include_router(inner, prefix="/outer")
    app.doors = {"/door": door}
    assert served_by(app) == {"POST /outer/inner/{id}", "GET /door/deep"}


def test_no_document_declares_basic_as_a_security_scheme() -> None:
    """DIGG's REST API profile, SAK.09; so do consumers that are given no secret not try it."""
    for path in (ROOT / "openapi").glob("*.json"):
        schemes = json.loads(path.read_text("utf-8")).get("components", {}).get("securitySchemes")
        assert "basic" not in json.dumps(schemes).lower(), path.name


def test_an_operation_without_a_scope_would_be_found() -> None:
    secured = {"security": [{"oauth2": ["schedule:read"]}]}
    optional = {"security": [{"oauth2": ["schedule:read"]}, {}]}
    document = {
        "paths": {
            "/rooms": {"get": secured, "post": {}, "parameters": []},
            "/persons": {"get": {"security": [{"oauth2": []}]}},
            "/groups": {"get": optional},
        }
    }
    assert unsecured(document) == ["POST /rooms", "GET /persons", "GET /groups"]
