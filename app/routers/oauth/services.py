"""What the OAuth routes of one process work with, prepared at the first request."""

from starlette.datastructures import State

from app.auth.jwks_fetch import RemoteKeys
from app.auth.secret import SIGNING_KEYS, derived_key, installation_secret
from app.auth.server import OAuthServices
from app.services.signing_keys import ensure_signing_key
from app.settings import Settings


def oauth_services(settings: Settings) -> OAuthServices:
    """Built from the configuration alone."""
    sealing_key = derived_key(installation_secret(settings), SIGNING_KEYS)
    remote_keys = RemoteKeys(frozenset(host.lower() for host in settings.allowed_jwks_hosts))
    return OAuthServices(settings, sealing_key, remote_keys)


def ready_services(state: State) -> OAuthServices:
    """The process's services. The first call makes the installation's first signing key.

    Not at start: the database may be away then, and the service must start all the same.
    """
    if not hasattr(state, "oauth_services"):
        services = oauth_services(state.settings)
        with state.database.transaction() as session:
            ensure_signing_key(
                session, sealing_key=services.sealing_key, now=state.authenticator.clock()
            )
        state.oauth_services = services
    ready: OAuthServices = state.oauth_services
    return ready
