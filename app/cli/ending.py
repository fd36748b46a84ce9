"""How a command ends when it is told to: after the PostgreSQL that it has started."""

import os
import signal
from types import FrameType

from app.database.embedded import end_started

# A service manager's stop, and the terminal that closes.
ENDING = (signal.SIGTERM, signal.SIGHUP)


def end_in_order() -> None:
    """From here on these signals end the process after what it has started, not before."""
    for number in ENDING:
        # Left alone where the caller ignores it: `nohup`.
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> None:
    # Impatient supervisors repeat themselves; one stopping must not interrupt the other.
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    # Done here, not by an exception that unwinds the command: Python drops one that happens to be
    # raised in a weak reference's callback, and the command would go on.
    end_started()
    # Whoever waits for the process sees what ended it.
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    # The first process of a container is not ended by its own signal.
    os._exit(128 + number)
