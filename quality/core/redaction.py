"""Finding protected values in a text however they are written there, and taking them out. Pure.

A value is compared without what people put between its characters (blanks, hyphens, full stops), in one width and one
case, with 中文 numerals as digits: `１９９ 0000-7788`, `199.0000.7788` and `一九九零零零零七七八八` are one number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple

MARK = "〔隐去 withheld〕"
HARD = frozenset("<>&\"'=%{}[]\\#;")  # of markup, addresses and JSON: no value goes on across one of these
GAP = ("Z", "P", "S", "C", "M")  # Unicode categories of what stands between characters
NUMERALS = dict(zip("〇零一壹幺二貳贰三叁四肆五伍六陆七柒八捌九玖", "0011122233445566778899", strict=True))
TEN = "十"


class Needle(NamedTuple):
    """What is looked for, as `folded` writes it."""

    kind: str
    folded: str


class Hit(NamedTuple):
    kind: str
    start: int  # in the text as it was written
    end: int


def folded(text: str) -> tuple[str, list[int]]:
    """The text as it is compared, and of each of its characters the place in the text."""
    out: list[str] = []
    places: list[int] = []
    for place, written in enumerate(text):
        for sign in _kept(written):
            out.append(sign)
            places.append(place)
    return _tens(out, places)


def _kept(written: str) -> str:
    if written in HARD:
        return written
    return "".join(
        NUMERALS.get(sign, sign)
        for sign in unicodedata.normalize("NFKC", written).casefold()
        if unicodedata.category(sign)[0] not in GAP
    )


def _tens(signs: list[str], places: list[int]) -> tuple[str, list[int]]:
    """十七 is 17, 二十 is 20, 二十七 is 27."""
    out: list[str] = []
    at: list[int] = []
    for n, (sign, place) in enumerate(zip(signs, places, strict=True)):
        if sign != TEN:
            said = sign
        else:
            before = n > 0 and signs[n - 1].isdigit()
            after = n + 1 < len(signs) and signs[n + 1].isdigit()
            said = ("" if before else "1") + ("" if after else "0")
        out += said
        at += [place] * len(said)
    return "".join(out), at


def hits(text: str, needles: Sequence[Needle]) -> list[Hit]:
    """Where any of these stands, in the order of the text; overlapping ones are one."""
    if not needles or not text or not _may_hold(text, needles):
        return []
    within, places = folded(text)
    found: list[Hit] = []
    for needle in needles:
        begin = within.find(needle.folded)
        while begin >= 0:
            end = begin + len(needle.folded)
            hit = Hit(needle.kind, places[begin], places[end - 1] + 1)
            if stands_alone(text, hit, needle.folded):
                found.append(hit)
            begin = within.find(needle.folded, begin + 1)
    return list(_merged(sorted(found, key=lambda hit: (hit.start, -hit.end))))


def stands_alone(text: str, hit: Hit, value: str) -> bool:
    """A number inside a longer one is another number; but for the code of the country before a telephone number."""
    before, after = text[: hit.start][-4:], text[hit.end : hit.end + 1]
    if value[0].isascii() and value[0].isdigit() and before[-1:].isdigit():
        return re.search(r"(?<!\d)(?:00)?86$", before) is not None
    return not (value[-1].isascii() and value[-1].isdigit() and after.isdigit())


def _merged(found: Iterable[Hit]) -> Iterator[Hit]:
    last: Hit | None = None
    for hit in found:
        if last is not None and hit.start < last.end:
            last = last._replace(end=max(last.end, hit.end))
            continue
        if last is not None:
            yield last
        last = hit
    if last is not None:
        yield last


def redacted(text: str, needles: Sequence[Needle]) -> str:
    """The same text with a mark where each of these stood."""
    parts, at = [], 0
    for hit in hits(text, needles):
        parts += [text[at : hit.start], MARK]
        at = hit.end
    return "".join([*parts, text[at:]]) if at else text


def all_redacted(told: Any, needles: Sequence[Needle], *, but: Set[str] = frozenset()) -> Any:
    """Whatever JSON can say, each of its texts redacted; the names of fields stay, and so does what is in `but`."""
    if not needles:
        return told
    if type(told) is str:  # a code of an enumeration is no text of anybody's
        return redacted(told, needles)
    if isinstance(told, Mapping):
        return {name: each if name in but else all_redacted(each, needles, but=but) for name, each in told.items()}
    if isinstance(told, list | tuple):
        return [all_redacted(each, needles, but=but) for each in told]
    return told


def texts_in(told: Any) -> Iterator[str]:
    """Every text in it that a person may have written."""
    if type(told) is str:
        yield told
    elif isinstance(told, Mapping):
        for each in told.values():
            yield from texts_in(each)
    elif isinstance(told, list | tuple):
        for each in told:
            yield from texts_in(each)


GONE = {n: None for n in range(0x3000) if chr(n) not in HARD and unicodedata.category(chr(n))[0] in GAP}
GONE |= {n: None for n in (0x3000, 0x3001, 0x3002, 0x00B7)}
FIRST = str.maketrans(NUMERALS)


def _may_hold(text: str, needles: Sequence[Needle]) -> bool:
    """Quick and generous: most texts hold nothing, and are not read sign by sign.

    What it leaves standing (rare signs, 十) can hide a value from it, so a text with any of these is read in full.
    """
    quick = unicodedata.normalize("NFKC", text).casefold().translate(FIRST).translate(GONE)
    return TEN in quick or _RARE.search(quick) is not None or any(each.folded in quick for each in needles)


_RARE = re.compile(r"[^\w<>&\"'=%{}\[\]\\#;]")
