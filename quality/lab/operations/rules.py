"""What stands against a report, whoever hands it in and with how many others: pure but for the words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar

from quality.clocks.days import day_of, written_day
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import Reason, _
from quality.lab.entries import unfit
from quality.purchases.blind import is_blind_number
from quality.purchases.models import PortionStatus
from quality.standards.names import plain

LONGEST_REASON = 1_000  # characters


class Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...


P = TypeVar("P", bound=Named)


def mistyped(blind_no: str) -> FieldProblem | None:
    """A slip of the finger, named before anything is looked up."""
    if is_blind_number(blind_no):
        return None
    text = _("Check the blind number; this cannot be one, as in MY-7K3X-92AM")
    return FieldProblem("blind_no", "mistyped_blind_no", text)


def unknown(blind_no: str) -> FieldProblem:
    text = _("No sample with the blind number %(number)s was sent to your laboratory", number=blind_no)
    return FieldProblem("blind_no", "unknown_blind_no", text)


def who_tested(named: str, people: Iterable[P]) -> tuple[P | None, list[FieldProblem]]:
    """Of those who work in the laboratory."""
    name = plain(named)
    if not name:
        return None, [FieldProblem("analyst", "missing", _("Enter who tested"))]
    found = [each for each in people if name in (plain(each.name), each.email) or name.lower() == each.email]
    match found:
        case [person]:
            return person, []
        case []:
            text = _("%(name)s does not work in your laboratory; enter the name of one who does", name=name)
            return None, [FieldProblem("analyst", "unknown_analyst", text)]
        case _several:
            text = _("Several people here are called %(name)s; enter the e-mail address", name=name)
            return None, [FieldProblem("analyst", "ambiguous_analyst", text)]


def doubled(number: str) -> FieldProblem:
    text = _("Your laboratory has a report %(number)s already; give this one another number", number=number)
    return FieldProblem("report_no", "doubled_report_no", text)


def of_itself(number: str, replaced: str) -> list[FieldProblem]:
    if not number or number != replaced:
        return []
    text = _("A report cannot supersede itself: give the new one a number of its own")
    return [FieldProblem("supersedes", "supersedes_itself", text)]


def why_not_tested_by(actor_id: int | None, buyer_id: int) -> Reason | None:
    """The one who samples does not test (DOMAIN §2.6)."""
    return Reason("sampler_tests", _("Who took the sample may not test it")) if actor_id == buyer_id else None


def why_not_here(status: PortionStatus) -> Reason | None:
    if status in (PortionStatus.AT_LAB, PortionStatus.TESTED):
        return None
    if status == PortionStatus.STOPPED:
        return Reason("stopped", _("The test was stopped: wait for what the agency decides on the suspected goods"))
    return Reason("not_at_lab", _("Take the sample in first; what was refused or disposed of has no report"))


def typed_day(said: str) -> tuple[date | None, list[FieldProblem]]:
    """The last day of testing as it was typed; none where nobody says."""
    if not said.strip():
        return None, []
    try:
        return written_day(said), []
    except ValueError:
        return None, [FieldProblem("tested_on", "no_day", _("Enter a day, such as 2026-10-09"))]


def wrong_day(tested_on: date | None) -> list[FieldProblem]:
    if tested_on is None or tested_on <= day_of(clock.now()):
        return []
    return [FieldProblem("tested_on", "in_the_future", _("This day has not come yet"))]


def wrong_change(replaced: str, reason: str) -> list[FieldProblem]:
    """Whoever changes an issued report says why (ISO/IEC 17025:2017, 7.8.8.1)."""
    if not replaced:
        return []
    if not reason.strip():
        text = _("Say why the report in force is replaced")
        return [FieldProblem("change_reason", "missing", text)]
    return unfit("change_reason", reason, LONGEST_REASON)


def wrong_lineage(in_force: str | None, named: str) -> Invalid | Refused | None:
    """The report in force is the one that a new one must name, and nothing else."""
    if in_force is None and named:
        text = _("Report %(number)s is not in force for this sample", number=named)
        return Invalid(FieldProblem("supersedes", "not_in_force", text))
    if in_force is not None and named != in_force:
        text = _(
            "Report %(number)s is in force for this sample; name it as the one that yours supersedes", number=in_force
        )
        return Refused("report_in_force", text)
    return None
