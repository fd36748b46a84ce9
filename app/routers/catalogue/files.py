"""The catalogue in other forms: as a file that can be imported."""

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from app.queries.catalogue.versions import everything
from app.routers.catalogue.asking import answer, begin, read_instant
from app.schemas.catalogue.kinds import BY_SECTION
from app.services.catalogue.yaml_files import write_yaml
from app.web.parameters import only_parameters

YAML = "application/yaml"


async def as_yaml(request: Request) -> Response:
    """GET /exports/yaml."""
    caller = await begin(request, "/exports/yaml", offered=(YAML, "text/yaml"))
    at = read_instant(only_parameters(request.scope["query_string"], ("recordedOn",)), "recordedOn")

    def read() -> Response:
        with request.app.state.database.transaction() as session:
            file = write_yaml(everything(session, BY_SECTION, at), frozenset(caller.scopes))
        return answer(request, caller, file.encode(), media_type=YAML)

    return await run_in_threadpool(read)
