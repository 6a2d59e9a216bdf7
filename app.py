"""The door for a web server."""

from __future__ import annotations

import ctypes
import gc

# Threads take turns (web/turnstile.py), so each may use the memory that the last one warmed
M_ARENA_MAX = -8  # mallopt(3)
if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):  # glibc's; others have one heap anyway
    mallopt(M_ARENA_MAX, 1)
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
