"""What all records of the catalogue share.

`null` means that nobody knows; an empty list means that it is known that there is none. A property
that the caller's token does not open is left out, and named in `redactedFields`.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from app.schemas.base import UniqueList
from app.schemas.enums import SchoolType

LONGEST_ID, LONGEST_TEXT, LONGEST_NAME = 80, 4_000, 300
MOST_IN_A_LIST = 200
T = TypeVar("T")
Several = Annotated[list[T], Field(max_length=MOST_IN_A_LIST)]
Distinct = Annotated[UniqueList[T], Field(max_length=MOST_IN_A_LIST)]


@dataclass(frozen=True, slots=True)
class Refers:
    """The property names a record of another kind, by the kind's section."""

    section: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """The property is answered only to tokens of this scope."""

    scope: str


def _printable(value: str) -> str:
    if not value.strip() or not all(one.isprintable() or one == "\n" for one in value):
        raise ValueError("must be printable text that is not empty")
    return value


Slug = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$", max_length=LONGEST_ID,
        description="Lower-case letters, digits, `-` and `_`; chosen once and never used again.",
    ),
]  # fmt: skip
ShortText = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(_printable)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_printable)]
PERIOD = re.compile(
    r"(?P<year>(19|20|21)\d\d)(-(?P<month>0[1-9]|1[0-2])|-H(?P<half>[12])"
    r"|-Q(?P<quarter>[1-4])(/Q(?P<until>[1-4]))?)?(-(?P<day>0[1-9]|[12]\d|3[01]))?"
)


def period_days(period: str) -> tuple[date, date]:
    """The first and the last day of `2024`, `2024-03`, `2024-03-01`, `2024-H1`, `2024-Q1` or
    `2024-Q1/Q3`.

    Raises ValueError.
    """
    found = PERIOD.fullmatch(period)
    if found is None or (found["day"] and not found["month"]):
        raise ValueError(
            "must be a period such as 2024, 2024-03, 2024-03-01, 2024-H1, 2024-Q1 or 2024-Q1/Q3"
        )
    year = int(found["year"])
    first, last = 1, 12
    if found["month"]:
        first = last = int(found["month"])
    elif found["half"]:
        first, last = (1, 6) if found["half"] == "1" else (7, 12)
    elif found["quarter"]:
        begins, ends = int(found["quarter"]), int(found["until"] or found["quarter"])
        if ends < begins:
            raise ValueError("must not end before it begins")
        first, last = 3 * begins - 2, 3 * ends
    if found["day"]:
        only = date(year, first, int(found["day"]))
        return only, only
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])


def _period(value: str) -> str:
    period_days(value)
    return value


Period = Annotated[
    str,
    AfterValidator(_period),
    Field(
        max_length=20,
        description="A year, half-year, quarter(s), month or day: `2024`, `2024-H1`, `2024-Q1/Q3`, "
        "`2024-03`, `2024-03-01`.",
    ),
]
SchoolForms = Annotated[
    UniqueList[SchoolType],
    Field(max_length=MOST_IN_A_LIST, description="SS 12000's codes of school forms."),
]


def _web_address(value: str) -> str:
    """Pages lead there, so nothing that a browser would run: only http and https."""
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host = None
    plain = value.isascii() and value.isprintable() and not set(value) & set(' <>"{}|\\^`')
    if not plain or not host or parts.scheme not in ("http", "https") or parts.username is not None:
        raise ValueError("must be a web address that begins with https:// or http://")
    return value


WebAddress = Annotated[
    str, Field(max_length=2_000, json_schema_extra={"format": "uri"}), AfterValidator(_web_address)
]


class CatalogueObject(BaseModel):
    """A JSON object of the catalogue: camelCase, no unknown property; null is `unknown`."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True,
        defer_build=True,
    )  # fmt: skip


class LocalText(CatalogueObject):
    """A text in Swedish, perhaps in English, too."""

    sv: Text
    en: Text | None = None


def _in_swedish(value: Any) -> Any:  # noqa: ANN401 - whatever came
    """A name that is the same in every language may be sent as a text."""
    return {"sv": value} if isinstance(value, str) else value


Name = Annotated[LocalText, BeforeValidator(_in_swedish)]
# Where a fact stands: the source, the line, perhaps the words.
Evidence = tuple[ShortText, Annotated[int, Field(ge=1)], Text | None]


class Record(CatalogueObject):
    """What every record has.

    The two axes of time: `validFrom` and `validTo` say when it holds in the world, `version`,
    `published` and `modified` what the catalogue said, and when.
    """

    id: Slug
    note: Text | None = Field(None, description="A remark for readers.")
    as_of: Period | None = Field(None, description="When the source said so.")
    valid_from: date | None = Field(None, description="The first day on which it holds.")
    valid_to: date | None = Field(None, description="The last day on which it holds.")
    evidence: Several[Evidence] | None = Field(
        None, description="Where it stands: a source's id, the line, the words or null."
    )
