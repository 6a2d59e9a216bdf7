"""What is asked about letters with a link, whatever they tell: the page that shows the link, receipt, taking back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import render_template, url_for
from sqlalchemy.orm import Session, object_session

from quality.core import clock
from quality.core.words import Reason, Text, _
from quality.core.workflow import Case
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach, take_in
from quality.evidence.vault import vault_from
from quality.objections.models import Letter
from quality.objections.operations import Sent
from quality.objections.queries import letters_about
from quality.pages.forms.fields import Choice, Files, Form, Line, Moment
from quality.pages.forms.sheet import Sheet, unchanged
from quality.pages.moments import moment
from quality.pages.qr import qr_of
from quality.people.actor import Actor
from quality.permissions import Can
from quality.web import settings

Waiting = Callable[[Session, Any], Sequence[Letter]]


def letter_page(case: Any, sent: Sent) -> str:
    """The address, this once: of it only the hash is kept."""
    address = settings().public_url + url_for("reply.page", link=sent.token)
    back = url_for("desk.dossier", kind=case.__tablename__, number=case.number)
    return render_template(
        "desk/letter.html", case=case, back=back, letter=sent.letter, address=address, qr=qr_of(address)
    )


def sent_to(letter: Letter) -> Text:
    return _("%(party)s, sent %(at)s", party=letter.addressee, at=moment(letter.sent_at))


def session_of(case: Case) -> Session:
    session = object_session(case)
    assert session, "a row that is shown belongs to a session"
    return session


def chosen(session: Session, case: Case, form: Any) -> Letter:
    return next(each for each in letters_about(session, case) if str(each.id) == form.letter.data)


class TakingBack(Form):
    letter = Choice(_("Which link"))


def open_links(session: Session, case: Case) -> list[Letter]:
    return [each for each in letters_about(session, case) if each.taken_back_at is None]


def taking_back(act: Callable[..., None], *, by: Can) -> Sheet:
    def form(session: Session, case: Case, _me: Actor) -> TakingBack:
        made = TakingBack()
        made.letter.offer({str(each.id): sent_to(each) for each in open_links(session, case)})
        return made

    def has_a_link_that_opens(case: Case, _actor: Actor) -> Reason | None:
        if open_links(session_of(case), case):
            return None
        return Reason("no_link", _("No link that was sent about this is open"))

    def take(session: Session, case: Case, form: Any, me: Actor, version: int) -> None:
        act(session, chosen(session, case, form), by=me, version=version)

    return Sheet(
        form,
        take,
        _("The link opens nothing any more. What was received by it stays received."),
        label=_("Take a link back"),
        by=by,
        also=(has_a_link_that_opens,),
        may_wait=True,
    )


class Receipt(Form):
    letter = Choice(_("Which letter"))
    received_at = Moment(_("Received at"), _("Beijing time"))
    receipt_no = Line(_("Number of the postal receipt"))
    receipt = Files(_("The postal receipt"), _("A picture or a PDF of it"), many=False)


def proving(
    waiting: Waiting,
    act: Callable[..., None],
    says: Text,
    *,
    label: Text,
    by: Can,
    none_waits: Text,
    is_due: Callable[[Any], bool] = lambda _case: True,
) -> Sheet:
    """`waiting` are the letters that may still arrive by post."""

    def form(session: Session, case: Case, _me: Actor) -> Receipt:
        made = Receipt(data={"received_at": clock.now()})
        made.letter.offer({str(each.id): sent_to(each) for each in waiting(session, case)})
        return made

    def one_waits(case: Case, _actor: Actor) -> Reason | None:
        return None if waiting(session_of(case), case) else Reason("no_letter", none_waits)

    def prove(session: Session, case: Case, form: Any, me: Actor, version: int) -> None:
        unchanged(session, case, version)
        vault = vault_from(settings().evidence_url)
        shown = take_in(session, vault, form.receipt.data[0].stream, kind=EvidenceKind.RECEIPT, by=me)
        act(session, chosen(session, case, form), form.received_at.data, form.receipt_no.data, by=me)
        attach(session, case, shown.sha256, EvidenceKind.RECEIPT, by=me)

    return Sheet(form, prove, says, label=label, by=by, is_due=is_due, also=(one_waits,), may_wait=True)
