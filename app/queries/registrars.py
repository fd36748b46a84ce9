"""References to whoever registered something, who can be a guardian."""

from app.queries.access import FieldGroup
from app.queries.resource import Render


def registrar(render: Render, identifier: str) -> str:
    """A person reference.

    Without the field group guardians it names only whom the caller could read as a person: others
    are an id, which tells that two things were registered by the same.
    """
    if FieldGroup.GUARDIANS in render.shape.field_groups:
        return render.person(identifier)
    return render.person(identifier, named_if=render.visible("persons", "named"))
