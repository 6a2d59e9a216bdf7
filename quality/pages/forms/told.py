"""Telling that a sample was taken, and how a person tried to reach somebody: forms of samples and findings."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.words import Reason, Text, _
from quality.informing import operations
from quality.informing.models import Outcome, SampleNotice, Way
from quality.informing.operations import Told, Tried
from quality.informing.queries import notice_to, notices_of
from quality.lab.models import Finding
from quality.objections.models import Letter, Party
from quality.objections.queries import letters_about
from quality.pages.forms.fields import Choice, Form, Line, Moment, Paragraph
from quality.pages.forms.letters import sent_to, session_of
from quality.pages.forms.sheet import Sheet
from quality.pages.qr import qr_of
from quality.pages.words import word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Sample
from quality.web import settings


class Asking(Form):
    """Nothing is asked: whom it goes to, the listing says."""


def asking(_session: Session, _sample: Sample, _me: Actor) -> Asking:
    return Asking()


def tell_platform(session: Session, sample: Sample, _form: Any, me: Actor, version: int) -> Told:
    return operations.tell(session, sample, Party.PLATFORM, by=me, version=version)


def tell_seller(session: Session, sample: Sample, _form: Any, me: Actor, version: int) -> Told:
    return operations.tell(session, sample, Party.SELLER, by=me, version=version)


def platform_knows(sample: Sample, _by: Actor) -> Reason | None:
    told = notice_to(session_of(sample), sample, Party.PLATFORM)
    return Reason("told_already", _("%(name)s was told already", name=told.addressee)) if told else None


def seller_has_it(sample: Sample, _by: Actor) -> Reason | None:
    told = notice_to(session_of(sample), sample, Party.SELLER)
    if told is None or told.received_at is None:
        return None
    return Reason("told_already", _("%(name)s was told already", name=told.addressee))


def link_page(sample: Sample, told: Told) -> str:
    """The address, this once: of it only the hash is kept."""
    address = settings().public_url + url_for("told_link.page", link=told.token)
    back = url_for("desk.dossier", kind="sample", number=sample.number)
    return render_template(
        "desk/told_link.html", sample=sample, back=back, notice=told.notice, address=address, qr=qr_of(address)
    )


class Trying(Form):
    whom = Choice(_("Whom you tried to reach"))
    way = Choice(_("How you tried"))
    outcome = Choice(_("What came of it"))
    at = Moment(_("When"), _("Beijing time"))
    receipt_no = Line(_("Number of the postal receipt"), _("Where it arrived by post"), optional=True)
    note = Paragraph(_("What else is to be known"), _("Such as who answered"), optional=True, rows=2)


def trying(offered: dict[str, Text], outcomes: list[Outcome]) -> Trying:
    form = Trying(data={"at": clock.now(), "way": Way.TELEPHONE.value})
    form.whom.offer(offered)
    form.way.offer({each.value: word("told_way", each) for each in Way})
    form.outcome.offer({each.value: word("told_outcome", each) for each in outcomes})
    return form


def called(notice: SampleNotice) -> Text:
    return f"{word('objecting_party', notice.party)}: {notice.addressee}"


def trying_of_a_sample(session: Session, sample: Sample, _me: Actor) -> Trying:
    return trying({str(each.id): called(each) for each in waiting(session, sample)}, list(Outcome))


def waiting(session: Session, sample: Sample) -> list[SampleNotice]:
    return [each for each in notices_of(session, sample) if each.received_at is None]


def one_waits(sample: Sample, _by: Actor) -> Reason | None:
    return None if waiting(session_of(sample), sample) else Reason("nobody_waits", _("Everybody who was told has it"))


def note_try(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    notice = next(each for each in waiting(session, sample) if str(each.id) == form.whom.data)
    operations.note_try(session, notice, tried(form), by=me, version=version)


def tried(form: Any) -> Tried:
    return Tried(Way(form.way.data), Outcome(form.outcome.data), form.at.data, form.receipt_no.data, form.note.data)


def is_told(sample: Sample) -> bool:
    return bool(sample.task_id and notices_of(session_of(sample), sample))


def is_bought(sample: Sample) -> bool:
    return sample.task_id is not None


# --- letters about a finding ---


def unanswered(session: Session, finding: Finding) -> list[Letter]:
    return [each for each in letters_about(session, finding) if each.received_at is None]


def trying_of_a_finding(session: Session, finding: Finding, _me: Actor) -> Trying:
    offered = {str(each.id): sent_to(each) for each in unanswered(session, finding)}
    return trying(offered, [Outcome.UNREACHABLE, Outcome.REFUSED])


def a_letter_waits(finding: Finding, _by: Actor) -> Reason | None:
    if unanswered(session_of(finding), finding):
        return None
    return Reason("nobody_waits", _("Every letter that was sent about this was received"))


def note_try_of_letter(session: Session, finding: Finding, form: Any, me: Actor, version: int) -> None:
    letter = next(each for each in unanswered(session, finding) if str(each.id) == form.whom.data)
    operations.note_try_of_letter(session, letter, finding, tried(form), by=me, version=version)


TOLD_SHEETS = {
    "tell_platform": Sheet(
        asking,
        tell_platform,
        _("The platform finds the notice on its pages and by its key. Who opens it there proves that it came. Tell "
          "nobody while others of the same shop are still being bought."),
        label=_("Tell the platform that it was taken"),
        by=Can.SAMPLE_TELL,
        is_due=is_bought,
        also=(platform_knows,),
        may_wait=True,
    ),
    "tell_seller": Sheet(
        asking,
        tell_seller,
        _("You get a link to send on: who opens it needs no account. A link that was sent before opens nothing any "
          "more. Tell nobody while others of the same shop are still being bought."),
        label=_("Tell the seller by a link"),
        by=Can.SAMPLE_TELL,
        is_due=is_bought,
        also=(seller_has_it,),
        may_wait=True,
        shows_once=link_page,
    ),
    "note_try": Sheet(
        trying_of_a_sample,
        note_try,
        _("What arrived is on record as received then. Who was not reached stays in the list of those."),
        label=_("Write down an attempt"),
        by=Can.SAMPLE_TELL,
        is_due=is_told,
        also=(one_waits,),
        may_wait=True,
    ),
}  # fmt: skip
TRY_OF_A_FINDING = Sheet(
    trying_of_a_finding,
    note_try_of_letter,
    _("For tries that came to nothing. What arrived is recorded as a receipt, from which the periods run."),
    label=_("Write down an attempt"),
    by=Can.OBJECTION_RECEIVE,
    is_due=lambda finding: bool(letters_about(session_of(finding), finding)),
    also=(a_letter_waits,),
    may_wait=True,
)
