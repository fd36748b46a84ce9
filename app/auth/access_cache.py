"""Remembered tokens: what was verified and granted, until something about it changes."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from app.auth.signing_keys import KeyRing
from app.auth.tokens import VerifiedToken
from app.queries.access import Access
from app.queries.organisation_tree import OrganisationTree

MOST_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Remembered:
    """One token's outcome; `until` is when it must be computed anew at the latest."""

    token: VerifiedToken
    access: Access
    until: datetime


@dataclass
class AccessCache:
    """Bounded, shared by all threads of a process, emptied by notices.

    Whoever fills it reads `generation` before reading the database and hands it back: what was
    read before a notice arrived is never kept after it. It counts on when things are forgotten
    already: what is found after reading it counts until it changes.
    """

    generation: int = 0
    ring: KeyRing | None = None
    tree: OrganisationTree | None = None
    _entries: dict[bytes, Remembered] = field(default_factory=dict)
    _verified: dict[bytes, VerifiedToken] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, token: str, now: datetime) -> Remembered | None:
        """What came of a token seen before. Takes no lock and does no I/O."""
        found = self._entries.get(_key(token))
        return found if found is not None and now < found.until else None

    def keep(self, token: str, remembered: Remembered, *, generation: int) -> None:
        """Remember an outcome, unless something has changed since `generation`."""
        with self._lock:
            if generation != self.generation:
                return
            if len(self._entries) >= MOST_ENTRIES:
                del self._entries[next(iter(self._entries))]
            self._entries[_key(token)] = remembered

    def find_verified(self, token: str, now: datetime) -> VerifiedToken | None:
        """What a token said that was verified before; whether it counts is not remembered."""
        found = self._verified.get(_key(token))
        return found if found is not None and now < found.expires else None

    def keep_verified(self, token: str, verified: VerifiedToken, *, generation: int) -> None:
        """Remember that we signed it, until the keys may have changed."""
        with self._lock:
            if generation != self.generation:
                return
            if len(self._verified) >= MOST_ENTRIES:
                del self._verified[next(iter(self._verified))]
            self._verified[_key(token)] = verified

    def keep_ring(self, ring: KeyRing, *, generation: int) -> None:
        """Remember the published keys."""
        with self._lock:
            if generation == self.generation:
                self.ring = ring

    def keep_tree(self, tree: OrganisationTree, *, generation: int) -> None:
        """Remember the organisation tree."""
        with self._lock:
            if generation == self.generation:
                self.tree = tree

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self.ring = self.tree = None
            self._entries.clear()
            self._verified.clear()
            self.generation += 1

    def take_notice(self, payload: str) -> None:
        """Forget what a notice concerns; everything when it is not understood."""
        kind, _, name = payload.partition(":")
        if kind == "client":
            self._drop(lambda entry: entry.token.client_id == name)
        elif kind == "token":
            self._drop(lambda entry: entry.token.jti == name)
        else:
            self.clear()

    def __len__(self) -> int:
        return len(self._entries)

    def _drop(self, concerned: Callable[[Remembered], bool]) -> None:
        with self._lock:
            for key in [key for key, entry in self._entries.items() if concerned(entry)]:
                del self._entries[key]
            self.generation += 1


def _key(token: str) -> bytes:
    # The hash, so that a dump of the process's memory holds no usable tokens here.
    return hashlib.sha256(token.encode()).digest()
