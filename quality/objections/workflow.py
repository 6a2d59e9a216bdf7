"""The life of an objection (received, admitted, re-inspected by another laboratory, decided) and of each telling."""

from __future__ import annotations

from sqlalchemy.orm import object_session

from quality.clocks.queries import running
from quality.core import clock
from quality.core.words import Reason, Text, _
from quality.core.workflow import Transition, Workflow
from quality.objections.models import (
    Decision,
    Ground,
    NoReinspection,
    Objection,
    ObjectionStatus,
    Telling,
    TellingStatus,
)
from quality.objections.outcome import what_the_reports_say
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import BEFORE_THE_LABORATORY, PortionKind, PortionStatus

RECEIVED, ADMITTED, IN_REINSPECTION, DECIDED, REFUSED, WITHDRAWN = ObjectionStatus
TOLD, OBJECTED, ACCEPTED = TellingStatus
Move = Transition[Objection]
TellingMove = Transition[Telling]


def its_finding_stands(case: Objection | Telling, actor: Actor) -> Reason | None:
    if case.finding.status != "confirmed":
        return Reason("finding_not_standing", _("The finding is not confirmed; there is nothing to object to"))
    if case.finding.follows_id is not None:
        return Reason("final", _("This is the conclusion of a re-inspection, which is final"))
    return None


def disputes_the_result(objection: Objection, actor: Actor) -> Reason | None:
    if objection.ground != Ground.RESULT:
        return Reason("nothing_to_test", _("Only an objection to the result is answered by a test"))
    return None


def goes_to_another_laboratory(objection: Objection, actor: Actor) -> Reason | None:
    if objection.laboratory_id == objection.finding.report.laboratory_id:
        return Reason("same_laboratory", _("The re-inspection goes to another laboratory than the first"))
    return None


def goes_to_the_drawn_laboratory(objection: Objection, actor: Actor) -> Reason | None:
    if objection.draw is None:
        return Reason("not_drawn", _("Draw the laboratory first"))
    drawn = objection.draw["order"][len(objection.draw["passed"])]["code"]
    if objection.laboratory is None or objection.laboratory.code != drawn:
        return Reason(
            "not_the_drawn", _("The re-inspection goes to the laboratory that was drawn: %(code)s", code=drawn)
        )
    return None


def has_a_backup_portion(objection: Objection, actor: Actor) -> Reason | None:
    portion = objection.finding.sample.portion(PortionKind.BACKUP)
    if portion.status != PortionStatus.SEALED:
        return Reason("no_backup", _("There is no sealed backup portion; the first result stands"))
    return None


def was_admitted_by_someone_else(objection: Objection, actor: Actor) -> Reason | None:
    if objection.admitted_by_id == actor.id:
        return Reason("same_person", _("Someone other than who admitted it must decide"))
    return None


def says_how_it_is_decided(objection: Objection, actor: Actor) -> Reason | None:
    return None if objection.decision in set(Decision) else Reason("no_decision", _("Choose the decision"))


def has_its_second_report(objection: Objection, actor: Actor) -> Reason | None:
    """A result is answered by a second report, or by the plain fact that there can be none."""
    if objection.ground != Ground.RESULT:
        return None
    if objection.no_reinspection:
        return there_can_be_no_second_report(objection)
    if objection.report is not None and objection.report.status == "authorised":
        return None
    if objection.status == ADMITTED:
        return Reason("needs_reinspection", _("An objection to the result is decided by a re-inspection"))
    return Reason("no_second_report", _("The re-inspection report is not authorised yet"))


def there_can_be_no_second_report(objection: Objection) -> Reason | None:
    portion = objection.finding.sample.portion(PortionKind.BACKUP)
    true = {
        NoReinspection.TAMPERED: portion.status == PortionStatus.REFUSED_BY_LAB,
        NoReinspection.WITHHELD: portion.status in BEFORE_THE_LABORATORY,
        NoReinspection.MISSING: portion.status in BEFORE_THE_LABORATORY,
        NoReinspection.SPENT: objection.status == ADMITTED
        and portion.status in (PortionStatus.TESTED, PortionStatus.DISPOSED),
        NoReinspection.SUSPECTED: portion.status == PortionStatus.HANDED_ON,
        NoReinspection.WAIVED: False,  # then nothing is decided: the objection has ended (`WAIVE`)
    }
    if objection.no_reinspection is not None and true[objection.no_reinspection] and objection.report is None:
        return None
    return Reason("can_be_reinspected", _("The backup portion does not bear this out; wait for the second report"))


SAYS: dict[Decision, Text] = {
    Decision.UPHELD: _("the sample conforms, and the objection is upheld"),
    Decision.DISMISSED: _("the sample does not conform, and the objection is dismissed"),
}


