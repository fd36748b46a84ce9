"""What our own APIs say of what goes wrong (RFC 9457)."""

from pydantic import Field

from app.schemas.base import WireModel


class Problem(WireModel):
    """The body of a refusal."""

    type: str = Field(description="`about:blank`: the title says what kind it is.")
    title: str = Field(description="A word for programs to branch on, for example `notFound`.")
    status: int = Field(description="The HTTP status once more.")
    detail: str = Field(description="What was wrong, what was expected and what to do.")
