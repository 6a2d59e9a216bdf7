"""Words for people, in both languages: English in the code, 中文 in the catalogue (translations/)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from flask_babel import lazy_gettext


class Text(Protocol):
    """A sentence that becomes a language when it is shown (`str(text)`), not when it is made."""

    def __str__(self) -> str: ...


_: Callable[..., Text] = lazy_gettext


class Reason(NamedTuple):
    """Why not: a stable English code for programs, and a sentence for people that says what to do."""

    code: str
    text: Text
