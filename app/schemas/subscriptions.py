"""Subscriptions, and the notices that they bring."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Discriminator, Field, Tag
from pydantic.config import JsonDict

from app.schemas.base import Page, Uri, WireModel, with_example
from app.schemas.enums import ObjectType

BARE = "name"
RESOURCE_TYPES: JsonDict = {"resource": "CalendarEvent"}
ASKED: JsonDict = {
    "name": "Schemaappen",
    "target": "https://schemaappen.example.se/notices",
    "resourceTypes": [RESOURCE_TYPES],
}
SUBSCRIPTION: JsonDict = {
    "id": "0f6a2f0e-56b5-4b0e-9f43-7d1f6f1c0001",
    "expires": "2027-02-22T08:00:00+01:00",
    **ASKED,
}


class ResourceType(WireModel):
    """A type of objects."""

    resource: ObjectType


def _form(given: object) -> str:
    return BARE if isinstance(given, str) else "object"


# Told apart by their form, so that a fault is told in the words of that form.
GivenType = Annotated[
    Annotated[ResourceType, Tag("object")] | Annotated[ObjectType, Tag(BARE)],
    Discriminator(_form),
]


class NewSubscription(WireModel):
    """What a consumer wants to be told of, and where."""

    model_config = with_example(ASKED)

    name: str = Field(description="A name by which people know the subscription.")
    target: Uri = Field(
        description="Where notices are sent by POST: an https:// address on port 443 that leads to "
        "a public host."
    )
    resource_types: list[GivenType] = Field(
        description="Types of objects whose read scope the consumer has. Bare names are taken too."
    )

    @property
    def types(self) -> frozenset[ObjectType]:
        """The types, however they were written."""
        return frozenset(
            given.resource if isinstance(given, ResourceType) else given
            for given in self.resource_types
        )


class RenewedSubscription(WireModel):
    """How long the subscription shall live on. Without a body: as long as the city allows."""

    expires: AwareDatetime | None = Field(
        None, description="A later time than the city allows is answered with the latest."
    )


class Subscription(WireModel):
    """A consumer's own subscription."""

    model_config = with_example(SUBSCRIPTION)

    id: UUID
    expires: AwareDatetime = Field(description="When it ends unless it is renewed.")
    name: str
    target: Uri
    resource_types: list[ResourceType]


class CreatedSubscription(Subscription):
    """A new subscription. Keep the secret: it is shown in this answer only."""

    model_config = with_example(
        {**SUBSCRIPTION, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    )

    secret: str = Field(
        description="What notices are signed with, as Standard Webhooks defines it."
    )


class SubscriptionsPage(Page[Subscription]):
    """One page of the consumer's own subscriptions."""


class Notice(WireModel):
    """What is sent: which types have changed, and nothing about any object."""

    model_config = with_example(
        {
            "modifiedEntites": ["CalendarEvent"],
            "modifiedEntities": ["CalendarEvent"],
            "deletedEntities": False,
        }
    )

    modified_entites: list[ObjectType] = Field(
        description="Types of which something changed. Misspelt in the standard."
    )
    modified_entities: list[ObjectType] = Field(description="The same, rightly spelt.")
    deleted_entities: bool = Field(
        description="Whether something was deleted or may no longer be seen: ask /deletedEntities."
    )
