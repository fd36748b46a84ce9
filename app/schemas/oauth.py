"""Shapes of the OAuth door: names as its standards write them, not as SS 12000 does."""

from typing import Literal

from pydantic import ConfigDict, Field

from app.schemas.base import WireModel

HOST = "https://data.example.se"
AssertionType = Literal["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]


class OAuthModel(WireModel):
    """A JSON object that this door answers."""

    model_config = ConfigDict(alias_generator=None)


class CredentialsForm(OAuthModel):
    """How a consumer proves itself, at each endpoint alike. Other parameters are ignored."""

    model_config = ConfigDict(extra="ignore")

    client_id: str | None = Field(
        None,
        description="The consumer's public name. Needed with `client_secret`; beside an assertion "
        "or an Authorization header it may be left out, and otherwise must say the same.",
        examples=["skolapp-1f3a9c20"],
    )
    client_secret: str | None = Field(
        None,
        description="`client_secret_post`, where the consumer was allowed a secret.",
        examples=["skn_as-it-was-shown-once"],
    )
    client_assertion_type: AssertionType | None = Field(
        None, description="Says that `client_assertion` is a JWT (RFC 7523)."
    )
    client_assertion: str | None = Field(
        None,
        description="`private_key_jwt`: a JWT signed with the consumer's registered key. `iss` and "
        "`sub` are the client_id, `aud` is the issuer, as one string; `jti` is good for one use; "
        "`exp` is at most 300 seconds after `iat`. Its header names the key in `kid`.",
        examples=["eyJhbGciOiJFUzI1NiJ9.e30.AA"],
    )


class TokenForm(CredentialsForm):
    """A request for an access token."""

    grant_type: Literal["client_credentials", "authorization_code", "refresh_token"] = Field(
        description="For itself, or for a person who allowed it: with a code, or to go on."
    )
    code: str | None = Field(None, description="With authorization_code: what the browser brought.")
    redirect_uri: str | None = Field(
        None, description="With authorization_code: the same as in the authorization request."
    )
    code_verifier: str | None = Field(
        None, description="With authorization_code: what the code_challenge was made of (RFC 7636)."
    )
    refresh_token: str | None = Field(
        None, description="With refresh_token. Each is good once; the answer brings the next."
    )
    scope: str | None = Field(
        None,
        description="Scopes with spaces between. Absent: all that the consumer's grant holds "
        "today, or all that the person allowed. One that is not held is refused, never dropped.",
        examples=["schedule:read organisations:read"],
    )
    resource: str | None = Field(
        None,
        description="RFC 8707: the issuer's address, or that of an API at this host. Absent is as "
        "good; another one is refused.",
        examples=[f"{HOST}/ss12000/v2.0"],
    )


class OwnTokenForm(CredentialsForm):
    """A request about one of the consumer's own access tokens."""

    token: str = Field(description="The access token.", examples=["eyJhbGciOiJFUzI1NiJ9.e30.AA"])
    token_type_hint: Literal["access_token", "refresh_token"] | None = Field(
        None, description="Changes nothing: a token tells by itself which kind it is."
    )


class PushedForm(CredentialsForm):
    """An authorization request, pushed (RFC 9126): the same parameters as in the address."""

    response_type: Literal["code"]
    redirect_uri: str = Field(description="One that the app is registered with, exactly.")
    code_challenge: str = Field(description="The S256 of a code_verifier: 43 characters.")
    code_challenge_method: Literal["S256"]
    scope: str | None = Field(None, description="Absent: all that the app's grant holds today.")
    state: str | None = Field(None, description="Comes back as it was.")
    prompt: str | None = Field(None, description="`login`, `consent`, or `none` by itself.")
    resource: str | None = Field(None, description="RFC 8707, as at the token endpoint.")
    dpop_jkt: str | None = Field(
        None, description="The thumbprint of the key that the tokens will be bound to (RFC 9449)."
    )


class Pushed(OAuthModel):
    """What the person is to be sent to `/oauth/authorize` with, besides the client_id."""

    request_uri: str = Field(examples=["urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc"])
    expires_in: int = Field(description="Seconds.", examples=[90])


class TokenAnswer(OAuthModel):
    """An access token."""

    access_token: str = Field(
        description="A JWT (RFC 9068), to be sent as it is: `Authorization: Bearer`.",
        examples=["eyJhbGciOiJFUzI1NiJ9.e30.AA"],
    )
    token_type: Literal["Bearer", "DPoP"] = Field(
        description="DPoP: bound to the key whose proof came with the request (RFC 9449)."
    )
    expires_in: int = Field(
        description="Seconds that it can be used. Keep it so long.", examples=[300]
    )
    scope: str = Field(
        description="The scopes that it carries. What they give is looked up at each request.",
        examples=["organisations:read schedule:read"],
    )
    refresh_token: str | None = Field(
        None,
        description="For people's apps: the next token without the person. Good once.",
        examples=["skr_2YotnFZFEjr1zCsicMWpAA"],
    )


class OAuthError(OAuthModel):
    """Why an OAuth request was refused (RFC 6749 section 5.2)."""

    error: str = Field(description="A word for programs to branch on.", examples=["invalid_scope"])
    error_description: str | None = Field(
        None,
        description="For people: what was wrong and what to do.",
        examples=["The application's grant does not hold every scope asked for."],
    )


class Revoked(OAuthModel):
    """An empty object: whatever was sent, no such token counts now."""


class IntrospectionAnswer(OAuthModel):
    """Whether a token counts now; of one that does not, nothing else is told (RFC 7662)."""

    active: bool = Field(
        description="false, too, for a token that is somebody else's or no token at all."
    )
    token_type: Literal["Bearer", "DPoP"] | None = None
    client_id: str | None = Field(None, examples=["skolapp-1f3a9c20"])
    sub: str | None = Field(
        None, description="The client_id once more, or the person that the app acts for."
    )
    scope: str | None = Field(None, examples=["organisations:read schedule:read"])
    iss: str | None = Field(None, examples=[HOST])
    aud: str | None = Field(None, examples=[HOST])
    iat: int | None = Field(None, description="Issued, in seconds since 1970.")
    exp: int | None = Field(None, description="Ends, in seconds since 1970.")
    jti: str | None = Field(None, description="The token's own name.")
    cnf: dict[str, str] | None = Field(
        None, description="`jkt`: the key that it is bound to.", examples=[{"jkt": "0ZcOCORZNYy"}]
    )


class PublicKey(OAuthModel):
    """A public key that verifies access tokens (RFC 7517)."""

    kid: str = Field(description="As a token's header names it.", examples=["kq1XIbYw0m2uYg7C"])
    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str
    alg: Literal["ES256"]
    use: Literal["sig"]


class KeySet(OAuthModel):
    """Every key that signs, is about to sign or did until just now."""

    keys: list[PublicKey]


class ServerMetadata(OAuthModel):
    """What the authorization server offers (RFC 8414)."""

    issuer: str = Field(examples=[HOST])
    authorization_endpoint: str = Field(examples=[f"{HOST}/oauth/authorize"])
    pushed_authorization_request_endpoint: str = Field(examples=[f"{HOST}/oauth/par"])
    token_endpoint: str = Field(examples=[f"{HOST}/oauth/token"])
    token_endpoint_auth_methods_supported: list[str]
    token_endpoint_auth_signing_alg_values_supported: list[str]
    revocation_endpoint: str = Field(examples=[f"{HOST}/oauth/revoke"])
    revocation_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_signing_alg_values_supported: list[str]
    introspection_endpoint: str = Field(examples=[f"{HOST}/oauth/introspect"])
    introspection_endpoint_auth_methods_supported: list[str]
    introspection_endpoint_auth_signing_alg_values_supported: list[str]
    jwks_uri: str = Field(examples=[f"{HOST}/oauth/jwks.json"])
    scopes_supported: list[str] = Field(description="All scopes; a grant holds some of them.")
    response_types_supported: list[str]
    response_modes_supported: list[str]
    grant_types_supported: list[str]
    code_challenge_methods_supported: list[str]
    authorization_response_iss_parameter_supported: bool
    dpop_signing_alg_values_supported: list[str]
    ui_locales_supported: list[str]


class OpenIdMetadata(ServerMetadata):
    """The same, with what OpenID Connect Discovery requires besides."""

    subject_types_supported: list[str]
    id_token_signing_alg_values_supported: list[str]


class ResourceMetadata(OAuthModel):
    """Where tokens for a resource come from (RFC 9728)."""

    resource: str = Field(examples=[f"{HOST}/ss12000/v2.0"])
    resource_name: str = Field(examples=["Skolnav, Exempelstad"])
    authorization_servers: list[str] = Field(examples=[[HOST]])
    jwks_uri: str = Field(examples=[f"{HOST}/oauth/jwks.json"])
    scopes_supported: list[str]
    bearer_methods_supported: list[str] = Field(examples=[["header"]])
    dpop_signing_alg_values_supported: list[str]
