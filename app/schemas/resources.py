"""Resources: what can be booked for a lesson besides rooms."""

from pydantic import Field

from app.schemas.base import IdsLookup, ObjectReference, Page, StandardObject, with_example
from app.schemas.examples import RESOURCE


class Resource(StandardObject):
    """Something that can be booked. Needs the scope `schedule:read`."""

    model_config = with_example(RESOURCE)

    display_name: str = Field(description="The name to show.")
    description: str | None = None
    owner: ObjectReference = Field(description="The organisation that has it.")


class ResourcesPage(Page[Resource]):
    """One page of resources."""


class ResourcesLookup(IdsLookup):
    """Which resources to return."""
