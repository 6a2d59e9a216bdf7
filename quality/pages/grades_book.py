"""The same as a workbook: a row a laboratory with numerators, denominators and intervals; a row a score."""

from __future__ import annotations

from collections.abc import Sequence

from quality.controls.standing import Standing
from quality.core.words import Text, _
from quality.pages.book import book_of
from quality.pages.grading import LaboratoryShown, RateShown, item_shown
from quality.pages.moments import day
from quality.pages.words import word

OF_A_RATE = (_("counted"), _("rate"), _("95%% interval"))


def written(rows: Sequence[LaboratoryShown], standings: Sequence[tuple[str, Standing]]) -> bytes:
    return book_of([(_("Laboratories"), of_laboratories(rows)), (_("Scores"), of_scores(standings))])


def of_laboratories(rows: Sequence[LaboratoryShown]) -> list[list[Text | int]]:
    rates = (_("Nonconforming found"), _("False alarms"), _("Reversed at re-inspection"), _("Agrees with another"))
    head: list[Text | int] = [_("Code"), _("Laboratory"), _("Portions sent"), _("Reported"), _("Undecided")]
    head += [_("%(rate)s: %(what)s", rate=rate, what=what) for rate in rates for what in OF_A_RATE]
    head += [_("z: %(grade)s", grade=grade) for _tone, grade, _many in (rows[0].grades if rows else [])]
    lines = [head]
    for row in rows:
        line: list[Text | int] = [row.code, row.name, row.sent, row.reported, row.undecided]
        for rate in (row.detection, row.false_alarms, row.reversals, row.agreement):
            line += of_a_rate(rate)
        lines.append([*line, *(many for _tone, _grade, many in row.grades)])
    return lines


def of_a_rate(rate: RateShown) -> list[Text]:
    return [rate.counts, rate.percent or "—", rate.between]


def of_scores(standings: Sequence[tuple[str, Standing]]) -> list[list[Text | int]]:
    lines: list[list[Text | int]] = [
        [
            _("Laboratory"), _("Day"), _("Control"), _("Portion"), _("Test item"), _("Reported"), _("Assigned value"),
            "z", "ζ", _("Grade"), _("Why there is no score"),
        ]
    ]  # fmt: skip
    for code, standing in standings:
        for outcome in standing.outcomes:
            for scored in outcome.items:
                item, grade = item_shown(scored), scored.score.grade
                lines.append(
                    [
                        code, day(outcome.at), outcome.unit.control.number, outcome.unit.sample.number, item.item,
                        item.reported, item.known, item.score, item.zeta, word("grade", grade) if grade else "",
                        item.why,
                    ]
                )  # fmt: skip
    return lines
