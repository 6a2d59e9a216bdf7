"""What follows from a finding: who was told, who objects, which platform is told to act; and how an objection ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from quality.clocks.days import day_of, due
from quality.clocks.explain import heading
from quality.clocks.models import Clock
from quality.clocks.queries import calendar, shown
from quality.clocks.rules import rule_on
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach, take_in
from quality.evidence.vault import vault_from
from quality.lab.models import Finding, FindingStatus, Impossible, Verdict
from quality.lab.operations import end_as_impossible
from quality.notices.operations import draft_notices, is_free
from quality.notices.operations.templates import chosen
from quality.objections import operations
from quality.objections.contents import name_of
from quality.objections.models import Decision, Ground, Letter, NoReinspection, Objection, Party, Proof
from quality.objections.operations.letters import kind_for
from quality.objections.queries import conclusion_letters, failed_items, tellings_of
from quality.pages.deadlines import Deadline, deadline
from quality.pages.forms.fields import Choice, Choices, Files, Form, Line, Moment, Paragraph, Yuan
from quality.pages.forms.letters import letter_page, proving, taking_back
from quality.pages.forms.notices import drafting
from quality.pages.forms.photos import (
    Carried,
    carrier,
    courier,
    no_photo,
    no_scan,
    offer_carriers,
    parcel_no,
    photo,
    seen,
    temperature,
    way_of,
    why_unscanned,
    without_needless_scan,
    without_needless_temperature,
)
from quality.pages.forms.sheet import Sheet, unchanged
from quality.pages.forms.told import TRY_OF_A_FINDING
from quality.pages.moments import day
from quality.pages.words import word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import PortionKind, Sample
from quality.web import settings


def is_confirmed(finding: Finding) -> bool:
    return finding.status == FindingStatus.CONFIRMED


def may_be_objected_to(finding: Finding) -> bool:
    """A result. What a re-inspection came to is final, and nobody's period begins with it."""
    return is_confirmed(finding) and finding.follows_id is None


def is_nonconforming(finding: Finding) -> bool:
    return is_confirmed(finding) and finding.verdict == Verdict.NONCONFORMING


class Telling(Form):
    party = Choice(_("Who received the result"))
    received_at = Moment(_("Received at"), _("Beijing time; the period to object runs from here"))
    proof = Choice(_("How you know"))
    receipt_no = Line(_("Number of the postal receipt"), optional=True)
    receipt = Files(_("The postal receipt"), _("A picture or a PDF of it"), optional=True, many=False)


def telling(_session: Session, _finding: Finding, _me: Actor) -> Telling:
    form = Telling(data={"received_at": clock.now(), "proof": Proof.POST.value})
    form.proof.offer({each.value: word("proof", each.value) for each in (Proof.POST, Proof.ENTERED)})
    form.party.offer({party.value: word("objecting_party", party.value) for party in Party})
    return form


def tell(session: Session, finding: Finding, form: Any, me: Actor, version: int) -> None:
    unchanged(session, finding, version)
    party, proof = Party(form.party.data), Proof(form.proof.data)
    shown = None
    if proof == Proof.POST:
        if not form.receipt.data:
            raise Invalid(FieldProblem("receipt", "missing", _("Choose the picture of the postal receipt")))
        vault = vault_from(settings().evidence_url)
        shown = take_in(session, vault, form.receipt.data[0].stream, kind=EvidenceKind.RECEIPT, by=me)
    elif form.receipt.data:
        said = _("A receipt was chosen: choose above that it came by post, or send without the picture")
        raise Invalid(FieldProblem("receipt", "not_by_post", said))
    told = operations.tell(
        session, finding, party, form.received_at.data, by=me, proof=proof, receipt_no=form.receipt_no.data
    )
    if shown:
        attach(session, finding, shown.sha256, EvidenceKind.RECEIPT, by=me, part=told)


class Sending(Form):
    party = Choice(_("To whom"))


def sending(session: Session, finding: Finding, _me: Actor) -> Sending:
    form, offered = Sending(), {}
    for party in Party:
        if name := name_of(finding, party):
            what = word("letter_kind", kind_for(session, finding, party))
            offered[party.value] = f"{word('objecting_party', party.value)}: {name} · {what}"
    form.party.offer(offered)
    return form


