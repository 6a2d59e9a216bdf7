"""The door for a web server."""

from __future__ import annotations

from quality import create_app
from quality.web.turnstile import Turnstile

app = create_app()
app.wsgi_app = Turnstile(app.wsgi_app)  # type: ignore[method-assign]
