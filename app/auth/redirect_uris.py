"""Where an app may have people sent back to: registered exactly, compared exactly."""

import re
from urllib.parse import urlsplit

LONGEST = 1_000
LOOPBACK = frozenset({"127.0.0.1", "::1"})
# RFC 8252 section 7.1: a domain name that the app's maker has, backwards.
PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")


def fault_in(uri: str) -> str | None:
    """What keeps an address from being registered; None when nothing does."""
    plain = uri.isascii() and uri.isprintable() and len(uri) <= LONGEST
    if not plain or any(sign in uri for sign in " \\*#"):
        return "is too long, or holds a space, a backslash, an asterisk, a # or a sign not ASCII"
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return "is not an address"
    if parts.username is not None or parts.password is not None:
        return "holds credentials"
    if parts.scheme == "https":
        return None if parts.hostname and port != 0 else "names no host"
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return None if port is None else "names a port; without one, every port of loopback will do"
    if PRIVATE_SCHEME.fullmatch(parts.scheme) and not parts.netloc and parts.path:
        return None
    return (
        "must begin with https://, with http://127.0.0.1, or with a scheme such as se.example.app:"
    )


def is_registered(uri: str, registered: list[str]) -> bool:
    """Whether people may be sent there: the very same string, but for a loopback port."""
    return uri in registered or _without_loopback_port(uri) in registered


def is_claimed(uri: str) -> bool:
    """Whether only one app can receive what is sent there: any program can listen on loopback or
    take a scheme.
    """
    return uri.startswith("https://")


def _without_loopback_port(uri: str) -> str | None:
    found = re.fullmatch(r"(http://(?:127\.0\.0\.1|\[::1\])):([1-9][0-9]{0,4})((?:/.*)?)", uri)
    return None if found is None else found[1] + found[3]
