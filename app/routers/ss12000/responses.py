"""What the OpenAPI document says of answers other than 200."""

from typing import Any

from app.routers.ss12000.descriptions import ETAG
from app.schemas.base import ErrorBody

ERRORS: dict[int | str, dict[str, Any]] = {
    400: {
        "model": ErrorBody,
        "description": "A parameter or the body is wrong; the message says which.",
    },
    401: {"model": ErrorBody, "description": "No valid access token."},
    403: {"model": ErrorBody, "description": "The token or grant lacks what the message names."},
    406: {"model": ErrorBody, "description": "Accept excludes application/json."},
    414: {"model": ErrorBody, "description": "The query string is too long."},
    429: {"model": ErrorBody, "description": "The rate limit is used up; see Retry-After."},
    503: {"model": ErrorBody, "description": "Try again later, or with a smaller lookup."},
}
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The caller has this answer already.", "headers": ETAG}
}
ABSENT: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorBody, "description": "No such object for this consumer."}
}
EXPIRED: dict[int | str, dict[str, Any]] = {
    410: {"model": ErrorBody, "description": "The pageToken has expired; start again without it."}
}
BODY: dict[int | str, dict[str, Any]] = {
    413: {"model": ErrorBody, "description": "The body is too large."},
    415: {"model": ErrorBody, "description": "The body is not application/json."},
}
