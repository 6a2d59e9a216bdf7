"""What a search looks for, and by which pairs of characters it is found. Pure: texts in, words and pairs out.

Chinese is written without spaces, so an index of words finds 玩具 nowhere in 磁力玩具棒; an index of every two
neighbouring characters does, in both databases and with nothing installed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from quality.publication.spelling import Spelt, meanings, simplified, spelt

LONGEST = 100  # characters of what may be typed
MARKS = "Cf"  # of no width, or that turn the direction of writing: they stand inside of words
GAPS = ("C", "Zl", "Zp")  # controls, halves of pairs, ends of lines


@dataclass(frozen=True)
class Wanted:
    """What is looked for. Every word must be found, each filter must hold; days are Beijing's, both ends included."""

    words: tuple[str, ...] = ()
    platform: str = ""  # its code
    category: str = ""
    region: str = ""
    verdict: str = ""
    campaign: str = ""  # its number
    producer: str = ""  # its key
    first: date | None = None
    last: date | None = None

    @property
    def year(self) -> str:
        """Of which the days are the whole, and so counted already; empty for any other days."""
        if not self.first or not self.last:
            return ""
        whole = date(self.first.year, 1, 1), date(self.first.year, 12, 31)
        return str(self.first.year) if (self.first, self.last) == whole else ""


def visible(text: str) -> str:
    """Without what nobody sees: marks go, controls become spaces, those at the ends go."""
    kinds = ((c, unicodedata.category(c)) for c in text)
    return "".join(" " if kind.startswith(GAPS) else c for c, kind in kinds if kind != MARKS).strip()


def folded(text: str) -> str:
    """The same for full and half width, for capitals and small letters: `ＡＢＣ` and `abc`."""
    return " ".join(unicodedata.normalize("NFKC", visible(text)).casefold().split())


def words_of(text: str) -> tuple[str, ...]:
    """What was typed, as words that must all be found."""
    return tuple(dict.fromkeys(folded(text).split()))


def pairs_of(text: str) -> set[str]:
    """Every two characters that stand beside each other in a word of a folded text."""
    return {word[at : at + 2] for word in text.split() for at in range(len(word) - 1)}


def keys_of(text: str) -> set[str]:
    """By what the public list is indexed: the pairs, and the last character of each word, which begins none."""
    return pairs_of(text) | {word[-1] for word in text.split()}


def text_of(copy: Mapping[str, Any]) -> str:
    """By what a result is found: number, product, brand, specification, batch, producer, shop; in 简体."""
    product = copy["product"]
    parts: Iterable[str] = (
        copy["number"],
        product["name"],
        product["brand"],
        product["spec"],
        product["batch"],
        copy["producer"]["name"],
        copy["seller"]["shop"],
    )
    return simplified(folded(" ".join(parts)))


def spelling_of(copy: Mapping[str, Any]) -> Spelt:
    """How its characters sound; of what the product is called also their first letters."""
    named = copy["product"]["name"], copy["product"]["brand"]
    others = copy["producer"]["name"], copy["seller"]["shop"]
    return spelt(*([simplified(folded(text)) for text in texts] for texts in (named, others)))


def says(copy: Mapping[str, Any], words: Sequence[str]) -> bool:
    """Whether the list would find it by these words, if it were there. Only what its text does not say is spelt."""
    text, meant = text_of(copy), meanings([simplified(word) for word in words])
    if any(not (each.sounds or each.letters) and all(part in text for part in each.texts) for each in meant):
        return True
    if len(meant) == 1:
        return False
    spelt = spelling_of(copy)
    return any(
        all(part in text for part in each.texts)
        and all(part in spelt.sounds for part in each.sounds)
        and all(part in spelt.letters for part in each.letters)
        for each in meant
    )
