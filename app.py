"""The door for a web server."""

from __future__ import annotations

from quality import create_app
from quality.core import logs
from quality.core.config import Settings
from quality.web.turnstile import Turnstile

settings = Settings.read()
logs.set_up(settings.log_format)
app = create_app(settings)
app.wsgi_app = Turnstile(app.wsgi_app)  # type: ignore[method-assign]