def follows_from_the_second_report(objection: Objection, actor: Actor) -> Reason | None:
    """The conclusion of the second laboratory is final: nobody may decide otherwise (DOMAIN §2.8)."""
    if objection.ground != Ground.RESULT:
        return None
    if objection.no_reinspection:
        if objection.decision == Decision.DISMISSED:
            return None
        text = _("Without a second report the first result stands, and the objection is dismissed")
        return Reason("follows_the_report", text)
    assert objection.report, "has_its_second_report is asked first"
    follows = what_the_reports_say(objection.finding.results, objection.report.results)
    if follows is None:
        return Reason(
            "undecided", _("An item of the re-inspection is undecided: ask the laboratory for another report")
        )
    if objection.decision != follows:
        return Reason("follows_the_report", _("The second report is final: %(says)s", says=SAYS[follows]))
    return None


def its_time_is_over(telling: Telling, actor: Actor) -> Reason | None:
    session = object_session(telling)
    assert session, "a row that is moved belongs to a session"
    if all(period.is_overdue(clock.now()) for period in running(session, telling, "objection")):
        return None
    return Reason("period_runs", _("The period to object is still running"))


def its_formalities_ran_out(objection: Objection, actor: Actor) -> Reason | None:
    session = object_session(objection)
    assert session, "a row that is moved belongs to a session"
    waits = running(session, objection, "reinspection_formalities")
    if waits and all(period.is_overdue(clock.now()) for period in waits):
        return None
    return Reason("period_runs", _("The time for the formalities is not over"))


def no_second_report_is_there(objection: Objection, actor: Actor) -> Reason | None:
    """What was tested again is decided by it, and not by whoever would rather not hear it."""
    portion = objection.finding.sample.portion(PortionKind.BACKUP)
    if objection.ground == Ground.RESULT and portion.status == PortionStatus.TESTED:
        return Reason(
            "tested_again",
            _("The backup portion was tested again: its report decides, and the objection can no longer be withdrawn"),
        )
    return None


def its_backup_is_not_opened(objection: Objection, actor: Actor) -> Reason | None:
    """Of a party by itself: once the second laboratory has it, there is no other portion to test."""
    portion = objection.finding.sample.portion(PortionKind.BACKUP)
    if objection.ground == Ground.RESULT and portion.status in (PortionStatus.AT_LAB, PortionStatus.STOPPED):
        text = _("The second laboratory has the backup portion already: its test decides. Write to the agency")
        return Reason("backup_in_use", text)
    return None


def formalities_are_over(objection: Objection, actor: Actor) -> Reason | None:
    """Seen to, run out, or not begun: in time only while they run."""
    session = object_session(objection)
    assert session, "a row that is shown belongs to a session"
    waits = running(session, objection, "reinspection_formalities") if objection.status == ADMITTED else []
    if not waits:
        return Reason("no_formalities", _("No formalities of a re-inspection are open"))
    if any(period.is_overdue(clock.now()) for period in waits):
        return Reason("late", _("The time for the formalities is over; the re-inspection is waived"))
    return None


OPEN = {RECEIVED, ADMITTED, IN_REINSPECTION}
# fmt: off
#                      move          from                         to                who may                provided that it
ADMIT     = Move("admit",     {RECEIVED},                  ADMITTED,         Can.OBJECTION_ADMIT,   [its_finding_stands], _("Admit the objection"), signs="admitted_by_id")
REFUSE    = Move("refuse",    {RECEIVED},                  REFUSED,          Can.OBJECTION_ADMIT,   [], _("Refuse the objection"))
REINSPECT = Move("reinspect", {ADMITTED},                  IN_REINSPECTION,  Can.OBJECTION_ADMIT,   [disputes_the_result, its_finding_stands, goes_to_another_laboratory, goes_to_the_drawn_laboratory, has_a_backup_portion], _("Send to re-inspection"))
DECIDE    = Move("decide",    {ADMITTED, IN_REINSPECTION}, DECIDED,          Can.OBJECTION_DECIDE,  [says_how_it_is_decided, was_admitted_by_someone_else, has_its_second_report, follows_from_the_second_report], _("Decide"), signs="decided_by_id")
WAIVE     = Move("waive",     {ADMITTED},                  WITHDRAWN,        Can.OBJECTION_LAPSE,   [its_formalities_ran_out], _("Record that the formalities were not seen to"))
WITHDRAW  = Move("withdraw",  OPEN,                        WITHDRAWN,        Can.OBJECTION_RECEIVE, [no_second_report_is_there], _("Record the withdrawal"))

OBJECT    = TellingMove("object", {TOLD},                  OBJECTED,         Can.OBJECTION_RECEIVE, [its_finding_stands], _("Record the objection"))
ACCEPT    = TellingMove("accept", {TOLD},                  ACCEPTED,         Can.OBJECTION_LAPSE,   [its_time_is_over], _("Record that the period ran out"))
# fmt: on

LIFE = Workflow(RECEIVED, [ADMIT, REFUSE, REINSPECT, DECIDE, WAIVE, WITHDRAW])
TELLING_LIFE = Workflow(TOLD, [OBJECT, ACCEPT])
