"""The provider's pages, in Swedish and English, without scripts."""

import hashlib
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.web.pages import PRIVATE, language, origin
from app.web.texts import LANGUAGES

TEMPLATES = Path(__file__).parent / "templates"
STYLE = (TEMPLATES / "style.css").read_text(encoding="utf-8")
STYLE_HASH = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

PAGES = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip

TEXTS: dict[str, dict[str, str]] = {
    "sv": {
        "demo": "Det här är en demonstration. Personerna är påhittade och inga lösenord behövs.",
        "choose": "Vem vill du logga in som?",
        "sign_in_as": "Logga in som",
        "cancel": "Avbryt",
        "sign_out": "Vill du logga ut?",
        "sign_out_yes": "Logga ut",
        "signed_in_as": "Du är inloggad som",
        "signed_out": "Du är utloggad",
        "close": "Du kan stänga fönstret.",
        "wrong": "Inloggningen kan inte fortsätta",
        "wrong_why": "Adressen som du kom hit med är ofullständig eller hör till en tjänst som "
        "inte är anmäld här. Gå tillbaka till tjänsten och börja om.",
        "other_language": "In English",
    },
    "en": {
        "demo": "This is a demonstration. The people are made up and no passwords are needed.",
        "choose": "Who do you want to sign in as?",
        "sign_in_as": "Sign in as",
        "cancel": "Cancel",
        "sign_out": "Do you want to sign out?",
        "sign_out_yes": "Sign out",
        "signed_in_as": "You are signed in as",
        "signed_out": "You are signed out",
        "close": "You can close this window.",
        "wrong": "The sign-in cannot go on",
        "wrong_why": "The address that brought you here is incomplete, or belongs to a service "
        "that is not registered here. Go back to the service and start again.",
        "other_language": "På svenska",
    },
}


def page(
    request: Request,
    name: str,
    *,
    status: int = 200,
    leads_to: str = "",
    **shown: Any,  # noqa: ANN401 - whatever the template shows
) -> Response:
    """A page. `leads_to` is the address to which its form's answer may send the browser on."""
    chosen = language(request)
    other = LANGUAGES[1 - LANGUAGES.index(chosen)]
    made = PAGES.get_template(f"{name}.html").render(
        language=chosen, other=other, other_url=_in_language(request, other), style=STYLE,
        text=TEXTS[chosen], other_text=TEXTS[chosen]["other_language"],
        query=urlencode(_asked(request)), **shown,
    )  # fmt: skip
    targets = f"'self' {origin(leads_to)}".strip()
    policy = (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action {targets}"
    )
    headers = PRIVATE | {"Content-Security-Policy": policy, "Content-Language": chosen}
    return HTMLResponse(made, status, headers=headers)


def _asked(request: Request) -> list[tuple[str, str]]:
    return list(request.query_params.multi_items())


def _in_language(request: Request, other: str) -> str:
    # Relative: only the query changes.
    rest = [(name, value) for name, value in _asked(request) if name != "lang"]
    return "?" + urlencode([*rest, ("lang", other)])
