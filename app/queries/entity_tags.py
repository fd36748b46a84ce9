"""Entity tags: whether an answer is still the one that the caller has."""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import lru_cache

from app.queries.access import Access
from app.queries.table_versions import TablesVersion

TAG_BYTES = 18
MOST_REMEMBERED = 20_000


def entity_tag(access: Access, content: bytes) -> str:
    """A strong entity tag of the caller's own answer, as it stands in the ETag header.

    It changes exactly when the answer does, and two consumers never share one.
    """
    digest = hashlib.blake2b(content, digest_size=TAG_BYTES, key=_owner(access))
    return f'"{digest.hexdigest()}"'


def _owner(access: Access) -> bytes:
    return hashlib.sha256(f"{access.client_id}\n{access.acting_person_id}".encode()).digest()


@lru_cache(maxsize=1_024)
def rights(access: Access, *, whose: bool = True) -> bytes:
    """A digest of everything that decides what a caller sees; not of when it ends.

    `whose` False: equal for consumers that see the same.
    """
    parts = (
        (access.client_id, access.grant_id) if whose else None, access.acting_person_id,
        sorted(access.scopes),
        None if access.organisation_ids is None else sorted(access.organisation_ids),
        None if access.school_types is None else sorted(access.school_types),
        sorted(access.field_groups), access.sees_protected,
        # A view is of one day: who is in which group then.
        None if access.view is None else [access.today] + [
            sorted(getattr(access.view, part.name)) for part in fields(access.view)
        ],
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).digest()


@dataclass(frozen=True, slots=True)
class Tagged:
    """An answer's tag, and the version of the tables it was read from.

    `route`: which answered. `aliases`: the names in the question that are not the standard's,
    which count at each request. `until`: when time alone changes the answer.
    """

    tag: str
    version: TablesVersion
    route: str
    aliases: frozenset[str] = frozenset()
    until: datetime | None = None


@dataclass
class RememberedTags:
    """For each question of late, what is known of its answer.

    Bounded, one per process. A question is the caller's rights and the request's own words.
    """

    _kept: OrderedDict[bytes, Tagged] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, question: bytes) -> Tagged | None:
        """What was kept of the question's last answer."""
        return self._kept.get(question)

    def keep(self, question: bytes, tagged: Tagged) -> None:
        """Remember an answer's tag."""
        with self._lock:
            self._kept[question] = tagged
            self._kept.move_to_end(question)
            if len(self._kept) > MOST_REMEMBERED:
                self._kept.popitem(last=False)

    def forget(self, question: bytes, tagged: Tagged) -> None:
        """Forget a tag that counts no more, unless another was kept since."""
        with self._lock:
            if self._kept.get(question) is tagged:
                del self._kept[question]
