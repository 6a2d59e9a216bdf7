"""How text from laboratories becomes exact numbers: full-width forms, lost superscripts, thousands separators."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from quality.core.words import Reason, Text, _
from quality.workbooks.dates import looks_like_a_date

LONGEST_TEXT = 400  # characters of a cell
LONGEST_VALUE = 4000  # a plan may list many results
LONGEST_NUMBER = 40  # digits
LARGEST_EXPONENT = 30  # beyond it nothing is measured, and 1e999999999 would fill the memory
SHOWN = 60  # characters of the user's text that a reason repeats

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
ONE_SPELLING = str.maketrans(
    {dash: "-" for dash in "−–—‒―‐‑"}
    | {wave: "~" for wave in "〜∼"}
    | {"≦": "≤", "⩽": "≤", "≧": "≥", "⩾": "≥", "，": ";", "✕": "×", "⨯": "×", "∙": "·", "⋅": "·", "•": "·"}
    | {invisible: "" for invisible in "\u200b\u200c\u200d\u2060\ufeff"}
)

# fmt: off
#   what people write                                 the sign it means
SIGNS = {
    "<=": "≤", "=<": "≤", "≤": "≤", "不大于": "≤", "不超过": "≤", "不高于": "≤", "不多于": "≤", "小于等于": "≤",
    "≯": "≤", "≮": "≥",
    ">=": "≥", "=>": "≥", "≥": "≥", "不小于": "≥", "不低于": "≥", "不少于": "≥", "大于等于": "≥",
    "<": "<", "小于": "<", "低于": "<",
    ">": ">", "大于": ">", "高于": ">",
}
# fmt: on
SIGN = re.compile("|".join(sorted(map(re.escape, SIGNS), key=len, reverse=True)))

NUMBER = re.compile(r"[+-]?(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|[+-]?\.[0-9]+")
POWER = re.compile(r"\s*[×xX*·]\s*10(?:\s*\^\s*\(?([+-]?[0-9]+)\)?|\s*([+-]?[0-9]+))?(?![0-9.])|[eE]([+-]?[0-9]+)")
POWER_ALONE = re.compile(r"10\s*\^\s*\(?([+-]?[0-9]+)\)?")
UNIT_LIKE = re.compile(r"(?=.*[^\W\d_]|[%‰])(?!.*[^/\s]\s[0-9])[^<>≤≥=~±,;+]*")
HALF_STEP = re.compile(r"(?<![0-9.])([1-4])\s*[-/]\s*([2-5])(?![0-9.])")
DECIMAL_COMMA = re.compile(r"[+-]?(?:0,[0-9]+|[0-9]+,(?:[0-9]{1,2}|[0-9]{4,}))(?![0-9,.])")
BLANKS = frozenset({"", "/", "-", "--", "~", "无", "n/a", "na"})


class Field(StrEnum):
    """A column of a judged row. Its name for people is in NAMES."""

    ITEM = "item"
    VALUE = "value"
    UNIT = "unit"
    LIMIT = "limit"
    UNCERTAINTY = "uncertainty"
    LOD = "lod"
    LOQ = "loq"
    RULE = "rule"


NAMES: dict[Field, Text] = {
    Field.ITEM: _("item"),
    Field.VALUE: _("value"),
    Field.UNIT: _("unit"),
    Field.LIMIT: _("limit"),
    Field.UNCERTAINTY: _("uncertainty"),
    Field.LOD: _("LOD"),
    Field.LOQ: _("LOQ"),
    Field.RULE: _("decision rule"),
}


class Unreadable(Exception):
    """Stays inside this package: every door of it turns this into its `reason`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


class Number(NamedTuple):
    """A number, what stood behind it, and what a reader should know about how it was read."""

    number: Decimal
    rest: str
    notes: tuple[Reason, ...] = ()


