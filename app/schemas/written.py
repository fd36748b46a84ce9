"""What shapes of things written here share: how references, times and texts are sent."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AfterValidator, Field, GetJsonSchemaHandler, PlainValidator, WithJsonSchema
from pydantic.config import JsonDict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from app.local_time import STOCKHOLM
from app.schemas.base import WireModel

DATE_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
# Far from where calendars end, and from what a typing error makes of a year.
EARLIEST_YEAR, LATEST_YEAR = 1990, 2100
LONGEST_TEXT = 500


def _read_time(value: object) -> datetime:
    if not isinstance(value, str) or not DATE_TIME.fullmatch(value):
        raise ValueError(
            "must be an RFC 3339 date-time with an offset, such as 2026-08-17T08:00:00+02:00"
        )
    try:
        read = datetime.fromisoformat(value.upper())
    except ValueError as failure:
        raise ValueError(f"is no time of any calendar: {failure}") from failure
    _check_year(read)
    offset = read.utcoffset()
    here = read.astimezone(STOCKHOLM).utcoffset()
    assert offset is not None and here is not None
    if offset not in (here, timedelta()):
        raise ValueError(
            f"{_written(offset)} is not Stockholm's offset on {read:%Y-%m-%d}; "
            f"send {_written(here)} or Z"
        )
    return read.astimezone(UTC)


def _written(offset: timedelta) -> str:
    minutes = abs(offset) // timedelta(minutes=1)
    return f"{'-' if offset < timedelta() else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


def _check_year(value: date) -> date:
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise ValueError(f"must be of a year from {EARLIEST_YEAR} to {LATEST_YEAR}")
    return value


def one_line(value: str) -> str:
    """Refuse control characters, of which NUL cannot even be stored."""
    if not value.isprintable():
        raise ValueError("must be printable characters on one line")
    return value


WrittenTime = Annotated[
    datetime,
    PlainValidator(_read_time),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
WrittenDate = Annotated[date, AfterValidator(_check_year)]
WrittenText = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT), AfterValidator(one_line)]
READ_ONLY: dict[str, JsonSchemaValue] = {
    "id": {"type": "string", "format": "uuid", "readOnly": True,
           "description": "Given by the service; what is sent is ignored."},
    "meta": {"type": "object", "readOnly": True,
             "description": "Given by the service; what is sent is ignored."},
}  # fmt: skip


def to_write(example: JsonDict) -> JsonDict:
    """An object as it is answered, made an example of a body."""
    return {name: value for name, value in example.items() if name not in READ_ONLY}


class Reference(WireModel):
    """A pointer to an object that is there already."""

    id: UUID = Field(description="The other object's id.")


class WrittenModel(WireModel):
    """A body that makes an object of the standard.

    `id` and `meta` may be sent, as the standard lists them, and count for nothing.
    """

    ignored: ClassVar[frozenset[str]] = frozenset(READ_ONLY)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Publish what is ignored as read-only."""
        schema = super().__get_pydantic_json_schema__(core_schema, handler)
        described: dict[str, Any] = handler.resolve_ref_schema(schema)
        ignored = {name: READ_ONLY[name] for name in sorted(cls.ignored)}
        described["properties"] = ignored | described.get("properties", {})
        return schema
