"""What of a record is told, and to whom: properties that need a scope are left out and named."""

from collections.abc import Set as AbstractSet
from typing import Any

from app.errors import Fault
from app.schemas.catalogue.kinds import Kind
from app.schemas.catalogue.marks import withheld_paths

# Laws on personal data that no longer hold: an agreement under one of them needs review.
OLDER_LAWS = frozenset({"pul", "personuppgiftslagen"})


def redacted(kind: Kind, document: dict[str, Any], scopes: AbstractSet[str]) -> dict[str, Any]:
    """The document for a caller with these scopes, with `redactedFields`."""
    hidden = hidden_fields(kind, document, scopes)
    names = (field.alias or name for name, field in kind.model.model_fields.items())
    # What an older version did not have nobody knew.
    told = {name: document.get(name) for name in names if name not in hidden}
    if kind.section == "agreements":
        told["needsReview"] = str(document.get("legalFramework")).lower() in OLDER_LAWS
    return told | {"redactedFields": hidden}


def hidden_fields(kind: Kind, document: dict[str, Any], scopes: AbstractSet[str]) -> list[str]:
    """The properties that a caller with these scopes is not told, known or not."""
    if kind.section == "costs" and document.get("kind") != "contract":
        return []
    return [path[0] for path, scope in withheld_paths(kind.model) if scope not in scopes]


def revealed_by(
    kind: Kind, before: dict[str, Any], after: dict[str, Any], scopes: AbstractSet[str]
) -> list[Fault]:
    """That an edit would have told what its editor may not know."""
    still = hidden_fields(kind, after, scopes)
    return [
        Fault(
            name, "would be told to everybody by this change, which needs the scope that opens it"
        )
        for name in hidden_fields(kind, before, scopes)
        if name not in still
    ]