def send_letter(session: Session, finding: Finding, form: Any, me: Actor, version: int) -> operations.Sent:
    return operations.send_letter(session, finding, Party(form.party.data), by=me, version=version)


def conclusions_on_the_way(session: Session, finding: Finding) -> list[Letter]:
    return [each for each in conclusion_letters(session, finding) if each.received_at is None]


class Objecting(Form):
    party = Choice(_("Who objects"))
    ground = Choice(_("Ground"))
    items = Choices(_("Disputed items"), {}, _("Only where the result is disputed; nothing else is tested again"))
    result_received_at = Moment(_("They received the result at"), _("Beijing time"))
    received_at = Moment(_("The objection arrived at"), _("Beijing time"))


def objecting(_session: Session, finding: Finding, _me: Actor) -> Objecting:
    form = Objecting(data={"received_at": clock.now()})
    form.party.offer({party.value: word("objecting_party", party.value) for party in Party})
    form.ground.offer({ground.value: word("ground", ground.value) for ground in Ground})
    form.items.offered = {name: name for name in failed_items(finding)}
    form.items.data = list(form.items.offered)
    return form


class Period(NamedTuple):
    """One party's time to object: since when, until when, and the count."""

    party: Text
    received_at: datetime | None
    deadline: Deadline | None


def periods(session: Session, finding: Finding, _form: Any) -> dict[str, Any]:
    """Of each party that was told; and the rule, for those whose period begins with what is typed here."""
    told = {telling.id: telling for telling in tellings_of(session, finding)}
    running = sa.select(Clock).where(Clock.subject_type == "telling", Clock.subject_id.in_(told))
    clocks = session.scalars(running.where(Clock.rule == "objection").options(selectinload(Clock.changes))).all()
    known, now = calendar(session), clock.now()
    rule = rule_on("objection", day_of(now))
    return {
        "periods": [
            Period(
                word("objecting_party", told[each.subject_id].party),
                told[each.subject_id].received_at,
                deadline(session, shown(each, now), known),
            )
            for each in clocks
        ],
        "rule": heading(rule),
        "from_today": day(due(rule, now, known).due_on),
    }


def take_objection(session: Session, finding: Finding, form: Any, me: Actor, version: int) -> None:
    unchanged(session, finding, version)
    operations.receive(
        session,
        finding,
        by=me,
        party=Party(form.party.data),
        ground=Ground(form.ground.data),
        result_received_at=form.result_received_at.data,
        received_at=form.received_at.data,
        items=form.items.data if form.ground.data == Ground.RESULT else None,
    )


def draft(session: Session, finding: Finding, form: Any, me: Actor, version: int) -> None:
    unchanged(session, finding, version)
    draft_notices(session, [finding], by=me, template=chosen(session, me, None), **form.data)


class Deciding(Form):
    decision = Choice(_("Decision"))
    no_reinspection = Choice(_("Why there is no second report"), optional=True)
    cost_fen = Yuan(_("Cost of the re-inspection"), _("In yuan; the side pays that was wrong"), optional=True)
    reason = Paragraph(_("Reasons"), _("The party reads this; needed where no second report speaks"), optional=True)


def deciding(_session: Session, _objection: Objection, _me: Actor) -> Deciding:
    form = Deciding()
    form.decision.offer({decision.value: word("decision", decision.value) for decision in Decision})
    form.no_reinspection.offer(
        {why.value: word("no_reinspection", why.value) for why in NoReinspection if why != NoReinspection.WAIVED}
    )
    return form


def decide(session: Session, objection: Objection, form: Any, me: Actor, version: int) -> None:
    operations.decide(
        session,
        objection,
        Decision(form.decision.data),
        by=me,
        reason=form.reason.data,
        cost_fen=form.cost_fen.data,
        no_reinspection=NoReinspection(form.no_reinspection.data) if form.no_reinspection.data else None,
        version=version,
    )


