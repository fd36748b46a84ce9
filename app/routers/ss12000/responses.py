"""What the OpenAPI document says of answers other than 200."""

from typing import Any

from app.schemas.base import ErrorBody
from app.web.descriptions import ETAG
from app.web.negotiation import NDJSON

Responses = dict[int | str, dict[str, Any]]
# By name: of a model FastAPI makes a validator for each answer of each operation, used by nobody,
# and that was most of the time in which the service starts.
ERROR = {"application/json": {"schema": {"$ref": f"#/components/schemas/{ErrorBody.__name__}"}}}
ERRORS: Responses = {
    400: {
        "content": ERROR,
        "description": "A parameter or the body is wrong; the message says which.",
    },
    401: {"content": ERROR, "description": "No valid access token."},
    403: {"content": ERROR, "description": "The token or grant lacks what the message names."},
    406: {"content": ERROR, "description": "Accept excludes all that this can answer."},
    414: {"content": ERROR, "description": "The query string is too long."},
    429: {"content": ERROR, "description": "The rate limit is used up; see Retry-After."},
    503: {"content": ERROR, "description": "Try again later, or with a smaller lookup."},
}
# The second way to take a list.
WHOLE_SET: dict[str, Any] = {
    NDJSON: {
        "schema": {
            "type": "string",
            "description": "The whole list from one snapshot, an object of `data` a line. After "
            'every batch a line {"pageToken":…}, with which an interrupted list goes on, as '
            'pages or as a stream; at the end {"complete":true,"count":…}, without which '
            "something is missing. No object has a property pageToken or complete. `limit` is "
            "refused: there are no pages.",
        },
        "example": '{"id":"…"}\n{"id":"…"}\n{"pageToken":"…"}\n{"complete":true,"count":2}\n',
    }
}
UNCHANGED: Responses = {
    304: {"description": "The caller has this answer already.", "headers": ETAG}
}
ABSENT: Responses = {404: {"content": ERROR, "description": "No such object for this consumer."}}
EXPIRED: Responses = {
    410: {"content": ERROR, "description": "The pageToken has expired; start again without it."}
}
BODY: Responses = {
    413: {"content": ERROR, "description": "The body is too large."},
    415: {"content": ERROR, "description": "The body is not application/json."},
}
REUSED: dict[int | str, dict[str, Any]] = {
    409: {"content": ERROR, "description": "The Idempotency-Key came with something else."}
}
