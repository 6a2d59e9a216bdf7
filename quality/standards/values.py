"""What a laboratory wrote as a result: numbers, bounds, lists for microbiological plans, and words."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from quality.core.words import Reason, _
from quality.standards.reading import (
    DECIMAL_COMMA,
    NUMBER,
    SIGN,
    SIGNS,
    UNIT_LIKE,
    Field,
    Number,
    Unreadable,
    decimal_comma,
    half_steps,
    is_blank,
    normalised,
    read_number,
    shown,
    unreadable,
)
from quality.workbooks.dates import looks_like_a_date


class Mark(StrEnum):
    """What the result says about the true value."""

    NUMBER = "number"
    AT_MOST = "at_most"  # `<0.01`, and closed by law: DOMAIN calls every such result "at most that bound"
    AT_LEAST = "at_least"  # `>300`
    NOT_DETECTED = "not_detected"
    BELOW_LOD = "below_lod"
    BELOW_LOQ = "below_loq"
    DETECTED = "detected"
    CONFORMS = "conforms"
    VIOLATES = "violates"


class Result(NamedTuple):
    """One result as written. `number` is the value or the bound in `unit`; words may have none."""

    mark: Mark
    number: Decimal | None = None
    unit: str = ""
    uncertainty: str = ""  # of `5.3±0.6`, as it stood behind the sign
    notes: tuple[Reason, ...] = ()
    name: str = ""  # of a part of a sum: `DBP 0.03; DEHP <0.01`
    is_exceeded: bool = False  # of `>300`: it is more than that


# fmt: off
CONFORMING = {"符合", "符合要求", "符合规定", "符合标准", "符合标准要求", "合格", "通过"}
WORDS = {
    Mark.CONFORMS: CONFORMING | {"pass", "passed", "conforming", "conforms", "complies"},
    Mark.VIOLATES: {"不" + word for word in CONFORMING} | {"未通过", "fail", "failed", "nonconforming"},
    Mark.DETECTED: {"检出", "阳性", "detected", "positive"},
}
BELOW = {
    Mark.NOT_DETECTED: r"未检测?出|阴性|n\.?d\.?(?![a-z])|not detected|negative",
    Mark.BELOW_LOD:    r"(?:<|≤|低于|小于)\s*(?:方法)?(?:lod|mdl|检出限|检测限)",
    Mark.BELOW_LOQ:    r"(?:<|≤|低于|小于)\s*(?:方法)?(?:loq|mql|定量限)",
}
# fmt: on
LIKE_A_LIMIT = re.compile(
    r"(?:不得|禁止|不应|不可)(?:检出|检测出|使用|添加)|n\s*=\s*[0-9]+\s*[,; ]\s*c\s*=", re.IGNORECASE
)
FIGURE = r"[1-9](?:\.[0-9]+)?"  # of one digit before the point: what stands before a power of ten
SHARED = re.compile(
    rf"(?P<open>\(?)\s*(?P<front>(?:{FIGURE}\s*[,;、]\s*)+)(?P<last>{FIGURE})\s*\)?"
    rf"(?P<power>\s*[×xX*]\s*10(?:\s*\^\s*\(?[+-]?[0-9]+\)?|\s*[+-]?[0-9]+))(?P<unit>[^0-9,;、\n]*(?:/\s*[0-9]*\s*[a-zA-Z]+)?)"
)
STATED_BOUND = re.compile(r"\(?\s*(?:<|<?\s*(?:lod|loq|检出限|定量限)\s*(?:[:=为]|(?=[0-9])))\s*([^()]+?)\s*\)?")
DAY_BEHIND = re.compile("[年月][0-9]")  # 3月5日 has no unit 月5日
NO_BOUND = re.compile(r"(?:\(?\s*(?:nd|n\.d\.|未检出|<\s*(?:lod|检出限))\s*\)?)?(?:/\s*[0-9]*\s*(?:g|ml|kg|l))?")
BOUND_BESIDE = re.compile(
    r"(?<=检出)\s*[;,]\s*(?=(?:lod|loq|检出限|定量限)\s*[:=为<])", re.IGNORECASE
)  # 未检出，LOD=0.5
BOUND_CALLED = re.compile(r"\s*\((?:方法)?(?:lod|loq|mdl|mql|检出限|检测限|定量限)\)$", re.IGNORECASE)  # `<0.05 (LOD)`
REMARK = re.compile(r"\([^()]*\)$")


def read_results(
    text: str, *, expected: int = 1, names: tuple[str, ...] = (), summed: bool = False, graded: bool = False
) -> tuple[Result, ...] | Reason:
    """Every result in the cell. `expected` settles whether `120,350` are two results or one number.

    Commas are list separators wherever another reading fails or gives another count than expected.
    A unit or a power of ten that stands only once, behind the last, belongs to all. Results may stand behind `names`,
    and where they are `summed`, with a plus between. Where they are `graded`, 3-4 is a grade.
    """
    try:
        plain, notes = normalised(text, Field.VALUE), tuple[Reason, ...]()
        if graded:
            plain, notes = half_steps(plain)
        first, *others = _read_results(_apart(plain, names) if summed else plain, expected, names)
        return (first._replace(notes=first.notes + notes) if notes else first, *others)
    except Unreadable as unread:
        return unread.reason


def _apart(plain: str, names: tuple[str, ...]) -> str:
    """Parts of a sum with a plus, or with nothing but the next name, between them."""
    spelt = "|".join(re.escape(each) for each, _name in _spellings(names))
    between = r"(?<=[0-9%])\s*\+\s*(?=[0-9.<])" + (rf"|\s+(?=(?:{spelt})\s*[:=]?\s*[<≤>0-9.未])" if spelt else "")
    return re.sub(between, ";", plain, flags=re.IGNORECASE)


def _read_results(plain: str, expected: int, names: tuple[str, ...]) -> tuple[Result, ...]:
    if is_blank(plain):
        raise Unreadable(Reason("no_value", _("There is no value. Enter the result.")))
    if LIKE_A_LIMIT.match(plain):
        text = _(
            "This is what a limit says, not a result: %(text)s. Look whether columns are shifted.", text=shown(plain)
        )
        raise Unreadable(Reason("limit_as_value", text))
    if expected == 1 and DECIMAL_COMMA.match(SIGN.sub("", plain, count=1).lstrip()):
        raise decimal_comma(Field.VALUE, plain)
    plain, shared = _shared_power(BOUND_BESIDE.sub(" ", plain))
    lines = [line for line in re.split(r"\s*[;、\n\r]\s*", plain) if line]
    readings = [
        [piece for line in lines for piece in re.split(r"\s*(?:,(?![0-9]{3}(?![0-9]))|(?<![0-9]),)\s*", line) if piece],
        [piece for line in lines for piece in re.split(r"\s*,\s*", line) if piece],
    ]
    readings.sort(key=lambda pieces: len(pieces) != expected)  # stable: thousands first where both or neither fit
    first_refusal: Unreadable | None = None
    for pieces in readings:
        try:
            return _with_their_unit(tuple(_named(piece, names) for piece in pieces), shared)
        except Unreadable as unread:
            first_refusal = first_refusal or unread
    raise first_refusal or unreadable(Field.VALUE, plain)


def _shared_power(plain: str) -> tuple[str, str]:
    """`3.7, 4.6, 4.4 ×10^4` in one way of writing, and the power that is the last's and belongs to all, if it is.

    With a decimal point below ten they are no counts, so that the power is theirs. Of whole ones nobody knows.
    """
    listed = SHARED.fullmatch(plain)
    if not listed:
        return plain, ""
    if not listed["open"] and "." not in listed["front"]:
        text = _(
            "The power of ten may belong to the last result or to all: %(text)s. Write it behind each.",
            text=shown(plain),
        )
        raise Unreadable(Reason("ambiguous_power", text))
    return f"{listed['front']}{listed['last']}{listed['power']}{listed['unit']}", listed["power"]


def _named(piece: str, names: tuple[str, ...]) -> Result:
    """A result, behind the name of what was measured where there is one."""
    folded = piece.casefold()
    for spelt, name in sorted(_spellings(names), key=lambda pair: -len(pair[0])):
        if folded.startswith(spelt.casefold()):
            return _read_one(piece[len(spelt) :].lstrip(" :="))._replace(name=name)
    return _read_one(piece)


def _spellings(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """`黄曲霉毒素B1` is `B1` too."""
    return [(name, name) for name in names] + [
        (short[0], name) for name in names if (short := re.search(r"[A-Za-z][A-Za-z0-9-]*$", name))
    ]


def _with_their_unit(results: tuple[Result, ...], power: str) -> tuple[Result, ...]:
    if not results:
        raise unreadable(Field.VALUE, ",")
    if power:
        *others, end = results
        scaled = [read_number(f"{each.number}{power}", Field.VALUE) for each in others]
        several = Reason("shared_power", _("The power of ten behind the last result was read as that of all."))
        results = (
            *(each._replace(number=new.number) for each, new in zip(others, scaled, strict=True)),
            end._replace(notes=(*end.notes, several)),
        )
    last = results[-1].unit
    if last and not any(result.unit for result in results[:-1]):
        return tuple(result._replace(unit=last) for result in results)
    return results


def _read_one(plain: str) -> Result:
    folded = plain.casefold()
    for mark, words in WORDS.items():
        said = REMARK.sub("", folded).strip() if mark is Mark.VIOLATES else folded
        if said in words or (mark is Mark.DETECTED and re.sub(r"\s*/\s*[0-9]+\s*(?:g|ml)$", "", said) in words):
            return Result(mark)
    for mark, pattern in BELOW.items():
        if below := re.match(pattern, folded):
            return _below(mark, plain[below.end() :].strip(), plain)
    if sign := SIGN.match(plain):
        meant = SIGNS[sign[0]]
        number = read_number(BOUND_CALLED.sub("", plain[sign.end() :].strip()), Field.VALUE)
        mark = Mark.AT_MOST if meant in "<≤" else Mark.AT_LEAST
        unit = behind(number, Field.VALUE)
        return Result(mark, number.number, unit, notes=number.notes, is_exceeded=meant == ">")
    if "±" in plain:
        return _with_uncertainty(plain)
    number = read_number(plain, Field.VALUE)
    return Result(Mark.NUMBER, number.number, behind(number, Field.VALUE), notes=number.notes)


def _below(mark: Mark, tail: str, plain: str) -> Result:
    """`未检出`, or with its bound: `未检出(<0.01 mg/kg)`, `<LOD (0.01)`."""
    if NO_BOUND.fullmatch(tail.casefold()):
        return Result(mark)
    stated = re.fullmatch(STATED_BOUND.pattern, tail, re.IGNORECASE) or re.fullmatch(r"\(([^()]+)\)", tail)
    if not stated or not NUMBER.match(stated[1]):
        raise unreadable(Field.VALUE, plain)
    number = read_number(stated[1], Field.VALUE)
    return Result(mark, number.number, behind(number, Field.VALUE), notes=number.notes)


def _with_uncertainty(plain: str) -> Result:
    """`5.3±0.6`, `5.3 mg/kg ± 0.6 mg/kg`, `(5.3±0.6) mg/kg`."""
    inside = re.fullmatch(r"\(([^()]+)\)(.*)", plain)
    left, _sign, right = (inside[1] if inside else plain).partition("±")
    value, spread = read_number(left.strip(), Field.VALUE), read_number(right.strip(), Field.UNCERTAINTY)
    unit = inside[2].strip() if inside else behind(value, Field.VALUE)
    if not unit and spread.rest != "%":
        unit = behind(spread, Field.UNCERTAINTY)
    return Result(Mark.NUMBER, value.number, unit, right.strip(), value.notes + spread.notes)


def behind(number: Number, field: Field) -> str:
    """The unit behind a number; anything that could not be one (another sign, no letter) makes it all unreadable."""
    if number.rest and (not UNIT_LIKE.fullmatch(number.rest) or DAY_BEHIND.match(number.rest)):
        between = "" if looks_like_a_date(f"{number.number}{number.rest}") else " "
        raise unreadable(field, f"{number.number}{between}{number.rest}")
    return number.rest
