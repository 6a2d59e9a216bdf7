"""Words for people, in both languages: English in the code, 中文 in the catalogue (translations/).

What anybody may read can be had in 繁體 too, made from the 中文 of the catalogue when it is said (core/traditional.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from html import escape
from typing import Any, NamedTuple, Protocol

from babel.core import Locale
from babel.support import NullTranslations
from flask import g
from flask_babel import force_locale, get_locale, get_translations
from flask_babel.speaklater import LazyString

from quality.core.traditional import in_traditional

LANGUAGES = ("zh", "en")
HANT = "zh-Hant"  # 中文 in 繁體 characters: on public pages only
TONGUES = ("zh", HANT, "en")
TAGS = {"zh": "zh-CN", HANT: HANT, "en": "en"}  # what a page says that it is written in (BCP 47)
CATALOGUES: dict[str, NullTranslations] = {}


class Text(Protocol):
    """A sentence that becomes a language when it is shown (`str(text)`), not when it is made."""

    def __str__(self) -> str: ...


class Sentence(LazyString):
    """Flask-Babel's own calls itself safe HTML, with all that was filled in. Names and what people type are not."""

    def __html__(self) -> str:
        return escape(str(self))


def _(english: str, **filled_in: Any) -> Text:
    return Sentence(spoken, english, **filled_in)


def sentence(english: str, filled_in: dict[str, Any]) -> Text:
    """The same of a sentence that `made_of` took apart: one that stands in the code as `_("…")`."""
    return Sentence(spoken, english, **filled_in)


def made_of(text: Text) -> tuple[str, dict[str, Any]]:
    """The English sentence, and what is filled in."""
    assert isinstance(text, Sentence)
    return text._args[0], text._kwargs


def heard() -> Locale | None:
    """What `get_locale` answers. It looks four times where it has noted it, and a page asks a hundred times."""
    try:
        noted = g._get_current_object().__dict__.get("_flask_babel")
    except RuntimeError:
        return None
    found: Locale | None = getattr(noted, "babel_locale", None)
    return found or get_locale()


def spoken(english: str, **filled_in: Any) -> str:
    """In the language of the request. A page has dozens of these, and Flask-Babel looks for its catalogue each time."""
    locale = heard()
    if locale is None:  # nobody listens
        return english % filled_in if filled_in else english
    said: str = catalogue(tongue_of(locale)).gettext(english)
    return said % filled_in if filled_in else said


def tongue_of(locale: Locale) -> str:
    """One of TONGUES. No locale of ours but 繁體 names a script."""
    return HANT if locale.script else str(locale.language)


def tongue_now() -> str:
    locale = heard()
    return tongue_of(locale) if locale else "zh"


def in_script(text: str) -> str:
    """What was kept in 简体, for who reads 繁體: terms and prose, never a name, a number or words that are quoted."""
    return in_traditional(text) if tongue_now() == HANT else text


def all_in_script(text: Text) -> Text:
    """The same of a sentence of ours with what was kept in it, when it is shown."""
    return Sentence(lambda: in_script(str(text)))


def catalogue(tongue: str) -> NullTranslations:
    if tongue not in CATALOGUES:
        CATALOGUES[tongue] = Traditional() if tongue == HANT else get_translations()
    return CATALOGUES[tongue]


class Traditional(NullTranslations):
    """What the catalogue says in 中文, before anything is filled in."""

    def __init__(self) -> None:
        super().__init__()
        with in_language("zh"):
            self.chinese = get_translations()

    def gettext(self, message: str) -> str:
        return in_traditional(self.chinese.gettext(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return in_traditional(self.chinese.ngettext(msgid1, msgid2, n))


def ngettext(one: str, many: str, count: int, **filled_in: Any) -> Text:
    """`one` of a single thing, `many` of any other number: English tells them apart, 中文 does not. `%(count)s` is
    filled in."""
    return Sentence(spoken_of, one, many, count, **filled_in)


def spoken_of(one: str, many: str, count: int, **filled_in: Any) -> str:
    return spoken_of_each(one, many, count) % {"count": f"{count:,}", **filled_in}


def spoken_of_each(one: str, many: str, count: int) -> str:
    """With nothing filled in yet."""
    locale = heard()
    said: str = (catalogue(tongue_of(locale)) if locale else NullTranslations()).ngettext(one, many, count)
    return said


def in_language(language: str) -> AbstractContextManager[None]:
    """What is said meanwhile is said in it."""
    spoken_so: AbstractContextManager[None] = force_locale(language)
    return spoken_so


def in_each_language(text: Text) -> dict[str, str]:
    """For who reads it later: they are not here now."""
    [said] = all_in_each_language([text])
    return said


def all_in_each_language(texts: Sequence[Text]) -> list[dict[str, str]]:
    """The same of many: a language is put on once for all of them, which takes as long as to say ten."""
    spoken_in = []
    for language in LANGUAGES:
        with in_language(language):
            spoken_in.append([str(text) for text in texts])
    return [dict(zip(LANGUAGES, said, strict=True)) for said in zip(*spoken_in, strict=True)]


class Reason(NamedTuple):
    """Why not: a stable English code for programs, and a sentence for people that says what to do."""

    code: str
    text: Text


def chosen_language(words: Sequence[str], environ: Mapping[str, str]) -> str:
    """`--lang` before the verb, else the terminal's language if it is English, else 中文."""
    for word, following in zip(words, [*words, ""][1:], strict=True):
        if not word.startswith("-"):
            break
        if word in {"--lang=en", "--lang=zh"}:
            return word[-2:]
        if word == "--lang" and following in {"en", "zh"}:
            return following
    terminal = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return "en" if terminal.startswith("en") else "zh"