def shown(text: str) -> str:
    """The user's text on one line, short enough to be repeated in a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"


def printed(text: str) -> str:
    """A unit as it is printed: `kG²mm²`, which is read as kG^2mm^2."""
    return re.sub(r"\^([+-]?[0-9]+)", lambda found: found[1].translate(RAISED), text)


def unreadable(field: Field, text: str) -> Unreadable:
    said: dict[str, Text | str] = {"field": NAMES[field], "text": shown(text)}
    sentence = _("The %(field)s cannot be read: %(text)s", **said)
    if looks_like_a_date(text.strip()):
        sentence = _("The %(field)s is a date, as spreadsheets make of what is typed: %(text)s. Write it anew.", **said)
    return Unreadable(Reason(f"unreadable_{field}", sentence))


def decimal_comma(field: Field, text: str) -> Unreadable:
    """`2,55` may be meant as 2.55, or as two numbers: nobody may guess."""
    text_ = _(
        "The %(field)s has a comma where a decimal point belongs: %(text)s. Write a point.",
        field=NAMES[field],
        text=shown(text),
    )
    return Unreadable(Reason("decimal_comma", text_))


def normalised(text: str, field: Field) -> str:
    """One spelling for signs, digits, dashes and exponents (`10³` → `10^3`).

    NFKC alone would turn `10³` into 103 and a footnote mark `5①` into 51: exponents are kept apart first,
    and other numerals that are not digits are refused.
    """
    if not text:
        return text
    if len(text) > (LONGEST_VALUE if field is Field.VALUE else LONGEST_TEXT):
        raise unreadable(field, text)
    raised = re.sub("[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda found: "^" + found[0].translate(SUPERSCRIPTS), text)
    if any(unicodedata.category(character) == "No" for character in raised):
        raise unreadable(field, text)
    raised = raised.replace("——", "~")  # the Chinese dash of a range; one stroke may be a minus
    plain = unicodedata.normalize("NFKC", raised.translate(ONE_SPELLING)).translate(ONE_SPELLING)
    plain = re.sub(r"[^\S\r\n]+", " ", plain).strip()  # lines separate results; long gaps would only slow the reading
    if plain.startswith("="):
        raise Unreadable(
            Reason(
                "formula",
                _(
                    "The %(field)s is a formula, not a result: %(text)s. Enter what it comes to.",
                    field=NAMES[field],
                    text=shown(text),
                ),
            )
        )
    return plain


def is_blank(plain: str) -> bool:
    """Nothing there, or what laboratories put where nothing applies."""
    return plain.casefold() in BLANKS


def read_number(plain: str, field: Field) -> Number:
    """The number at the start of normalised text: exact, or Unreadable."""
    if alone := POWER_ALONE.match(plain):
        return Number(_exact("1", alone[1], plain, field), _rest(plain, alone.end(), field))
    mantissa = NUMBER.match(plain)
    if not mantissa or len(mantissa[0]) > LONGEST_NUMBER:
        raise unreadable(field, plain)
    digits = mantissa[0].replace(",", "")
    notes: tuple[Reason, ...] = (_thousands(mantissa[0], digits),) if digits != mantissa[0] else ()
    power = POWER.match(plain, mantissa.end())
    if not power:
        return Number(Decimal(digits), _rest(plain, mantissa.end(), field), notes)
    exponent, lost = power[1] or power[3], power[2]
    if lost:
        exponent, superscript_was_lost = _exponent_on_the_line(lost, plain, field)
        notes += (_lost_superscript(plain[: power.end()], f"{digits}×10", exponent),) if superscript_was_lost else ()
    return Number(_exact(digits, exponent or "1", plain, field), _rest(plain, power.end(), field), notes)


def _rest(plain: str, end: int, field: Field) -> str:
    """What stands behind the number: 5..8, 2½, 5.3², 1,23, 5× are no number with a unit."""
    rest = plain[end:].strip()
    if DECIMAL_COMMA.match(plain):
        raise decimal_comma(field, plain)
    if rest and rest[0] in "0123456789.,^+-⁄×":
        raise unreadable(field, plain)
    return rest


def half_steps(plain: str) -> tuple[str, tuple[Reason, ...]]:
    """`3-4` of a scale of five grades is the step between them (ISO 105-A02, GB/T 250: grey scale), hence 3.5."""
    notes: list[Reason] = []

    def halved(found: re.Match[str]) -> str:
        if int(found[2]) != int(found[1]) + 1:
            return found[0]
        read = f"{found[1]}.5"
        text = _("A grade between two steps: %(text)s was read as %(read)s.", text=found[0], read=read)
        notes.append(Reason("half_step", text))
        return read

    return HALF_STEP.sub(halved, plain), tuple(notes)


def power_on_the_line(number: Number, written: str) -> Number:
    """`m=104` and `≤104 CFU/g` are 10⁴ copied without its superscript: no standard counts germs up to 104."""
    if re.match(r"10[1-9]", written) and number.number == Decimal(written[:3]):
        exponent = written[2]
        return Number(Decimal(f"1E{exponent}"), number.rest, (_lost_superscript(written[:3], "10", exponent),))
    return number


def _exponent_on_the_line(lost: str, plain: str, field: Field) -> tuple[str, bool]:
    """The exponent behind `×10` in `×103`, and whether it lost its superscript. `×1000` is simply a product."""
    if lost == "0":
        raise Unreadable(
            Reason(
                "ambiguous_power",
                _(
                    "The %(field)s %(text)s may mean ×100 or ×10⁰. Write the number in full.",
                    field=NAMES[field],
                    text=shown(plain),
                ),
            )
        )
    if not lost.strip("0"):
        return str(1 + len(lost)), False
    if not re.fullmatch(r"[+-]?[1-9][0-9]?", lost):
        raise unreadable(field, plain)
    return lost, True


def _exact(digits: str, exponent: str, plain: str, field: Field) -> Decimal:
    if len(exponent) > 4 or abs(int(exponent)) > LARGEST_EXPONENT:  # noqa: PLR2004  a sign and three digits
        raise unreadable(field, plain)
    return Decimal(f"{digits}E{exponent}")  # the constructor is exact, arithmetic would round to 28 digits


def _lost_superscript(written: str, base: str, exponent: str) -> Reason:
    read = base + exponent.removeprefix("+").translate(RAISED)
    return Reason(
        "lost_superscript",
        _("Copied without its superscript: %(text)s was read as %(read)s.", text=shown(written), read=read),
    )


def _thousands(written: str, digits: str) -> Reason:
    return Reason(
        "thousands_separator",
        _("Commas taken for thousands separators: %(text)s was read as %(read)s.", text=shown(written), read=digits),
    )
