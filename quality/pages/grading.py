"""How laboratories did on their controls, as pages draw it: rates with intervals, scores in time, comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from quality.controls.models import ControlContent
from quality.controls.standing import Outcome, Pair, Scored, Standing
from quality.core.words import Text, _
from quality.figures.proficiency import FAILS, SATISFIES, Grade, graded
from quality.figures.rates import FEWEST, Rate
from quality.lab.models import Report, Verdict
from quality.pages.moments import day
from quality.pages.words import Tone, word

GRADES = {Grade.SATISFACTORY: Tone.OK, Grade.QUESTIONABLE: Tone.WARN, Grade.UNSATISFACTORY: Tone.BAD}
HUNDREDTH, TENTH, FINER = Decimal("0.01"), Decimal("0.1"), Decimal("0.0001")
TOP, HEIGHT = 12, 176  # px of the chart of scores
LEFT, WIDTH = Decimal(9), Decimal(88)  # %
MOST_SHOWN = Decimal(6)  # of |z|: what lies beyond is drawn at the edge, and its table says what it is


class RateShown(NamedTuple):
    """`7 of 8`, 87.5 %, 53 to 98 %; and the same as a bar from 0 to 100 %. Below `FEWEST` without a rate."""

    counts: str
    percent: str  # "": too few to say
    between: Text
    low: Decimal | None
    high: Decimal | None
    at: Decimal | None
    aria: Text


def shown(rate: Rate) -> RateShown:
    counts = f"{rate.hits} ÷ {rate.of}"
    if not rate.is_enough:
        said = _("too few for a rate: at least %(least)s are needed", least=FEWEST) if rate.of else _("none yet")
        return RateShown(counts, "", said, None, None, None, said)
    value, between = rate.value, rate.interval
    assert value is not None, "enough are more than none"
    assert between is not None, "enough are more than none"
    low, high, at = (in_percent(each, TENTH) for each in (between.low, between.high, value))
    said = _("%(low)s%% to %(high)s%%", low=low, high=high)
    aria = _("%(at)s%% with a 95%% interval from %(low)s%% to %(high)s%%", at=at, low=low, high=high)
    return RateShown(counts, f"{at}%", said, low, high, at, aria)


def in_percent(share: Decimal, step: Decimal) -> Decimal:
    return (share * 100).quantize(step, ROUND_HALF_UP)


class LaboratoryShown(NamedTuple):
    """One line of the table."""

    code: str
    name: str
    sent: int
    reported: int
    undecided: int
    detection: RateShown
    false_alarms: RateShown
    reversals: RateShown
    agreement: RateShown
    grades: list[tuple[Tone, Text, int]]


def laboratory_shown(code: str, name: str, standing: Standing, reversed_: Rate) -> LaboratoryShown:
    return LaboratoryShown(
        code=code,
        name=name,
        sent=standing.sent,
        reported=len(standing.outcomes),
        undecided=standing.undecided,
        detection=shown(standing.detection),
        false_alarms=shown(standing.false_alarms),
        reversals=shown(reversed_),
        agreement=shown(standing.agreement),
        grades=[(GRADES[grade], word("grade", grade), many) for grade, many in standing.grades.items()],
    )


# --- one portion ---


class ItemShown(NamedTuple):
    item: str
    reported: str
    known: str
    is_right: bool | None
    expected: Text
    said: str
    score: str  # "z = 1.25"; "": none
    zeta: str
    tone: Tone
    grade: Text
    why: Text


class OutcomeShown(NamedTuple):
    number: str  # of the control
    portion: str
    laboratory: str
    report: Report
    when: Text
    right: tuple[Tone, Text]
    items: list[ItemShown]


def outcomes_shown(outcomes: Sequence[Outcome]) -> list[OutcomeShown]:
    return [
        OutcomeShown(
            number=each.unit.control.number,
            portion=each.unit.sample.number,
            laboratory=each.report.laboratory.name,
            report=each.report,
            when=day(each.at),
            right=verdict_of(each),
            items=[item_shown(scored) for scored in each.items],
        )
        for each in outcomes
    ]


C, N = Verdict.CONFORMING, Verdict.NONCONFORMING
VERDICTS: dict[tuple[str, str | None], tuple[Tone, Text]] = {  # what was said, and what it is
    (C, C): (Tone.OK, _("judged conforming, as it is")),
    (N, N): (Tone.OK, _("judged nonconforming, as it is")),
    (C, N): (Tone.BAD, _("judged conforming; it is nonconforming")),
    (N, C): (Tone.BAD, _("judged nonconforming; it conforms")),
    (C, None): (Tone.IDLE, _("judged conforming; as a whole it is not known")),
    (N, None): (Tone.IDLE, _("judged nonconforming; as a whole it is not known")),
}


def verdict_of(outcome: Outcome) -> tuple[Tone, Text]:
    if outcome.said is None:
        return Tone.WARN, _("undecided: counts in no rate")
    return VERDICTS[outcome.said, outcome.expected]


def item_shown(scored: Scored) -> ItemShown:
    content, result, score = scored
    grade = score.grade
    spread = f" ± {result.uncertainty}" if result.uncertainty else ""
    return ItemShown(
        item=content.item.item,
        reported=f"{result.value}{spread} {result.unit}".strip(),
        known=known(content),
        is_right=scored.is_right,
        expected=word("finding_verdict", content.expected) if content.expected else "",
        said=result.verdict,
        score="" if score.z is None else f"{'z′' if score.is_prime else 'z'} = {signed(score.z)}",
        zeta="" if score.zeta is None else f"ζ = {signed(score.zeta)}",
        tone=GRADES[grade] if grade else Tone.IDLE,
        grade=word("grade", grade) if grade else "",
        why=score.why.text if score.why else "",
    )


def known(content: ControlContent) -> str:
    return f"{content.assigned} {content.unit}".strip() if content.assigned else ""


def signed(score: Decimal) -> str:
    """Two places, more where they would put it into another grade; with its sign, a typographer's minus."""
    rounded = score.quantize(HUNDREDTH, ROUND_HALF_UP)
    if graded(rounded) is not graded(score):
        rounded = score.quantize(FINER, ROUND_HALF_UP)
    return f"{rounded:+f}".replace("-", "−") if rounded else "0.00"


