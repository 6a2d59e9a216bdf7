"""The count of a clock in sentences, in the reader's language, so that a person can check it by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from flask_babel import get_locale

from quality.clocks.days import Code, Due, Step
from quality.clocks.rules import Certainty, Rule, Unit
from quality.core.words import Text, _

CERTAINTIES = {
    Certainty.LAW: _("statute"),
    Certainty.ACCOUNT: _("as reported"),
    Certainty.PARAM: _("parameter"),
}


@dataclass(frozen=True)
class ShownDay:
    """A day with its weekday, by which the eye checks a count: `2026-10-09 Fri`, `2026-10-09 周五`."""

    day: date

    def __str__(self) -> str:
        return str(format_date(self.day, "yyyy-MM-dd EEE", locale=get_locale() or "en"))


@dataclass(frozen=True)
class Lines:
    """Sentences that become a language when they are shown, each on a line of its own."""

    texts: tuple[Text, ...]

    def __str__(self) -> str:
        return "\n".join(str(text) for text in self.texts)


def explanation(due: Due) -> Lines:
    return Lines((heading(due.rule), *(sentence(step, due.rule) for step in due.steps)))


def heading(rule: Rule) -> Text:
    return _(
        "%(name)s: %(length)s. %(source)s (%(certainty)s)",
        name=rule.name,
        length=amount(rule.length, rule.unit),
        source=rule.source,
        certainty=CERTAINTIES[rule.certainty],
    )


def sentence(step: Step, rule: Rule) -> Text:
    return SENTENCES[step.code](step, rule)


# fmt: off
SENTENCES: dict[Code, Callable[[Step, Rule], Text]] = {
    Code.OLD: lambda step, rule:
        _("The rule is valid from %(day)s only; its oldest version was used", day=ShownDay(step.last)),
    Code.START: lambda step, rule:
        _("%(day)s: %(event)s; this day does not count", day=ShownDay(step.first), event=rule.starts_at),
    Code.EXTENDED: lambda step, rule:
        _("Extended by %(much)s: %(reason)s", much=much(step, rule), reason=step.reason),
    Code.MONTHS: lambda step, rule:
        _("%(much)s on: %(day)s", much=amount(step.days, Unit.MONTH), day=ShownDay(step.last)),
    Code.YEARS: lambda step, rule:
        _("%(much)s on: %(day)s", much=amount(step.days, Unit.YEAR), day=ShownDay(step.last)),
    Code.COUNTED: lambda step, rule:
        _("%(run)s: %(much)s, %(total)s so far", run=run(step), much=much(step, rule), total=step.total),
    Code.MOVED: lambda step, rule:
        _("%(run)s: weekend that is worked; %(much)s, %(total)s so far",
          run=run(step), much=much(step, rule), total=step.total),
    Code.WEEKEND: lambda step, rule:
        _("%(run)s: weekend", run=run(step)),
    Code.HOLIDAY: lambda step, rule:
        _("%(run)s: holiday", run=run(step)),
    Code.PAUSED: lambda step, rule:
        _("%(run)s: paused, not counted: %(reason)s", run=run(step), reason=step.reason),
    Code.STANDING: lambda step, rule:
        _("Stands since %(day)s, and its last day moves on with it: %(reason)s",
          day=ShownDay(step.first), reason=step.reason),
    Code.ROLLED: lambda step, rule:
        _("%(first)s is no working day: the period ends on the next one, %(last)s",
          first=ShownDay(step.first), last=ShownDay(step.last)),
    Code.OPENS: lambda step, rule:
        _("Not before day %(days)s: %(day)s", days=step.days, day=ShownDay(step.first)),
    Code.DUE: lambda step, rule:
        _("Last day: %(day)s, until 24:00", day=ShownDay(step.first)),
    Code.PROVISIONAL: lambda step, rule:
        _("The holiday notice of %(year)s is not entered: the date is provisional", year=step.first.year),
}
# fmt: on


def much(step: Step, rule: Rule) -> Text:
    """A step's days in the unit that the rule counts. Months and years count in calendar days from end to end."""
    return amount(step.days, Unit.WORKING_DAY if rule.unit is Unit.WORKING_DAY else Unit.CALENDAR_DAY)


def run(step: Step) -> Text:
    if step.first == step.last:
        return ShownDay(step.first)
    return _("%(first)s to %(last)s", first=ShownDay(step.first), last=ShownDay(step.last))


def amount(number: int, unit: Unit) -> Text:
    match unit, number:
        case Unit.WORKING_DAY, 1:
            return _("1 working day")
        case Unit.WORKING_DAY, _several:
            return _("%(number)s working days", number=number)
        case Unit.CALENDAR_DAY, 1:
            return _("1 calendar day")
        case Unit.CALENDAR_DAY, _several:
            return _("%(number)s calendar days", number=number)
        case Unit.MONTH, 1:
            return _("1 month")
        case Unit.MONTH, _several:
            return _("%(number)s months", number=number)
        case Unit.YEAR, 1:
            return _("1 year")
        case _:
            return _("%(number)s years", number=number)