class Reinspecting(Carried):
    carrier = carrier()
    courier = courier()
    parcel_no = parcel_no()
    place = Line(_("Place of the hand-over"), optional=True)
    no_scan = no_scan()
    temperature = temperature()
    photo = photo(_("The packed portion with its seal, as it leaves"))
    no_photo = no_photo()


def reinspecting(session: Session, objection: Objection, _me: Actor) -> Reinspecting:
    form = Reinspecting()
    if objection.laboratory:
        form.carrier.description = str(_("To %(name)s, which was drawn", name=objection.laboratory.name))
    sample = objection.finding.sample
    without_needless_scan(session, form, sample.portion(PortionKind.BACKUP))
    return without_needless_temperature(offer_carriers(session, form, sample), sample.campaign.category)


def label_of_the_backup(_session: Session, objection: Objection, form: Any) -> dict[str, Any]:
    sample = objection.finding.sample
    return {"sample": sample, "unscanned": sample.portion(PortionKind.BACKUP) if "no_scan" in form else None}


def reinspect(session: Session, objection: Objection, form: Any, me: Actor, version: int) -> None:
    drawn = objection.laboratory
    assert drawn, "is_drawn is asked before the form opens"
    operations.send_to_reinspection(
        session,
        objection,
        drawn,
        by=me,
        way=way_of(form),
        no_scan=why_unscanned(form),
        shown=seen(session, form, me),
        version=version,
    )


class Ending(Form):
    cause = Choice(_("Why no conclusion can be had"))
    reason = Paragraph(_("Note"))


def ending(_session: Session, _sample: Sample, _me: Actor) -> Ending:
    form = Ending()
    form.cause.offer({cause.value: word("sample_exit", cause.value) for cause in Impossible})
    return form


def end(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    cause = Impossible(form.cause.data)
    end_as_impossible(session, sample, cause, by=me, reason=form.reason.data, version=version)


END_AS_IMPOSSIBLE = Sheet(
    ending,
    end,
    _("The sample ends without a conclusion and stays in the figures as untested."),
    answers=frozenset({"no_reason"}),
)
FINDING_SHEETS = {
    "tell": Sheet(telling, tell, label=_("Record who was told"), by=Can.OBJECTION_RECEIVE, is_due=may_be_objected_to),
    "letter": Sheet(
        sending,
        send_letter,
        _("The notice is sealed for this party alone. You get a link to send on: who opens it needs no account."),
        label=_("Send a letter with a link"),
        by=Can.OBJECTION_RECEIVE,
        is_due=is_confirmed,
        shows_once=letter_page,
    ),
    "prove_receipt": proving(
        conclusions_on_the_way,
        operations.prove_receipt,
        _("For a conclusion that arrived by post. No period begins: nobody may object to it."),
        label=_("Record the postal receipt of a conclusion"),
        by=Can.OBJECTION_RECEIVE,
        is_due=is_confirmed,
        none_waits=_("No conclusion that was sent waits for its receipt"),
    ),
    "take_back_letter": taking_back(operations.take_back_letter, by=Can.OBJECTION_RECEIVE),
    "note_try": TRY_OF_A_FINDING,
    "object": Sheet(
        objecting,
        take_objection,
        label=_("Take in an objection"),
        by=Can.OBJECTION_RECEIVE,
        is_due=may_be_objected_to,
        template="desk/objecting.html",
        shown=periods,
    ),
    "draft_notice": Sheet(
        drafting,
        draft,
        _("The tested listing is put on a draft to its platform; another person approves it before it goes out."),
        label=_("Draft a disposal notice"),
        by=Can.NOTICE_DRAFT,
        is_due=is_nonconforming,
        also=(is_free,),
    ),
}
OBJECTION_SHEETS = {
    "decide": Sheet(
        deciding,
        decide,
        answers=frozenset({"no_decision", "needs_reinspection", "no_second_report", "can_be_reinspected"}),
    ),
    "reinspect": Sheet(
        reinspecting,
        reinspect,
        _("This records that the party has seen to its formalities. The portion goes out under its own blind number."),
        template="desk/reinspect.html",
        shown=label_of_the_backup,
    ),
}
