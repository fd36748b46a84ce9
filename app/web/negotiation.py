"""Chooses among what a caller accepts: media types and content codings (RFC 9110 section 12.5)."""

import re

from fastapi import Request

from app.errors import NotAcceptable, shown

JSON, NDJSON = "application/json", "application/x-ndjson"
# All that an answer depends on besides its address.
VARY = "Authorization, Accept, Accept-Encoding"
# Also without a digit before the point, as Java's own client sends it.
QUALITY = re.compile(r"\d*\.?\d+")
EXACT, SUBTYPES, ANYTHING = 3, 2, 1


def accepted_type(request: Request, offered: tuple[str, ...]) -> str:
    """The media type that the caller likes best; the first when it likes several as well.

    What it names by itself it likes better than what a wildcard admits. Raises NotAcceptable.
    """
    header = _header(request, "accept")
    if not header.strip():
        return offered[0]
    ranges = _weighted(header)
    found = [(*_liking(name, ranges), -place, name) for place, name in enumerate(offered)]
    quality, _how, _place, name = max(found)
    if quality == 0:
        message = (
            f"This operation answers {' or '.join(offered)}; send it in Accept, or no Accept at "
            f"all. Got {shown(header)!r}."
        )
        raise NotAcceptable(message)
    return name


def accepted_coding(request: Request, offered: tuple[str, ...]) -> str | None:
    """The content coding that the caller likes best; None for none. Raises NotAcceptable."""
    header = _header(request, "accept-encoding")
    weights = _weighted(header)
    found = [(weights.get(name, 0.0), -place, name) for place, name in enumerate(offered)]
    quality, _place, name = max(found)
    uncoded = weights.get("identity", weights.get("*"))
    if quality > 0 and (uncoded is None or quality >= uncoded):
        return name
    if uncoded == 0:
        message = (
            f"This answer can be coded as {', '.join(offered)} or not at all; Accept-Encoding "
            f"excludes all of them. Got {shown(header)!r}."
        )
        raise NotAcceptable(message)
    return None


def _header(request: Request, name: str) -> str:
    return ",".join(request.headers.getlist(name))


def _weighted(header: str) -> dict[str, float]:
    """What a header names, each with its weight. One that cannot be read counts as none given."""
    found: dict[str, float] = {}
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q" and QUALITY.fullmatch(value.strip()):
                quality = min(1.0, float(value))
        if name:
            found[name] = quality
    return found


def _liking(name: str, ranges: dict[str, float]) -> tuple[float, int]:
    """How much a media type is liked, by the narrowest range that holds it, and how narrow."""
    every = f"{name.split('/')[0]}/*"
    for asked, how in ((name, EXACT), (every, SUBTYPES), ("*/*", ANYTHING), ("*", ANYTHING)):
        if asked in ranges:
            return ranges[asked], how
    return 0.0, 0
