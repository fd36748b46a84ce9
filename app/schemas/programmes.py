"""Programme: the wire shape of the standard."""

from uuid import UUID

from app.schemas.base import ObjectReference, Page, StandardObject, WireModel
from app.schemas.enums import ProgrammeContentType, ProgrammeType, SchoolType


class ProgrammeContent(WireModel):
    """One of an object's content."""

    type: ProgrammeContentType
    points: int | None = None
    content: list[ObjectReference] | None = None


class Programme(StandardObject):
    """An upper-secondary programme or part of one."""

    name: str
    type: ProgrammeType
    parent_programme: ObjectReference | None = None
    school_type: SchoolType
    code: str | None = None
    content: list[ProgrammeContent] | None = None


class ProgrammesLookup(WireModel):
    """The body of the lookup: an object is answered when it matches any key."""

    ids: list[UUID] | None = None


class ProgrammesPage(Page[Programme]):
    """One page of the list."""
