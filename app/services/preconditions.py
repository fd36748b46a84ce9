"""Whether an object is still in the state that its changer believes it to be in."""

from app.errors import PreconditionFailed
from app.queries.access import Access
from app.queries.entity_tags import entity_tag

# The strong tags of If-Match; `*` in it means any state, None that nothing was asked.
IfMatch = frozenset[str] | None
ANY = "*"


def check_tag(access: Access, if_match: IfMatch, document: bytes) -> None:
    """Raise PreconditionFailed unless the tag of what the caller reads today is among those."""
    if if_match is None or ANY in if_match or entity_tag(access, document) in if_match:
        return
    raise PreconditionFailed(
        "The object is no longer in the state that If-Match names. Read it again, and decide anew."
    )