# --- two laboratories ---


class DifferenceShown(NamedTuple):
    item: str
    first: str
    second: str
    difference: str
    en: str
    tone: Tone
    said: Text
    why: Text


class ComparisonShown(NamedTuple):
    number: str
    first: str
    second: str
    when: Text
    items: list[DifferenceShown]


def comparisons(pairs: Sequence[Pair]) -> list[ComparisonShown]:
    return [
        ComparisonShown(
            number=pair.control.number,
            first=pair.first.laboratory.name,
            second=pair.second.laboratory.name,
            when=day(pair.at),
            items=[
                DifferenceShown(
                    item=each.item,
                    first=each.first,
                    second=each.second,
                    difference="" if each.difference is None else f"{plain(each.difference)} {each.unit}".strip(),
                    en="" if each.en is None else signed(each.en),
                    tone=AGREEMENT[each.agrees],
                    said=AGREES[each.agrees],
                    why=each.why.text if each.why else "",
                )
                for each in pair.items
            ],
        )
        for pair in pairs
    ]


AGREEMENT = {True: Tone.OK, False: Tone.BAD, None: Tone.IDLE}
AGREES = {
    True: _("they agree"),
    False: _("they do not agree"),
    None: _("cannot be compared"),
}


def plain(number: Decimal) -> str:
    return f"{number.normalize():+f}".replace("-", "−") if number else "0"


# --- scores in time ---


class Dot(NamedTuple):
    x: Decimal  # %
    y: Decimal  # px
    tone: Tone
    is_beyond: bool  # of what the chart shows
    title: str


class Line(NamedTuple):
    y: Decimal
    text: str
    is_strong: bool
    is_dashed: bool


class Band(NamedTuple):
    y: Decimal
    height: Decimal
    tone: str  # accept, guard, reject: classes of mingcha.css


class ScoreRow(NamedTuple):
    when: Text
    control: str
    portion: str
    item: ItemShown


class Chart(NamedTuple):
    lines: list[Line]
    bands: list[Band]
    dots: list[Dot]
    first: Text
    last: Text
    rows: list[ScoreRow]
    aria: Text


def chart_of(outcomes: Sequence[Outcome]) -> Chart | None:
    """z-scores in the order of the reports, with lines at ±2 and ±3. None where there is no score."""
    ordered = sorted(outcomes, key=lambda each: (each.at, each.unit.id))
    points = [(each, scored, scored.score.z) for each in ordered for scored in each.items if scored.score.z is not None]
    if not points:
        return None
    reach = min(MOST_SHOWN, max(Decimal(4), *(abs(z).to_integral_value("ROUND_CEILING") for _o, _s, z in points)))

    def y(score: Decimal) -> Decimal:
        return (TOP + HEIGHT * (reach - score) / (2 * reach)).quantize(TENTH)

    dots, rows = [], []
    for place, (outcome, scored, z) in enumerate(points):
        x = LEFT + (WIDTH * place / (len(points) - 1) if len(points) > 1 else WIDTH / 2)
        item = item_shown(scored)
        inside = max(-reach, min(reach, z))
        dots.append(Dot(x.quantize(HUNDREDTH), y(inside), item.tone, inside != z, f"{item.item}: {item.score}"))
        rows.append(ScoreRow(day(outcome.at), outcome.unit.control.number, outcome.unit.sample.number, item))
    levels = [FAILS, SATISFIES, Decimal(0), -SATISFIES, -FAILS]
    grades = [GRADES_OF[scored.score.grade] for _o, scored, _z in points if scored.score.grade]
    return Chart(
        lines=[Line(y(each), signless(each), each == 0, abs(each) == FAILS) for each in levels],
        bands=[
            Band(y(reach), y(FAILS) - y(reach), "reject"),
            Band(y(FAILS), y(SATISFIES) - y(FAILS), "guard"),
            Band(y(SATISFIES), y(-SATISFIES) - y(SATISFIES), "accept"),
            Band(y(-SATISFIES), y(-FAILS) - y(-SATISFIES), "guard"),
            Band(y(-FAILS), y(-reach) - y(-FAILS), "reject"),
        ],
        dots=dots,
        first=day(points[0][0].at),
        last=day(points[-1][0].at),
        rows=rows[::-1],
        aria=_(
            "%(count)s z-scores from %(first)s to %(last)s: %(good)s within ±2, %(doubtful)s between 2 and 3, "
            "%(bad)s at 3 or beyond",
            count=len(points),
            first=day(points[0][0].at),
            last=day(points[-1][0].at),
            good=grades.count(0),
            doubtful=grades.count(1),
            bad=grades.count(2),
        ),
    )


GRADES_OF = {grade: place for place, grade in enumerate(Grade)}


def signless(level: Decimal) -> str:
    return f"{level:+f}".replace("-", "−") if level else "0"
