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
        ("SKOLNAV_PUBLIC_URL", "http://skola.example.se"),
        ("SKOLNAV_PUBLIC_URL", "http://127.0.0.1.example.se"),
        ("SKOLNAV_PUBLIC_URL", "https://"),
        ("SKOLNAV_PUBLIC_URL", "https://skola.example.se?a=1"),
        ("SKOLNAV_PUBLIC_URL", "https://skola.example.se#a"),
        ("SKOLNAV_PUBLIC_URL", "https://user@skola.example.se"),
        ("SKOLNAV_PUBLIC_URL", "https://skola.example.se\n"),
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


@pytest.mark.parametrize(
    "address",
    ["https://skola.example.se", "https://skola.example.se/data/", "http://127.0.0.1:8000",
     "http://localhost:8000", "http://[::1]:8000"],
)  # fmt: skip
def test_an_address_is_https_or_this_machine(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("SKOLNAV_PUBLIC_URL", address)
    assert Settings(_env_file=None).public_url == address.rstrip("/")
