"""Collects what is wrong with a write, so that its caller is told all of it at once."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from app.errors import BadBody, Fault, NotFound
from app.schemas.drafts import Draft
from app.schemas.written import WrittenModel

M = TypeVar("M", bound=WrittenModel)
MOST_TOLD = 100


class Findings:
    """Faults of a body, and what it points at that does not exist for the caller.

    `paths`: under which path the caller sent what is judged under another.
    """

    def __init__(
        self, faults: Iterable[Fault] = (), *, paths: Mapping[str, str] | None = None
    ) -> None:
        self.faults = list(faults)
        self.missing: list[Fault] = []
        self._paths = paths or {}

    def require(self, holds: bool, path: str, message: str) -> None:
        """A fault at a path, unless the condition holds."""
        if not holds:
            self.faults.append(Fault(self._paths.get(path, path), message))

    def miss(self, path: str, noun: str) -> None:
        """What a path points at is not there, or not for this caller: the same in all respects."""
        sent = self._paths.get(path, path)
        self.missing.append(Fault(sent, f"there is no such {noun} for this consumer"))

    def raise_any(self) -> None:
        """Raise NotFound when something is missing, else BadBody when something is wrong."""
        found = [*self.missing, *self.faults]
        if not found:
            return
        refuse = NotFound if self.missing else BadBody
        raise refuse(summed_up(found), faults=found)


def sound(draft: Draft[M]) -> M:
    """The body, when nothing is wrong with its shape. Raises BadBody."""
    Findings(draft.faults).raise_any()
    return draft.body


def summed_up(faults: list[Fault]) -> str:
    """The faults as one text that can be read by itself: the first of them, and how many more."""
    told = [f"{fault.path}: {fault.message}" if fault.path else fault.message
            for fault in faults[:MOST_TOLD]]  # fmt: skip
    more = len(faults) - len(told)
    return "; ".join(told) + (f"; and {more} more, which `errors` names." if more else ".")
