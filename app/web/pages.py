"""Pages for people: server-rendered, without JavaScript, in Swedish and English.

Every page carries its own style and a policy that lets nothing else in: no script, no frame around
it, no form but to where it says.
"""

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.web.texts import LANGUAGES, TEXTS

TEMPLATES = Path(__file__).parent / "templates"
STYLE = (TEMPLATES / "style.css").read_text(encoding="utf-8")


def _hash_of(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


STYLE_HASH = _hash_of(STYLE)
PRIVATE = {
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    # With no-referrer a browser hides from us too where a form came from.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Accept-Language, Cookie",
}


# Pages for everybody: any cache may keep them for a minute, in each language.
PUBLIC = {
    "Cache-Control": "public, max-age=60", "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin", "Vary": "Accept-Language",
}  # fmt: skip


@lru_cache
def _environment(templates: Path = TEMPLATES) -> Environment:
    return Environment(
        loader=FileSystemLoader([templates, TEMPLATES]), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def language(request: Request) -> str:
    """The reader's language: `ui_locales` or `lang` in the address, else the browser's wish."""
    named = request.query_params.get("lang") or request.query_params.get("ui_locales", "")
    wishes = [*named.split(), *request.headers.get("accept-language", "").split(",")]
    for wish in wishes:
        short = wish.strip().partition(";")[0].partition("-")[0].lower()
        if short in LANGUAGES:
            return short
    return LANGUAGES[0]


def page(
    request: Request, template: str, *, status: int = HTTPStatus.OK, forms_lead_to: str = "",
    **values: Any,  # noqa: ANN401 - whatever the template shows
) -> HTMLResponse:  # fmt: skip
    """A page. `forms_lead_to`: the address besides our own that its form may end at."""
    chosen = language(request)
    html = _environment().get_template(template).render(
        style=STYLE, lang=chosen, t=TEXTS[chosen],
        city=request.app.state.settings.city_name, **values,
    )  # fmt: skip
    targets = " ".join(("'self'", origin(forms_lead_to))).strip()
    policy = (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; "
        f"form-action {targets}; frame-ancestors 'none'"
    )
    headers = PRIVATE | {"Content-Security-Policy": policy, "Content-Language": chosen}
    return HTMLResponse(html, status, headers=headers)


@lru_cache
def _style(templates: Path) -> tuple[str, str]:
    """The style of a door's own templates, and its hash."""
    style = STYLE + (templates / "style.css").read_text(encoding="utf-8")
    return style, _hash_of(style)


def public_page(
    request: Request, templates: Path, template: str, *, texts: Mapping[str, str],
    status: int = HTTPStatus.OK, **values: Any,  # noqa: ANN401 - whatever the template shows
) -> HTMLResponse:  # fmt: skip
    """A page for everybody, of a door's own templates, which say their texts as `t`.

    It carries a tag; whoever has it is told so and nothing else.
    """
    chosen = language(request)
    style, style_hash = _style(templates)
    html = _environment(templates).get_template(template).render(
        style=style, lang=chosen, t=texts, city=request.app.state.settings.city_name, **values,
    )  # fmt: skip
    tag = f'"{hashlib.blake2b(html.encode(), digest_size=12).hexdigest()}"'
    policy = (
        f"default-src 'none'; style-src 'sha256-{style_hash}'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
    headers = PUBLIC | {"Content-Security-Policy": policy, "Content-Language": chosen, "ETag": tag}
    if status == HTTPStatus.OK and tag in request.headers.get("if-none-match", ""):
        return HTMLResponse(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return HTMLResponse(html, status, headers=headers)


def message_page(
    request: Request, about: str, *, status: int, headers: dict[str, str] | None = None
) -> HTMLResponse:
    """A page that says one thing: `about` names its texts."""
    texts = TEXTS[language(request)]
    answer = page(
        request, "message.html", status=status, title=texts[f"{about}_title"],
        message=texts[about],
    )  # fmt: skip
    answer.headers.update(headers or {})
    return answer


def sent_on(address: str) -> RedirectResponse:
    """303, so that no form's body goes along (RFC 9700 section 4.12)."""
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, headers=PRIVATE)


def origin(address: str) -> str:
    """What a policy calls an address by: scheme, host and port; an app's own scheme by itself."""
    parts = urlsplit(address)
    if not parts.scheme:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
