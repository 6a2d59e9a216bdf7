"""Which language an answer is in: the address, then the person, then the reader's browser or program, then 中文."""

from __future__ import annotations

from flask import current_app, g, has_request_context, request

LANGUAGES = ("zh", "en")


def chosen() -> str | None:
    """A language of ours, or None for the default. `?lang=en` is for public pages, which set no cookie."""
    if not has_request_context():
        return None
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    if kept := g.get("language"):  # a signed-in person's own choice
        return str(kept)
    if not request.accept_languages:
        return None
    default = str(current_app.config["BABEL_DEFAULT_LOCALE"])
    return request.accept_languages.best_match([default, *LANGUAGES], default)
