"""Programmes: national and local study programmes and their branches."""

from enum import StrEnum

from pydantic import Field

from app.schemas.base import (
    IdsLookup,
    ObjectReference,
    Page,
    StandardObject,
    WireModel,
    with_example,
)
from app.schemas.enums import SchoolType
from app.schemas.examples import PROGRAMME


class ProgrammeType(StrEnum):
    """The kind of a programme or of a branch of one."""

    YRKESPROGRAM = "Yrkesprogram"
    HOGSKOLEFORBEREDANDE = "Högskoleförberedande program"
    # Misspelt in the standard, and therefore in every client.
    INTRODUKTIONSPROGRAM = "Intruduktionsprogram"
    NATIONELLT_YRKESPAKET = "Nationellt yrkespaket"
    REGIONALT_YRKESPAKET = "Regionalt yrkespaket"
    FJARDE_TEKNISKT_AR = "Fjärde tekniskt år"
    PROGRAMINRIKTNING = "Programinriktning"
    UTGANG = "Utgång"


class ProgrammeContentType(StrEnum):
    """Which part of a programme a block of courses is."""

    GYMNASIEGEMENSAMMA = "Gymnasiegemensamma"
    PROGRAMGEMENSAMMA = "Programgemensamma"
    INRIKTNING = "Inriktning"
    PROGRAMFORDJUPNING = "Programfördjupning"
    GYMNASIEARBETE = "Gymnasiearbete"
    INDIVIDUELLT_VAL = "Individuellt val"


class ProgrammeContent(WireModel):
    """A block of a programme."""

    type: ProgrammeContentType
    points: int | None = Field(None, description="Extent of the block in points.")
    content: list[ObjectReference] | None = Field(
        None, description="The syllabuses that the block consists of."
    )


class Programme(StandardObject):
    """A study programme. Needs the scope `organisations:read`."""

    model_config = with_example(PROGRAMME)

    name: str
    type: ProgrammeType
    parent_programme: ObjectReference | None = Field(
        None, description="The programme that this one is a branch of."
    )
    school_type: SchoolType
    code: str | None = Field(None, description="The programme's code.")
    content: list[ProgrammeContent] | None = None


class ProgrammesPage(Page[Programme]):
    """One page of programmes."""


class ProgrammesLookup(IdsLookup):
    """Which programmes to return."""
