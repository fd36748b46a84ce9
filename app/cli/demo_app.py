"""`skolnav demo-app`: what an app for guardians does, from sending the browser to its answer."""

import base64
import hashlib
import http.server
import json
import secrets
import webbrowser
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import typer

from app.errors import ConfigurationError

CLIENT_ID, SCOPES = "demo-family-app", "people:read schedule:read attendance:read"
PAGE = "<!doctype html><meta charset=utf-8><title>Klart</title><p>Klart. Du kan stänga sidan."


def demo_app(
    at: Annotated[str, typer.Option(help="The demo's address.")] = "http://127.0.0.1:8000",
    ask_for: Annotated[str, typer.Option(help="What it reads.")] = "/me/v1/today",
    browser: Annotated[bool, typer.Option(help="Open a browser by itself.")] = True,
) -> None:
    """Be an app of the demo city: have somebody sign in and allow it, then read for them."""
    with http.server.HTTPServer(("127.0.0.1", 0), _Back) as back:
        redirect_uri = f"http://127.0.0.1:{back.server_port}/back"
        verifier, state = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
        address = f"{at}/oauth/authorize?" + urlencode(
            {
                "response_type": "code", "client_id": CLIENT_ID, "redirect_uri": redirect_uri,
                "scope": SCOPES, "state": state, "code_challenge": _s256(verifier),
                "code_challenge_method": "S256",
            }
        )  # fmt: skip
        typer.echo(f"Open this address, choose somebody and allow the app:\n\n  {address}\n")
        if browser:
            webbrowser.open(address)
        told: dict[str, str] = {}
        back.told = told  # type: ignore[attr-defined]
        while not told:
            back.handle_request()
    if told.get("state") != state or told.get("iss") != at:
        raise ConfigurationError("The answer is not of this request, or not of this server.")
    if "code" not in told:
        raise ConfigurationError(f"{told.get('error')}: {told.get('error_description')}")
    token = _token(at, redirect_uri, told["code"], verifier)
    answer = httpx.get(at + ask_for, headers={"Authorization": f"Bearer {token}"})
    typer.echo(f"GET {ask_for} answered {answer.status_code}:\n")
    typer.echo(json.dumps(answer.json(), indent=2, ensure_ascii=False))


def _token(at: str, redirect_uri: str, code: str, verifier: str) -> str:
    form = {
        "grant_type": "authorization_code", "client_id": CLIENT_ID, "code": code,
        "redirect_uri": redirect_uri, "code_verifier": verifier,
    }  # fmt: skip
    answer = httpx.post(f"{at}/oauth/token", data=form)
    body: dict[str, Any] = answer.json()
    if "access_token" not in body:
        raise ConfigurationError(f"{body.get('error')}: {body.get('error_description')}")
    token: str = body["access_token"]
    return token


def _s256(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class _Back(http.server.BaseHTTPRequestHandler):
    """Takes what the browser brings."""

    def do_GET(self) -> None:
        """The one way back; a browser's own wishes for icons are not it."""
        parts = urlsplit(self.path)
        if parts.path == "/back":
            told: dict[str, str] = self.server.told  # type: ignore[attr-defined]
            told.update(parse_qsl(parts.query))
        self.send_response(200 if parts.path == "/back" else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *_line: object) -> None:
        """Codes do not belong in a log."""
