"""What a client finds its way by: RFC 8414, OpenID Connect discovery, RFC 9728 and the keys."""

from typing import Any

import pytest

from app.main import DOORS
from app.queries.access import Scope
from tests.auth.conftest import CLIENT, ISSUER, Gate

SERVER = "/.well-known/oauth-authorization-server"
DISCOVERY = "/.well-known/openid-configuration"
SERVICE = "/.well-known/oauth-protected-resource"
KEYS = "/oauth/jwks.json"
METHODS = ["private_key_jwt", "client_secret_basic", "client_secret_post", "none"]
ALGORITHMS = ["ES256", "ES384", "RS256", "PS256", "EdDSA", "Ed25519"]


def found(gate: Gate, path: str) -> dict[str, Any]:
    """A public document, as anyone may keep it for a minute."""
    answer = gate.send("GET", path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=60"
    document: dict[str, Any] = answer.json()
    return document


def test_the_server_describes_itself_and_promises_nothing_else(shared_gate: Gate) -> None:
    """RFC 8414: where everything is, and no way in but those that there are."""
    assert found(shared_gate, SERVER) == {
        "issuer": ISSUER,
        "token_endpoint": f"{ISSUER}/oauth/token",
        "token_endpoint_auth_methods_supported": METHODS,
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "revocation_endpoint": f"{ISSUER}/oauth/revoke",
        "revocation_endpoint_auth_methods_supported": METHODS,
        "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "introspection_endpoint": f"{ISSUER}/oauth/introspect",
        "introspection_endpoint_auth_methods_supported": METHODS,
        "introspection_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "jwks_uri": ISSUER + KEYS,
        "scopes_supported": [str(scope) for scope in Scope],
        "authorization_endpoint": f"{ISSUER}/oauth/authorize",
        "pushed_authorization_request_endpoint": f"{ISSUER}/oauth/par",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["client_credentials", "authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "dpop_signing_alg_values_supported": ["ES256"],
        "ui_locales_supported": ["sv", "en"],
    }


def test_discovery_says_the_same_to_libraries_that_only_look_there(shared_gate: Gate) -> None:
    """With the two members that OpenID Connect discovery requires besides."""
    assert found(shared_gate, DISCOVERY) == found(shared_gate, SERVER) | {
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }


@pytest.mark.parametrize("path", ["", *DOORS])
def test_a_resource_names_the_server_that_gives_its_tokens(shared_gate: Gate, path: str) -> None:
    """RFC 9728, and tokens are taken from the header alone."""
    city = shared_gate.settings.city_name
    assert city
    assert found(shared_gate, SERVICE + path) == {
        "resource": ISSUER + path,
        "resource_name": f"Skolnav, {city}",
        "authorization_servers": [ISSUER],
        "jwks_uri": ISSUER + KEYS,
        "scopes_supported": [str(scope) for scope in Scope],
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": ["ES256"],
    }


def test_the_challenge_leads_to_the_metadata_of_the_door(shared_gate: Gate) -> None:
    """From a refusal alone a client finds where to get a token."""
    challenge = shared_gate.send("GET", "/probe").headers["www-authenticate"]
    address = challenge.partition('resource_metadata="')[2].partition('"')[0]
    told = found(shared_gate, address.removeprefix(ISSUER))
    assert told["resource"] == ISSUER
    (server,) = told["authorization_servers"]
    metadata = found(shared_gate, SERVER)
    assert metadata["issuer"] == server
    given = shared_gate.send(
        "POST", metadata["token_endpoint"].removeprefix(ISSUER),
        data={"grant_type": "client_credentials", "client_id": CLIENT,
              "client_secret": shared_gate.secret},
    )  # fmt: skip
    assert given.status_code == 200


@pytest.mark.parametrize("name", ["token", "revocation", "introspection"])
def test_each_endpoint_is_where_the_metadata_says(shared_gate: Gate, name: str) -> None:
    """Without a credential each refuses the client, which a wrong address would not."""
    address = found(shared_gate, SERVER)[f"{name}_endpoint"]
    answer = shared_gate.send(
        "POST", address.removeprefix(ISSUER),
        data={"grant_type": "client_credentials", "token": "x"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_the_keys_are_public_and_for_signatures(shared_gate: Gate) -> None:
    """Each with its use, its algorithm and nothing private."""
    keys = found(shared_gate, KEYS)["keys"]
    assert len(keys) == 1
    assert keys[0].keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    described = {name: keys[0][name] for name in ("kty", "crv", "use", "alg")}
    assert described == {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256"}
