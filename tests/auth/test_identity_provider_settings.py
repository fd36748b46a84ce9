"""Which identity providers the environment may name."""

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey
from pydantic import ValidationError

from app.cli.doctor import identity_providers_are_usable
from app.errors import ConfigurationError
from app.settings import Settings
from tests.auth.openid_provider import running_provider, without_none

RULE = {
    "name": "staden", "label": "Staden", "issuer": "https://login.example", "client_id": "skolnav",
    "client_secret": "hush-hush", "claim": "civic", "identifies": "civicNo",
}  # fmt: skip
KEY = ECKey.generate_key("P-256", parameters={"kid": "ours"})
SECOND = RULE | {"name": "skola", "issuer": "https://other.example"}


def settings(monkeypatch: pytest.MonkeyPatch, *rules: dict[str, Any]) -> Settings:
    """As the environment gives them."""
    monkeypatch.setenv("SKOLNAV_IDENTITY_PROVIDERS", json.dumps([without_none(r) for r in rules]))
    return Settings(_env_file=None)


@pytest.mark.parametrize(
    "changed",
    [{"issuer": "http://127.0.0.1:8000/x"}, {"issuer": "http://localhost:8000"},
     {"issuer": "https://login.example:8443/tenant/"}, {"scope": "profile openid email"},
     {"client_secret": None, "private_jwk": KEY.as_dict(private=True)}, {"client_secret": None},
     {"acr_values": ["loa3"], "longest_age_seconds": 60}],
)  # fmt: skip
def test_a_provider_is_read(monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any]) -> None:
    first, second = settings(monkeypatch, RULE | changed, SECOND).identity_providers
    assert (first.name, second.name) == ("staden", "skola")
    assert "hush-hush" not in repr(first) and str(KEY.as_dict(private=True)["d"]) not in repr(first)


@pytest.mark.parametrize(
    "changed",
    [{"name": "Staden"}, {"name": "a/b"}, {"name": ""}, {"name": "-a"}, {"name": "a\n"},
     {"label": ""}, {"issuer": "http://login.example"}, {"issuer": "http://127.0.0.1.example"},
     {"issuer": "https://login.example?x=1"}, {"issuer": "https://login.example?"},
     {"issuer": "https://login.example#x"}, {"issuer": "https://a:b@login.example"},
     {"issuer": "https:///x"}, {"issuer": "ftp://127.0.0.1"}, {"client_secret": ""},
     {"private_jwk": KEY.as_dict(private=True)},
     {"client_secret": None, "private_jwk": KEY.as_dict(private=False)},
     {"client_secret": None, "private_jwk": OctKey.generate_key(256).as_dict(private=True)},
     {"client_secret": None, "private_jwk": {"kty": "EC"}},
     {"client_secret": None, "private_jwk": "hush-hush"},
     {"identifies": "name"}, {"claim": ""}, {"scope": "profile"}, {"scope": "openidx"},
     {"longest_age_seconds": 0}, {"secret": "hush-hush"}],
)  # fmt: skip
def test_a_provider_that_cannot_work_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any]
) -> None:
    """And the message does not show what was secret in it."""
    with pytest.raises(ValidationError) as refused:
        settings(monkeypatch, RULE | changed)
    assert "hush-hush" not in str(refused.value)


@pytest.mark.parametrize("same", ["name", "issuer"])
def test_two_providers_have_two_names_and_issuers(
    monkeypatch: pytest.MonkeyPatch, same: str
) -> None:
    with pytest.raises(ValidationError, match=same):
        settings(monkeypatch, RULE, SECOND | {same: RULE[same]})


def test_doctor_says_whether_people_can_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider's metadata and keys can be fetched, and are its own."""
    with running_provider() as server:
        rule = RULE | {"issuer": server.issuer}
        assert identity_providers_are_usable(settings(monkeypatch, rule)).endswith("at Staden.")
        server.keys = []
        with pytest.raises(ConfigurationError, match=r"Staden.*no keys"):
            identity_providers_are_usable(settings(monkeypatch, rule))
        server.metadata = {"issuer": "https://other.example"}
        with pytest.raises(ConfigurationError, match="another issuer"):
            identity_providers_are_usable(settings(monkeypatch, rule))
    with pytest.raises(ConfigurationError, match="refused"):
        identity_providers_are_usable(settings(monkeypatch, rule))
    assert identity_providers_are_usable(settings(monkeypatch)).endswith("no identity provider.")
