"""What the environment may say, and what is refused at start."""

import pytest
from pydantic import ValidationError

from app.settings import Settings


def test_lists_are_comma_separated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKOLNAV_TRUSTED_PROXIES", "10.0.0.1, 10.0.0.2,")
    monkeypatch.setenv("SKOLNAV_ALLOWED_JWKS_HOSTS", "")
    settings = Settings(_env_file=None)
    assert settings.trusted_proxies == ["10.0.0.1", "10.0.0.2"]
    assert settings.allowed_jwks_hosts == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SKOLNAV_PUBLIC_URL", "skola.example.se"),
        ("SKOLNAV_SECRET", "too short"),
        ("SKOLNAV_ACCESS_TOKEN_SECONDS", "3600"),
        ("SKOLNAV_LOG_LEVEL", "loud"),
    ],
)
def test_a_value_that_cannot_work_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings(_env_file=None)
