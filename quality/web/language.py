"""Which language an answer is in: the address; then, for people and programs, their choice or what they accept."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import current_app, g, has_request_context, request
from flask_babel import get_locale
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from quality.core.words import LANGUAGES, spoken, spoken_of_each
from quality.web.sessions import keeps_a_session


def chosen() -> str | None:
    """A language of ours, or None for the default.

    A public page is in the default language at its plain address and in English at `?lang=en`, whoever asks: it is
    the same for everybody and may be kept by anyone on the way.
    """
    if not has_request_context():
        return None
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    if kept := g.get("language"):  # a signed-in person's own choice
        return str(kept)
    if not request.accept_languages or is_public(request.path):
        return None
    default = str(current_app.config["BABEL_DEFAULT_LOCALE"])
    return request.accept_languages.best_match([default, *LANGUAGES], default)


def is_public(path: str) -> bool:
    return not keeps_a_session(path) and not path.startswith("/api/")


@pass_eval_context
def say(shown: EvalContext, english: str, /, **filled_in: Any) -> str:
    """What `{{ _("…") }}` calls: our sentence is safe HTML, what fills it in is not. `%` is written `%%`."""
    locale = get_locale()
    if locale and shown.autoescape and not filled_in:
        return finished(locale.language, english)
    sentence = Markup(spoken(english)) if shown.autoescape else spoken(english)
    return sentence % filled_in


@pass_eval_context
def say_so_many(shown: EvalContext, one: str, many: str, count: int, /, **filled_in: Any) -> str:
    """What `{{ ngettext("…", "…", n) }}` calls: the same of a sentence that says how many."""
    said = spoken_of_each(one, many, count)
    sentence = Markup(said) if shown.autoescape else said
    return sentence % {"count": f"{count:,}", **filled_in}


@cache  # templates say a finite number of things
def finished(_language: str, english: str) -> Markup:
    return Markup(spoken(english)) % {}
