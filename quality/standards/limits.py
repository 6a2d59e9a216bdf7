"""What a standard demands, as it is written: `≤5.0 mg/kg`, `10～15`, `不得检出`, `符合`, `n=5, c=2, m=10⁴, M=10⁵`.

A bare number is no limit: lead has at most, protein at least, and nobody may guess which.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from quality.core.words import Reason, _
from quality.standards.reading import (
    LARGEST_EXPONENT,
    LONGEST_NUMBER,
    SIGN,
    SIGNS,
    Field,
    Number,
    Unreadable,
    half_steps,
    is_blank,
    normalised,
    power_on_the_line,
    read_number,
    shown,
    unreadable,
)
from quality.standards.units import read_unit
from quality.standards.values import WORDS, Mark, behind
from quality.workbooks.dates import looks_like_a_date

MOST_RESULTS = 1000  # n of a plan; standards go to 60


class Kind(StrEnum):
    BOUNDS = "bounds"  # one of ≤ < ≥ >, or a range
    NOT_DETECTED = "not_detected"
    BANNED = "banned"
    QUALITATIVE = "qualitative"
    PLAN = "plan"
    SUM = "sum"  # bounds on several results together


class Bound(NamedTuple):
    """One side of what is allowed. `strict` if the bound itself is not."""

    number: Decimal
    is_upper: bool
    strict: bool = False


class Plan(NamedTuple):
    """ICMSF sampling plan: of `n` results at most `c` above `m`, and none above `most` (M; None: two classes).

    Source: GB 4789.1 and GB 29921, after ICMSF, Microorganisms in Foods 2.
    """

    n: int
    c: int
    m: Decimal
    most: Decimal | None = None


class Limit(NamedTuple):
    text: str  # as written
    kind: Kind
    bounds: tuple[Bound, ...] = ()  # lower before upper
    plan: Plan | None = None
    unit: str = ""
    notes: tuple[Reason, ...] = ()
    addends: int | None = None  # how many are summed, where the limit says so
    names: tuple[str, ...] = ()  # of what is summed

    @property
    def expected(self) -> int:
        """How many results a cell should hold; 0 if any number of them."""
        if self.kind is Kind.SUM:
            return self.addends or 0
        return self.plan.n if self.plan else 1


NOT_DETECTED = re.compile(
    r"(?:(?:不得|不应|不可)检出|未检出|不得检测出|not detected|0)(?:\s*/\s*[0-9]+\s*(?:g|ml))?|阴性|nd"
)
BANNED = re.compile(r"(?:不得|禁止|不应|不可)(?:使用|添加)")
QUALITATIVE = re.compile(r"应?(?:符合|合格)(?:(?:标准|规定)?要求|规定|标准)?")
RANGE = re.compile(r"([+-]?[0-9][^~至到]*?)\s*(?:~|至|到|\bto\b|(?<![×^eE])(?<!×10)-)\s*([+-]?[0-9.].*)")
DEVIATIONS = re.compile(
    r"([0-9]+(?:\.[0-9]+)?)\s*([^\W\d_]+)?\s*\(?\s*\+\s*([0-9]+(?:\.[0-9]+)?)\s*[,;/]?\s*-\s*([0-9]+(?:\.[0-9]+)?)"
    r"\s*\)?\s*([^\W\d_]+)?"
)
DIGITS = {sign: number for number, sign in enumerate("一二三四五六七八九十", 1)} | {"两": 2}
ALL_OF = r"(?:之和|总和|合计|总含量|总量|含量之和)"
SUM_BEHIND = re.compile(rf"([≤<≥>不][^()]+?)\s*\(([^()]*{ALL_OF})\)")  # ≤0.1% (三种之和)
SUM_ALONE = re.compile(r"(?:[0-9]{1,2}[项种]|[两二三四五六七八九十][项种])?(?:的)?(?:和|sum|[Σ∑])", re.IGNORECASE)
TOGETHER = re.compile(rf"\s*(?:的)?(?:{ALL_OF}|(?<!饱)和|sum|[Σ∑])$", re.IGNORECASE)
SO_MANY = re.compile(r"([0-9]{1,2}|[两二三四五六七八九十])(?:[项种]|类)")
ADDED = re.compile(r"\s*(?:\+|、|以及|(?<!饱)和(?!其)|与|及(?!其))\s*")  # 不饱和脂肪酸, 脱氢乙酸及其钠盐 are one name
PLAN_KEY = re.compile(r"(?<![A-Za-z])([nNcCmM])\s*[=:]\s*")
DEMANDED = re.compile(r"应(?:当|该)?(?=[不小大低高≤≥<>])")
FORBIDDEN = re.compile(r"不[得应可能](?=超过|大于|高于|多于|低于|小于|少于)")
# fmt: off
# Said before a number or behind it. 以下 and 以上 hold the number itself: Civil Code of 2020, art. 1259
WORDED = [
    (re.compile(r"(?:至多|最大|最高|最多|max\.?)\s*:?\s*(?=[0-9.+-])", re.IGNORECASE), "≤"),
    (re.compile(r"(?:至少|最小|最低|最少|min\.?)\s*:?\s*(?=[0-9.+-])", re.IGNORECASE), "≥"),
    (re.compile(r"(?=[0-9.+-])(?=[^~±以]*(?:以下|以内|\bmax\.?)$)", re.IGNORECASE), "≤"),
    (re.compile(r"(?=[0-9.+-])(?=[^~±以]*(?:以上|\bmin\.?)$)", re.IGNORECASE), "≥"),
]
# fmt: on
BEHIND = re.compile(r"(?<=.)\s*(?:以下|以内|以上|\b(?:max|min)\.?)$", re.IGNORECASE)


@lru_cache(maxsize=1024)  # a campaign has a few dozen, a file repeats them
def read_limit(text: str) -> Limit | Reason:
    """The limit, or why it cannot be read."""
    try:
        plain = normalised(text, Field.LIMIT)
        if is_blank(plain):
            raise Unreadable(Reason("no_limit", _("There is no limit. Enter what the standard demands.")))
        plain = _with_signs(plain)
        limit = _in_words(plain) or _plan(plain) or _sum(plain) or _signed(plain) or _range(plain)
        return limit._replace(text=text.strip())
    except Unreadable as unread:
        return unread.reason


def signed(text: str) -> str:
    """The same limit with a sign where words stand for one."""
    try:
        return _with_signs(normalised(text, Field.LIMIT))
    except Unreadable:
        return text


def _with_signs(plain: str) -> str:
    """`不得超过5`, `至少5`, `5以下`, `5 max` with the sign that they mean; (10~15) without what only encloses it."""
    if inside := re.fullmatch(r"\(([^()]+)\)", plain):
        plain = inside[1].strip()
    if behind_it := SUM_BEHIND.fullmatch(plain):
        plain = behind_it[2] + behind_it[1]
    plain = FORBIDDEN.sub("不", DEMANDED.sub("", plain))
    for said, sign in WORDED:
        if found := said.match(plain):
            return sign + BEHIND.sub("", plain[found.end() :])
    return plain


def _in_words(plain: str) -> Limit | None:
    folded = plain.casefold()
    if NOT_DETECTED.fullmatch(folded) and folded != "0":
        return Limit(plain, Kind.NOT_DETECTED)
    if BANNED.fullmatch(folded):
        return Limit(plain, Kind.BANNED)
    if QUALITATIVE.fullmatch(folded) or folded in WORDS[Mark.CONFORMS]:
        return Limit(plain, Kind.QUALITATIVE)
    return None


def _plan(plain: str) -> Limit | None:
    keys = list(PLAN_KEY.finditer(plain))
    if not keys:
        return None
    ends = [key.start() for key in keys[1:]] + [len(plain)]
    parts: dict[str, str] = {}
    for key, end in zip(keys, ends, strict=True):
        name = key[1] if key[1] in "mM" else key[1].lower()
        if name in parts:
            raise unreadable(Field.LIMIT, plain)
        parts[name] = plain[key.end() : end].strip().rstrip(",;、.").strip()
    if keys[0].start() > 0 or not {"n", "c", "m"} <= parts.keys():
        raise unreadable(Field.LIMIT, plain)
    n, c = _whole(parts["n"], plain), _whole(parts["c"], plain)
    m = power_on_the_line(read_number(parts["m"], Field.LIMIT), parts["m"])
    most = None
    if not is_blank(parts.get("M", "")):
        most = power_on_the_line(read_number(parts["M"], Field.LIMIT), parts["M"])
    if not (0 < n <= MOST_RESULTS and c <= n and 0 <= m.number <= (most or m).number):
        raise unreadable(Field.LIMIT, plain)
    return Limit(
        plain,
        Kind.PLAN,
        plan=Plan(n, c, m.number, most.number if most else None),
        unit=_common_unit([m, most] if most else [m], plain),
        notes=m.notes + (most.notes if most else ()),
    )


def _whole(digits: str, plain: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", digits):
        raise unreadable(Field.LIMIT, plain)
    return int(digits)


def _sum(plain: str) -> Limit | None:
    """`总和≤0.1%`, `3项之和≤0.1%`, `B1+B2+G1≤4μg/kg`, `B1、B2和G1之和≤4μg/kg`: bounds on several results together."""
    sign = SIGN.search(plain)
    head = plain[: sign.start()].strip().rstrip(":").strip() if sign else ""
    if not sign or not head:
        return None
    named = TOGETHER.sub("", head)
    parts = tuple(part.strip() for part in ADDED.split(re.sub(r"^\(([^()]+)\)$", r"\1", named)))
    names = parts if len(parts) > 1 and (named != head or "+" in named) else ()
    if not names and not SUM_ALONE.fullmatch(head) and not re.search(f"{ALL_OF}$", head):
        return None
    written = SO_MANY.match(named)
    count = len(names) or (DIGITS.get(written[1]) or int(written[1]) if written else 0)
    bounds = _signed(plain[sign.start() :])
    if bounds is None or count == 1 or "" in names or len({name.casefold() for name in names}) < len(names):
        raise unreadable(Field.LIMIT, plain)
    return bounds._replace(text=plain, kind=Kind.SUM, addends=count or None, names=names)


def _signed(plain: str) -> Limit | None:
    """`≤5.0 mg/kg`, or a lower and an upper bound: `≥1.0且≤3.0`."""
    signs = list(SIGN.finditer(plain))
    if not signs:
        return None
    if signs[0].start() > 0:
        raise unreadable(Field.LIMIT, plain)
    ends = [sign.start() for sign in signs[1:]] + [len(plain)]
    bounds, numbers = [], []
    for sign, end in zip(signs, ends, strict=True):
        number = _number_of(plain[sign.end() : end].strip().rstrip(",;、且和 "))
        bounds.append(Bound(number.number, SIGNS[sign[0]] in "≤<", SIGNS[sign[0]] in "<>"))
        numbers.append(number)
    return _bounded(plain, bounds, numbers)


def _number_of(text: str) -> Number:
    """A bound as it may be written: a grade between two steps, a count of germs without its superscript."""
    plain, notes = half_steps(text) if "级" in text else (text, ())
    number = read_number(plain, Field.LIMIT)
    if re.match("cfu|mpn", number.rest, re.IGNORECASE):
        number = power_on_the_line(number, plain)
    return number._replace(notes=number.notes + notes) if notes else number


def _range(plain: str) -> Limit:
    """`10～15`, `10-15 mm`, `10%～15%`, `100±5`."""
    if looks_like_a_date(plain):
        raise unreadable(Field.LIMIT, plain)
    if "±" in plain:
        return _tolerance(plain)
    if deviations := DEVIATIONS.fullmatch(plain):
        return _between_deviations(plain, *deviations.groups(default=""))
    is_grade = "级" in plain and half_steps(plain)[1]  # 3-4级 is one grade, and may mean at least that
    if not is_grade and (sides := RANGE.fullmatch(plain)):
        lower, upper = (read_number(side, Field.LIMIT) for side in sides.groups())
        bounds = [Bound(lower.number, is_upper=False), Bound(upper.number, is_upper=True)]
        return _bounded(plain, bounds, [lower, upper])
    if not is_grade:
        read_number(plain, Field.LIMIT)
    raise Unreadable(
        Reason(
            "limit_without_sign",
            _("The limit %(text)s does not say which way. Write ≤, <, ≥ or > before it.", text=shown(plain)),
        )
    )


def _tolerance(plain: str) -> Limit:
    """`100±5 g`: what may deviate by 5 either way."""
    inside = re.fullmatch(r"\(([^()]+)\)(.*)", plain)
    left, _sign, right = (inside[1] + inside[2] if inside else plain).partition("±")
    middle, spread = read_number(left.strip(), Field.LIMIT), read_number(right.strip(), Field.LIMIT)
    if spread.number < 0 or (spread.rest == "%" and not inside):
        raise unreadable(Field.LIMIT, plain)  # ±5 % of the value, or five percentage points? Both are written so
    exact = Context(prec=2 * (LONGEST_NUMBER + LARGEST_EXPONENT))
    bounds = [
        Bound(exact.subtract(middle.number, spread.number), is_upper=False),
        Bound(exact.add(middle.number, spread.number), is_upper=True),
    ]
    return _bounded(plain, bounds, [middle, spread])


def _between_deviations(plain: str, *parts: str) -> Limit:
    """`10 (+0.5, -0.2) mm`: what may deviate by more one way than the other."""
    middle, unit, up, down, behind_all = parts
    written = [f"{middle} {unit or behind_all}", f"{up} {behind_all or unit}", f"{down} {behind_all or unit}"]
    numbers = [read_number(each.strip(), Field.LIMIT) for each in written]
    exact = Context(prec=2 * (LONGEST_NUMBER + LARGEST_EXPONENT))
    size, above, below = (each.number for each in numbers)
    bounds = [Bound(exact.subtract(size, below), is_upper=False), Bound(exact.add(size, above), is_upper=True)]
    return _bounded(plain, bounds, numbers)


def _bounded(plain: str, bounds: list[Bound], numbers: list[Number]) -> Limit:
    bounds.sort(key=lambda bound: bound.is_upper)
    is_one, is_pair = len(bounds) == 1, [bound.is_upper for bound in bounds] == [False, True]
    if not is_one and not (is_pair and bounds[0].number <= bounds[1].number):
        raise unreadable(Field.LIMIT, plain)
    notes = tuple(note for number in numbers for note in number.notes)
    return Limit(plain, Kind.BOUNDS, tuple(bounds), unit=_common_unit(numbers, plain), notes=notes)


def _common_unit(numbers: list[Number], plain: str) -> str:
    """The unit behind the last number, or behind each; two different ones cannot be read."""
    written = [unit for unit in (behind(number, Field.LIMIT) for number in numbers) if unit]
    units = [unit for unit in map(read_unit, written) if unit]
    if any(not unit.equals(units[0]) for unit in units):
        raise unreadable(Field.LIMIT, plain)
    return written[-1] if written else ""
