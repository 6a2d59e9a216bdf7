"""The life of an objection: received, admitted, re-inspected by another laboratory, decided."""

from __future__ import annotations

from quality.core.words import Reason, _
from quality.core.workflow import Transition, Workflow
from quality.objections.models import Decision, Ground, Objection, ObjectionStatus
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import PortionKind, PortionStatus

RECEIVED, ADMITTED, IN_REINSPECTION, DECIDED, REFUSED, WITHDRAWN = ObjectionStatus
Move = Transition[Objection]


def goes_to_another_laboratory(objection: Objection, actor: Actor) -> Reason | None:
    if objection.laboratory_id is None:
        return Reason("no_laboratory", _("Choose the laboratory"))
    if objection.laboratory_id == objection.finding.report.laboratory_id:
        return Reason("same_laboratory", _("The re-inspection goes to another laboratory than the first"))
    return None


def has_a_backup_portion(objection: Objection, actor: Actor) -> Reason | None:
    portion = objection.finding.sample.portion(PortionKind.BACKUP)
    if portion.status != PortionStatus.SEALED:
        return Reason("no_backup", _("There is no sealed backup portion; the first result stands"))
    return None


def has_its_second_report(objection: Objection, actor: Actor) -> Reason | None:
    """A re-inspection is decided by its report, and by nothing else; a doubt about the origin needs none."""
    if objection.status == IN_REINSPECTION and (objection.report is None or objection.report.status != "authorised"):
        return Reason("no_second_report", _("The re-inspection report is not authorised yet"))
    if objection.status == ADMITTED and objection.ground == Ground.RESULT:
        return Reason("needs_reinspection", _("An objection to the result is decided by a re-inspection"))
    return None


def says_how_it_is_decided(objection: Objection, actor: Actor) -> Reason | None:
    return None if objection.decision in set(Decision) else Reason("no_decision", _("Choose the decision"))


# fmt: off
#                 move          from                                       to                who may                provided that it
ADMIT    = Move("admit",     {RECEIVED},                                ADMITTED,         Can.OBJECTION_ADMIT,   [], _("Admit the objection"))
REFUSE   = Move("refuse",    {RECEIVED},                                REFUSED,          Can.OBJECTION_ADMIT,   [], _("Refuse the objection"))
REINSPECT = Move("reinspect", {ADMITTED},                               IN_REINSPECTION,  Can.OBJECTION_ADMIT,   [goes_to_another_laboratory, has_a_backup_portion], _("Send to re-inspection"))
DECIDE   = Move("decide",    {ADMITTED, IN_REINSPECTION},               DECIDED,          Can.OBJECTION_DECIDE,  [says_how_it_is_decided, has_its_second_report], _("Decide"))
WITHDRAW = Move("withdraw",  {RECEIVED, ADMITTED, IN_REINSPECTION},     WITHDRAWN,        Can.OBJECTION_RECEIVE, [], _("Record the withdrawal"))
# fmt: on

LIFE = Workflow(RECEIVED, [ADMIT, REFUSE, REINSPECT, DECIDE, WITHDRAW])
