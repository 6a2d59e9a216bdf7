"""The door for a web server."""

from __future__ import annotations

import gc

gc.disable()  # what is made at the start stays: looking through it again and again took a quarter of the start

from quality.web import release  # noqa: E402

release.begun()  # it reads while this process imports

from quality import create_app  # noqa: E402
from quality.core import logs  # noqa: E402
from quality.core.config import Settings  # noqa: E402
from quality.web.turnstile import Turnstile  # noqa: E402

settings = Settings.read()
logs.set_up(settings.log_format)
app = create_app(settings)

from quality.pages.freshness import in_front_of  # noqa: E402 - after create_app, which says what is fetched first

app.wsgi_app = Turnstile(app.wsgi_app)  # type: ignore[method-assign]
app.wsgi_app = in_front_of(app)  # type: ignore[method-assign]
gc.freeze()
gc.enable()
