"""Words for people, in both languages: English in the code, 中文 in the catalogue (translations/)."""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple, Protocol

from flask_babel import gettext
from flask_babel.speaklater import LazyString


class Text(Protocol):
    """A sentence that becomes a language when it is shown (`str(text)`), not when it is made."""

    def __str__(self) -> str: ...


class Sentence(LazyString):
    """Flask-Babel's own calls itself safe HTML, with all that was filled in. Names and what people type are not."""

    def __html__(self) -> str:
        return escape(str(self))


def _(english: str, **filled_in: Any) -> Text:
    return Sentence(gettext, english, **filled_in)


class Reason(NamedTuple):
    """Why not: a stable English code for programs, and a sentence for people that says what to do."""

    code: str
    text: Text
