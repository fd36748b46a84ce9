"""What our own APIs say of what goes wrong (RFC 9457), and of themselves."""

from pydantic import Field

from app.schemas.base import FaultBody, WireModel, with_example


class Problem(WireModel):
    """The body of a refusal."""

    type: str = Field(description="`about:blank`: the title says what kind it is.")
    title: str = Field(description="A word for programs to branch on, for example `notFound`.")
    status: int = Field(description="The HTTP status once more.")
    detail: str = Field(description="What was wrong, what was expected and what to do.")


class BodyProblem(Problem):
    """The body of a refusal where a body may be refused."""

    errors: list[FaultBody] | None = Field(
        None, description="With a refused body: everything that is wrong with it."
    )


class ApiInfo(WireModel):
    """What an API is, as DIGG's profile asks."""

    model_config = with_example(
        {
            "apiName": "absence-reports",
            "apiVersion": "1.0.0",
            "apiReleased": "2026-12-01",
            "apiDocumentation": "https://data.example.se/absence-reports/v1/openapi.json",
            "apiStatus": "active",
        }
    )

    api_name: str = Field(description="The API's name, as in its address.")
    api_version: str = Field(description="Its version (semantic versioning).")
    api_released: str = Field(description="The day on which this version was first offered.")
    api_documentation: str = Field(description="Where its OpenAPI document is.")
    api_status: str = Field(description="`active`: it is in use, and kept up.")
