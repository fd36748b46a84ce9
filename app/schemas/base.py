"""What all wire shapes share: how absence is written, references, `meta`, pages and errors."""

from typing import Annotated, ClassVar, Generic, Self, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from app.schemas.enums import SecurityMarking

T = TypeVar("T")


def _without_repeats(values: list[T]) -> list[T]:
    if any(value in values[:position] for position, value in enumerate(values)):
        raise ValueError("the same value stands more than once; send each value once")
    return values


UniqueList = Annotated[
    list[T], AfterValidator(_without_repeats), Field(json_schema_extra={"uniqueItems": True})
]
Email = Annotated[str, Field(json_schema_extra={"format": "email"})]
Uri = Annotated[str, Field(json_schema_extra={"format": "uri"})]
# The standard's own pattern: two digits, colon, two digits; local time, no date and no offset.
ClockTime = Annotated[str, Field(pattern=r"^[0-9]{2}:[0-9]{2}$")]
SchoolYear = Annotated[int, Field(ge=0, le=10)]


def with_example(example: JsonDict) -> ConfigDict:
    """The `model_config` of a class that is published with this example."""
    return ConfigDict(json_schema_extra={"examples": [example]})


class WireModel(BaseModel):
    """A JSON object of SS 12000: camelCase names, no unknown property, never `null`.

    An optional property without a value is left out. In Python it reads as None. Validators are
    made at the first use: most of these classes serve documents and tests alone.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True,
        defer_build=True,
    )  # fmt: skip
    nullable: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def from_wire(cls, raw: str | bytes) -> Self:
        """Read JSON as a strict client does: wire names only, and no conversion of types."""
        return cls.model_validate_json(raw, strict=True, by_alias=True, by_name=False)

    # After, not before: a "before" validator would turn JSON into Python objects first, and
    # strict reading would then refuse dates written as text.
    @model_validator(mode="after")
    def _refuse_null(self) -> Self:
        fields = type(self).model_fields
        nulls = sorted(
            fields[name].alias or name
            for name in self.model_fields_set - self.nullable
            if getattr(self, name) is None
        )
        if nulls:
            raise ValueError(f"null is not allowed; leave the property out: {', '.join(nulls)}")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Publish optional properties as absent or present, without the branch for null."""
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, described in properties.items():
            properties[name] = _without_null(described)
        return schema


def _without_null(described: JsonSchemaValue) -> JsonSchemaValue:
    # Titles made from property names say nothing that the name does not.
    kept = {key: value for key, value in described.items() if key not in ("title", "anyOf")}
    if "default" in kept and kept["default"] is None:
        del kept["default"]
    branches = [branch for branch in described.get("anyOf", []) if branch != {"type": "null"}]
    if len(branches) > 1:
        return {"anyOf": branches} | kept
    return {key: value for branch in branches for key, value in branch.items()} | kept


class Meta(WireModel):
    """When the object was made and last changed at this service."""

    created: AwareDatetime = Field(description="When the object first appeared here.")
    modified: AwareDatetime = Field(
        description="When a property that the object itself carries last changed. What is seen "
        "only through `expand` or `expandReferenceNames` does not move it."
    )


class ObjectReference(WireModel):
    """A pointer to another object."""

    id: UUID = Field(description="The other object's id.")
    display_name: str | None = Field(
        None, description="A name to show. Present only with `expandReferenceNames=true`."
    )


class PersonReference(ObjectReference):
    """A pointer to a person."""

    security_marking: SecurityMarking | None = Field(
        None,
        description="Whether the person's data is protected. Needs the field group `marking`.",
    )


class StandardObject(WireModel):
    """What every stored object of the standard carries."""

    id: UUID = Field(description="The same in every answer and for as long as the object exists.")
    meta: Meta


class FaultBody(WireModel):
    """One thing that is wrong with a body."""

    path: str = Field(description="Where: `scheduleEntries[2].startTime`. Empty: the body itself.")
    message: str = Field(description="What is wrong there.")


class ErrorBody(WireModel):
    """The body of every refusal."""

    code: str = Field(description="A word for programs to branch on, for example `badParameter`.")
    message: str = Field(description="What was wrong, what was expected and what to do.")
    errors: list[FaultBody] | None = Field(
        None, description="With a refused body: everything that is wrong with it."
    )


class IdsLookup(WireModel):
    """The body of a lookup by id. Ids that are unknown to the caller are missing in the answer."""

    ids: list[UUID] | None = Field(None, description="Ids of the objects to return.")


class Page(WireModel, Generic[T]):
    """One page of a list."""

    # The standard lets servers write null on the last page; this service leaves the token out.
    nullable: ClassVar[frozenset[str]] = frozenset({"page_token"})

    data: list[T] = Field(description="The objects of this page, in the order asked for.")
    page_token: str | None = Field(
        None,
        description="Send it back as `pageToken` to get the next page. Absent on the last page.",
    )
