"""How answers with personal data leave."""

from collections.abc import Mapping

from fastapi import Response

from app.services.idempotency import Answer
from app.web.negotiation import VARY

NOT_KEPT = {"Cache-Control": "private, no-store", "Vary": VARY}


def answer(body: bytes, headers: Mapping[str, str], *, status: int = 200) -> Response:
    """JSON that PostgreSQL rendered, never to be kept by a cache."""
    return Response(
        body, status_code=status, media_type="application/json", headers={**NOT_KEPT, **headers}
    )


def answer_written(written: Answer, limits: Mapping[str, str]) -> Response:
    """What a write is answered with. A repeated one says so."""
    headers = {**limits, **written.headers}
    if written.is_replay:
        headers["Idempotent-Replayed"] = "true"
    return answer(written.content, headers, status=written.status)
