"""Words for people, in both languages: English in the code, 中文 in the catalogue (translations/)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from html import escape
from typing import Any, NamedTuple, Protocol

from babel.support import NullTranslations
from flask_babel import force_locale, get_locale, get_translations
from flask_babel.speaklater import LazyString

LANGUAGES = ("zh", "en")
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


def spoken(english: str, **filled_in: Any) -> str:
    """In the language of the request. A page has dozens of these, and Flask-Babel looks for its catalogue each time."""
    locale = get_locale()
    if locale is None:  # nobody listens
        return english % filled_in if filled_in else english
    said: str = catalogue(locale.language).gettext(english)
    return said % filled_in if filled_in else said


def catalogue(language: str) -> NullTranslations:
    if language not in CATALOGUES:
        CATALOGUES[language] = get_translations()
    return CATALOGUES[language]


def ngettext(one: str, many: str, count: int, **filled_in: Any) -> Text:
    """`one` of a single thing, `many` of any other number: English tells them apart, 中文 does not. `%(count)s` is
    filled in."""
    return Sentence(spoken_of, one, many, count, **filled_in)


def spoken_of(one: str, many: str, count: int, **filled_in: Any) -> str:
    return spoken_of_each(one, many, count) % {"count": f"{count:,}", **filled_in}


def spoken_of_each(one: str, many: str, count: int) -> str:
    """With nothing filled in yet."""
    locale = get_locale()
    said: str = (catalogue(locale.language) if locale else NullTranslations()).ngettext(one, many, count)
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
