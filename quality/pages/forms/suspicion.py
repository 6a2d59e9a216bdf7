"""Goods that a laboratory suspects: it stops and says why, with what it saw; the agency decides."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quality.core.words import _
from quality.evidence.models import EvidenceKind
from quality.lab import operations
from quality.lab.queries import suspicion_about
from quality.lab.workflow import nothing_was_entered
from quality.pages.forms.exhibits import taken_in
from quality.pages.forms.fields import Choice, Files, Form, Line, Paragraph
from quality.pages.forms.photos import Photographed, no_photo, photo, seen
from quality.pages.forms.sheet import Sheet
from quality.pages.words import word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Portion, PortionKind, PortionStatus, Sample, Untested


class Stopping(Form):
    kind = Choice(_("What you suspect"))
    reason = Paragraph(_("What you saw"), _("Marks, licence, packaging; the agency decides by it"))
    files = Files(_("Pictures and documents"), _("What shows it: marks, the register of licences"), optional=True)


def stopping(_session: Session, _portion: Portion, _me: Actor) -> Stopping:
    form = Stopping()
    form.kind.offer({each.value: word("suspicion", each.value) for each in Untested})
    return form


def stop(session: Session, portion: Portion, form: Any, me: Actor, version: int) -> None:
    sent = taken_in(session, form.files.data or [], EvidenceKind.SUSPICION, by=me)
    kind, reason = Untested(form.kind.data), form.reason.data
    operations.stop_testing(session, portion, kind, reason, by=me, evidence=sent, version=version)


class GoingOn(Form):
    reason = Paragraph(_("Why it is tested after all"), _("The laboratory reads this"))


def held_portion(sample: Sample) -> Portion | None:
    return next((each for each in sample.portions if each.status == PortionStatus.HELD), None)


def stopped_portion(sample: Sample) -> Portion | None:
    return next((each for each in sample.portions if each.status == PortionStatus.STOPPED), None)


def go_on(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    stopped = stopped_portion(sample)
    kind = stopped.kind if stopped else PortionKind.TEST
    operations.go_on(session, sample, kind, form.reason.data, by=me, version=version)


class HandingOn(Photographed):
    kind = Choice(_("Reason"))
    authority = Line(_("Authority"), _("Which authority takes the goods"))
    reason = Paragraph(_("Why it is not tested"), _("The laboratory reads this"))
    photo = photo(_("The portions with their seals, as the authority takes them"))
    no_photo = no_photo()


def handing_on(session: Session, sample: Sample, _me: Actor) -> HandingOn:
    stopped = stopped_portion(sample)
    said = suspicion_about(session, stopped) if stopped else None
    form = HandingOn(data={"kind": said.kind.value} if said else None)
    form.kind.offer({each.value: word("sample_exit", each.value) for each in Untested})
    return form


def hand_on(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    kind, authority = Untested(form.kind.data), form.authority.data
    shown, reason = seen(session, form, me), form.reason.data
    operations.hand_on_untested(session, sample, kind, authority, reason, by=me, seen=shown, version=version)


class HandingOnBackup(Photographed):
    authority = Line(_("Authority"), _("Which authority takes the goods"))
    reason = Paragraph(_("Why it is not tested"), _("The laboratory reads this"))
    photo = photo(_("The portion with its seal, as the authority takes it"))
    no_photo = no_photo()


def hand_on_backup(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    shown, authority, reason = seen(session, form, me), form.authority.data, form.reason.data
    operations.hand_on_backup(session, sample, authority, reason, by=me, seen=shown, version=version)


def backup_is_stopped(sample: Sample) -> bool:
    return sample.portion(PortionKind.BACKUP).status == PortionStatus.STOPPED


STOP_SHEETS = {
    "stop": Sheet(
        stopping,
        stop,
        _("For goods that may be counterfeit or may not be sold at all. Nothing is tested until the agency decides."),
        also=[nothing_was_entered],
    )
}
SUSPICION_SHEETS = {
    "go_on": Sheet(
        lambda _session, _sample, _me: GoingOn(),
        go_on,
        _("The time for the report runs on from here."),
        label=_("Let the test go on"),
        by=Can.SAMPLE_CLOSE,
        is_due=lambda sample: stopped_portion(sample) is not None,
    ),
    "end_untested": Sheet(
        handing_on,
        hand_on,
        _("Both portions go to the authority. The sample is never tested, and counts as untested for this reason."),
        answers=frozenset({"no_reason"}),
    ),
    "hand_on_backup": Sheet(
        lambda _session, _sample, _me: HandingOnBackup(),
        hand_on_backup,
        _("The backup portion goes to the authority untested. What was concluded stands; then decide the objection."),
        label=_("Hand the backup portion on to the authority"),
        by=Can.SAMPLE_CLOSE,
        is_due=backup_is_stopped,
    ),
}
