"""Why a source could not be read."""


class SourceFailed(Exception):
    """The source cannot be read on; the message says what it answered and what to check."""


class NotOffered(Exception):
    """The source does not offer the resource, or not to this client."""

    def __init__(self, status: int) -> None:
        super().__init__(f"answered {status}")
        self.status = status


class FilterRefused(SourceFailed):
    """The source answered 400 to the first page of a list."""
