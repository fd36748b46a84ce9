"""Rooms: where lessons are held."""

from pydantic import Field

from app.schemas.base import IdsLookup, ObjectReference, Page, StandardObject, with_example
from app.schemas.examples import ROOM


class Room(StandardObject):
    """A room. Needs the scope `schedule:read`."""

    model_config = with_example(ROOM)

    display_name: str = Field(description="The name to show, as on the door.")
    seats: int | None = Field(None, description="How many people the room seats.")
    owner: ObjectReference = Field(description="The organisation that has the room.")


class RoomsPage(Page[Room]):
    """One page of rooms."""


class RoomsLookup(IdsLookup):
    """Which rooms to return."""
