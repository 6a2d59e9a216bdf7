"""What an agency's controls say of each laboratory: rates with their denominators, scores in time, comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.controls.models import Control, ControlContent, ControlKind, ControlUnit
from quality.controls.queries import reports_of, units_that_count
from quality.controls.scoring import Difference, Score, difference, scored
from quality.figures.proficiency import Grade
from quality.figures.rates import Rate
from quality.lab.models import Report, TestResult, Verdict
from quality.people.actor import Actor
from quality.standards.judgement import Verdict as ItemVerdict
from quality.standards.judgement import conclusion
from quality.standards.names import item_key


class Scored(NamedTuple):
    """One item of one portion, as its laboratory reported it and as it was known to be."""

    content: ControlContent
    result: TestResult
    score: Score

    @property
    def is_right(self) -> bool | None:
        """Whether the item was judged as it is; None where that is not known, or the result was undecided."""
        if self.content.expected is None or self.result.verdict == ItemVerdict.UNDECIDED:
            return None
        said = Verdict.CONFORMING if ItemVerdict(self.result.verdict).conforms else Verdict.NONCONFORMING
        return said == self.content.expected


class Outcome(NamedTuple):
    """A portion of known content that was reported on."""

    unit: ControlUnit
    report: Report
    at: datetime
    expected: Verdict | None  # of the whole
    said: str | None  # conforming, nonconforming; None: an item is undecided
    items: list[Scored]


class Pair(NamedTuple):
    """Two laboratories that tested the same."""

    control: Control
    first: Report
    second: Report
    at: datetime
    items: list[Difference]


class Standing(NamedTuple):
    """How one laboratory did on the controls that it did not know."""

    laboratory_id: int
    sent: int
    outcomes: list[Outcome]
    pairs: list[Pair]

    @property
    def detection(self) -> Rate:
        """Of the nonconforming controls, those that were found so."""
        return self._rate(Verdict.NONCONFORMING)

    @property
    def false_alarms(self) -> Rate:
        """Of the conforming controls, those that were found nonconforming."""
        return self._rate(Verdict.CONFORMING)

    @property
    def undecided(self) -> int:
        """Of no rate: the report does not say."""
        return sum(each.expected is not None and each.said is None for each in self.outcomes)

    @property
    def grades(self) -> dict[Grade, int]:
        found = [scored.score.grade for each in self.outcomes for scored in each.items]
        return {grade: found.count(grade) for grade in Grade}

    @property
    def agreement(self) -> Rate:
        """Of the items that two laboratories tested and that can be compared, those that agree."""
        said = [each.agrees for pair in self.pairs for each in pair.items if each.agrees is not None]
        return Rate(said.count(True), len(said))

    def _rate(self, of: Verdict) -> Rate:
        said = [each.said for each in self.outcomes if each.expected == of and each.said is not None]
        return Rate(said.count(Verdict.NONCONFORMING), len(said))


def expected_of(control: Control) -> Verdict | None:
    """Nonconforming if any item is; conforming if every item is known to be; else nobody knows."""
    known = [each.expected for each in control.contents]
    if Verdict.NONCONFORMING in known:
        return Verdict.NONCONFORMING
    return Verdict.CONFORMING if known and None not in known else None


def outcome_of(unit: ControlUnit, report: Report) -> Outcome:
    results = {item_key(each.item): each for each in report.results}
    items = [
        Scored(content, result, scored(result, content))
        for content in unit.control.contents
        if (result := results.get(item_key(content.item.item))) is not None
    ]
    said = conclusion(ItemVerdict(each.verdict) for each in report.results)
    return Outcome(unit, report, moment_of(report), expected_of(unit.control), said, items)


def moment_of(report: Report) -> datetime:
    assert report.authorised_at, "it is in force"
    return report.authorised_at


def pairs_of(control: Control, reports: Sequence[Report]) -> list[Pair]:
    """The first report, which is the sample's own, against each later one of another laboratory."""
    found = []
    for place, second in enumerate(reports):
        first = next((each for each in reports[:place] if each.laboratory_id != second.laboratory_id), None)
        if first is None:
            continue
        before = {item_key(each.item): each for each in first.results}
        items = [difference(before[key], each) for each in second.results if (key := item_key(each.item)) in before]
        found.append(Pair(control, first, second, max(moment_of(first), moment_of(second)), items))
    return found


def about(session: Session, units: Sequence[ControlUnit]) -> tuple[list[Outcome], list[Pair]]:
    """What was reported on these portions, in three statements however many they are."""
    splits = {unit.control.split_of_id for unit in units if unit.control.split_of_id is not None}
    reports = reports_of(session, {unit.sample_id for unit in units} | splits)
    outcomes = [
        outcome_of(unit, reports[unit.sample_id])
        for unit in units
        if unit.control.kind == ControlKind.KNOWN and unit.sample_id in reports
    ]
    of: dict[int, list[ControlUnit]] = {}
    for unit in sorted(units, key=lambda each: each.id):
        if unit.control.kind == ControlKind.SPLIT:
            of.setdefault(unit.control_id, []).append(unit)
    pairs = []
    for some in of.values():
        control = some[0].control
        keys = [control.split_of_id, *(unit.sample_id for unit in some)]
        pairs += pairs_of(control, [reports[key] for key in keys if key in reports])
    return outcomes, pairs


def standings(session: Session, actor: Actor) -> dict[int, Standing]:
    """Of every laboratory that got a control of this agency, by its id."""
    units = units_that_count(session, actor)
    outcomes, pairs = about(session, units)
    sent = [unit.sample.laboratory_id for unit in units if unit.control.kind == ControlKind.KNOWN]
    named = {*filter(None, sent), *(report.laboratory_id for pair in pairs for report in (pair.first, pair.second))}
    return {
        key: Standing(
            key,
            sent.count(key),
            [each for each in outcomes if each.report.laboratory_id == key],
            [each for each in pairs if key in (each.first.laboratory_id, each.second.laboratory_id)],
        )
        for key in sorted(named)
    }
