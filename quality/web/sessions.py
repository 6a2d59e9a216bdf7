"""A session lives where people are signed in, and nowhere else: no cookie is set or read on a public page."""

from __future__ import annotations

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin

from quality.core.config import Settings

PRIVATE = ("/desk", "/account", "/field")
BELOW = tuple(f"{prefix}/" for prefix in PRIVATE)


def keeps_a_session(path: str) -> bool:
    return path.startswith(BELOW) or path in PRIVATE


class PrivateSessions(SecureCookieSessionInterface):
    """Elsewhere a session is empty and forgotten, so that a public page is the same for everybody."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return super().open_session(app, request) if keeps_a_session(request.path) else SecureCookieSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if keeps_a_session(request.path):
            super().save_session(app, session, response)


def init_app(app: Flask, settings: Settings) -> None:
    app.session_interface = PrivateSessions()
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https:"),
    )
