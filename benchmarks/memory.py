"""The same bytes from memory, behind the same token check: what the framework alone costs."""

import os
from pathlib import Path

from fastapi import FastAPI, Request, Response

from app.auth.authentication import Authenticator
from app.database import open_database
from app.settings import Settings


def create_memory_app() -> FastAPI:
    """Answers the file BENCH_BODY to whoever the authenticator admits."""
    app = FastAPI()
    url = os.environ["BENCH_DATABASE_URL"]
    settings = Settings(public_url=os.environ["BENCH_ISSUER"], DATABASE_URL=url)
    authenticator = Authenticator(open_database(url), settings)
    authenticator.start()
    body = Path(os.environ["BENCH_BODY"]).read_bytes()

    @app.get("/calendarEvents")
    async def calendar_events(request: Request) -> Response:
        await authenticator.authenticate(request)
        return Response(body, media_type="application/json")

    return app
