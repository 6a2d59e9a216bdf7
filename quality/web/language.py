"""Which language an answer is in: the address; then, for people and programs, their choice or what they accept."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import current_app, g, has_request_context, request
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept

from quality.core.words import HANT, LANGUAGES, heard, spoken, spoken_of_each, tongue_of
from quality.web.sessions import keeps_a_session

HANT_LOCALE = "zh_Hant"  # as Babel spells it


def chosen() -> str | None:
    """A language of ours, or None for the default.

    A public page is in the default language at its plain address, in English at `?lang=en` and in 繁體 at
    `?lang=zh-Hant`, whoever asks: it is the same for everybody and may be kept by anyone on the way. What is not public
    is in two languages; who comes from a page in 繁體 goes on in 中文.
    """
    if not has_request_context():
        return None
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    if asked == HANT:
        return HANT_LOCALE if is_public(request.path) else "zh"
    if kept := g.get("language"):  # a signed-in person's own choice
        return str(kept)
    if not request.accept_languages or is_public(request.path):
        return None
    default = str(current_app.config["BABEL_DEFAULT_LOCALE"])
    return best_of(request.accept_languages, default)


def best_of(accepted: LanguageAccept, default: str) -> str:
    """By what stands before the first hyphen: `zh-TW` and `zh-Hant-HK` are 中文, and before `en;q=0.9`."""
    wanted: dict[str, float] = {}
    for tag, quality in accepted:  # what is wanted most comes first
        wanted.setdefault(default if tag == "*" else tag.lower().partition("-")[0], quality)
    return max(dict.fromkeys([default, *LANGUAGES]), key=lambda language: wanted.get(language, 0.0))


def is_public(path: str) -> bool:
    return not keeps_a_session(path) and not path.startswith("/api/")


@pass_eval_context
def say(shown: EvalContext, english: str, /, **filled_in: Any) -> str:
    """What `{{ _("…") }}` calls: our sentence is safe HTML, what fills it in is not. `%` is written `%%`."""
    locale = heard()
    if locale and shown.autoescape and not filled_in:
        return finished(tongue_of(locale), english)
    sentence = Markup(spoken(english)) if shown.autoescape else spoken(english)
    return sentence % filled_in


@pass_eval_context
def say_so_many(shown: EvalContext, one: str, many: str, count: int, /, **filled_in: Any) -> str:
    """What `{{ ngettext("…", "…", n) }}` calls: the same of a sentence that says how many."""
    said = spoken_of_each(one, many, count)
    sentence = Markup(said) if shown.autoescape else said
    return sentence % {"count": f"{count:,}", **filled_in}


@cache  # templates say a finite number of things
def finished(_tongue: str, english: str) -> Markup:
    return Markup(spoken(english)) % {}
