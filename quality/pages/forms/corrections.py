"""What is asked about a correction and a transfer: the order, what the party reports, re-checks, what follows them."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session, object_session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Reason, Text, _
from quality.corrections import operations
from quality.corrections.models import Correction, CorrectionStatus, Outcome, Transfer
from quality.corrections.queries import live_correction, live_transfer, newest_paper, region_of
from quality.corrections.workflow import ANNOUNCED, WITH_THE_PARTY, may_be_rechecked, no_step_waits
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import take_in
from quality.evidence.vault import vault_from
from quality.lab.models import Finding
from quality.objections.contents import name_of
from quality.objections.models import Letter, Party
from quality.objections.queries import letters_about
from quality.pages.forms.fields import Choice, Day, Files, Form, Line, Moment, Paragraph
from quality.pages.forms.findings import is_nonconforming
from quality.pages.forms.letters import letter_page, proving, taking_back
from quality.pages.forms.sheet import Sheet, unchanged
from quality.pages.words import word
from quality.people.actor import Actor
from quality.people.regions import is_elsewhere, province_of
from quality.permissions import Can
from quality.web import settings

MAKERS = (Party.PRODUCER, Party.SELLER)
REGION = _("Six digits (GB/T 2260), such as 330100")


def held(session: Session, form: Any, name: str, kind: EvidenceKind, me: Actor) -> list[str]:
    """The files of a field, taken in; what is wrong with one is said at the field."""
    vault = vault_from(settings().evidence_url)
    try:
        return [take_in(session, vault, each.stream, kind=kind, by=me).sha256 for each in form[name].data or []]
    except Invalid as wrong:
        raise Invalid(*(FieldProblem(name, each.code, each.text) for each in wrong.problems)) from None


def parties(session: Session, finding: Finding, live: Any) -> dict[str, Text]:
    """Seller and producer, as far as they have a name and nothing is going on with them yet."""
    named = {party: name_of(finding, party) for party in MAKERS}
    return {
        party.value: f"{word('objecting_party', party.value)}: {name}"
        for party, name in named.items()
        if name and live(session, finding, party) is None
    }


# --- on the page of a finding ---


class Ordering(Form):
    party = Choice(_("Who must correct"))
    demands = Paragraph(_("What must be corrected"), _("The party reads this in the order"), rows=6)
    region = Line(_("Region of the party"), REGION, optional=True)


def ordering(session: Session, finding: Finding, _me: Actor) -> Ordering:
    offered = parties(session, finding, live_correction)
    first = next(iter(offered), None)
    form = Ordering(data={"party": first, "region": region_of(finding, Party(first)) if first else None})
    form.party.offer(offered)
    return form


def order(session: Session, finding: Finding, form: Any, me: Actor, version: int) -> Correction:
    unchanged(session, finding, version)
    return operations.propose_order(
        session, finding, Party(form.party.data), form.demands.data, by=me, region=form.region.data or ""
    )


class HandingOver(Form):
    party = Choice(_("Whose authority is in charge"))
    authority = Line(_("Authority that takes it over"))
    region = Line(_("Region of that authority"), REGION)
    what = Paragraph(_("What is handed over"), _("Papers, files, goods: one a line"))
    reason = Paragraph(_("Reason"), rows=2)


def handing_over(session: Session, finding: Finding, _me: Actor) -> HandingOver:
    offered = parties(session, finding, live_transfer)
    first = next(iter(offered), None)
    form = HandingOver(data={"party": first, "region": region_of(finding, Party(first)) if first else None})
    form.party.offer(offered)
    return form


def hand_over(session: Session, finding: Finding, form: Any, me: Actor, version: int) -> Transfer:
    unchanged(session, finding, version)
    return operations.propose_transfer(
        session,
        finding,
        Party(form.party.data),
        by=me,
        authority=form.authority.data,
        region=form.region.data,
        what=form.what.data,
        reason=form.reason.data,
    )


def somebody_is_left_to_order(finding: Finding, _actor: Actor) -> Reason | None:
    return _left(finding, live_correction, _("Seller and producer have their orders already, or nobody names them"))


def somebody_is_left_to_hand_over(finding: Finding, _actor: Actor) -> Reason | None:
    return _left(finding, live_transfer, _("It is handed over already, or nobody is named whom it concerns"))


def _left(finding: Finding, live: Any, text: Text) -> Reason | None:
    session = object_session(finding)
    assert session, "a row that is shown belongs to a session"
    return None if parties(session, finding, live) else Reason("nobody_left", text)


FINDING_CORRECTED = {
    "order_correction": Sheet(
        ordering,
        order,
        _("The order is in force once another person confirms it: the time to correct runs from then on."),
        label=_("Order a correction"),
        by=Can.CORRECTION_PROPOSE,
        is_due=is_nonconforming,
        may_wait=True,
        also=[somebody_is_left_to_order],
        goes_on=lambda _finding, came: url_for("desk.dossier", kind="correction", number=came.number),
    ),
    "hand_over": Sheet(
        handing_over,
        hand_over,
        _("To the authority of the party's own region. Another person reads it and sends it under a sealed cover."),
        label=_("Hand over to another region"),
        by=Can.TRANSFER_PROPOSE,
        is_due=is_nonconforming,
        may_wait=True,
        also=[somebody_is_left_to_hand_over],
        goes_on=lambda _finding, came: url_for("desk.dossier", kind="transfer", number=came.number),
    ),
}


# --- on the page of a correction ---


class Reporting(Form):
    statement = Paragraph(_("What the party says that it corrected"), rows=6)
    received_at = Moment(_("The report arrived at"), _("Beijing time"))
    files = Files(_("What it sent with it"), optional=True)


def reporting(_session: Session, _correction: Correction, _me: Actor) -> Reporting:
    return Reporting(data={"received_at": clock.now()})


def report(session: Session, correction: Correction, form: Any, me: Actor, version: int) -> None:
    unchanged(session, correction, version)
    files = held(session, form, "files", EvidenceKind.CORRECTION, me)
    operations.report(session, correction, form.statement.data, form.received_at.data, by=me, evidence=files)


class Rechecking(Form):
    verdict = Choice(_("What the re-check came to"))
    seen_at = Moment(_("Looked at"), _("Beijing time"))
    says = Paragraph(_("What was seen"), _("Where, by whom, and what was found of each point of the order"), rows=6)
    finding = Line(
        _("Finding on goods that were bought anew"),
        _("Its number, where samples were bought and tested again; else choose what shows it below"),
        optional=True,
    )
    evidence = Files(_("What shows it"), _("Pictures, videos, documents"), optional=True)


def rechecking(_session: Session, _correction: Correction, _me: Actor) -> Rechecking:
    form = Rechecking(data={"seen_at": clock.now()})
    form.verdict.offer({each.value: word("correction_outcome", each.value) for each in Outcome})
    return form


def recheck(session: Session, correction: Correction, form: Any, me: Actor, version: int) -> None:
    unchanged(session, correction, version)
    found = operations.Recheck(
        verdict=Outcome(form.verdict.data),
        seen_at=form.seen_at.data,
        says=form.says.data,
        finding=form.finding.data or "",
        evidence=held(session, form, "evidence", EvidenceKind.LOOK, me),
    )
    operations.enter_recheck(session, correction, found, by=me)


class Announcing(Form):
    authority = Line(_("Authority of the province that announces"))
    says = Paragraph(_("Reasons"), _("The public reads this"), rows=6)


def announcing(_session: Session, correction: Correction, _me: Actor) -> Announcing:
    above = correction.agency.superior
    return Announcing(data={"authority": above.name if above else ""})


def announce(session: Session, correction: Correction, form: Any, me: Actor, version: int) -> None:
    operations.propose_announcement(session, correction, form.authority.data, form.says.data, by=me, version=version)


class Suspending(Form):
    says = Paragraph(_("Reasons"), _("The authority that licenses reads this, and the party"), rows=6)


def suspending(_session: Session, _correction: Correction, _me: Actor) -> Suspending:
    return Suspending()


def suspend(session: Session, correction: Correction, form: Any, me: Actor, version: int) -> None:
    operations.propose_suspension(session, correction, form.says.data, by=me, version=version)


def at(*statuses: CorrectionStatus) -> Any:
    return lambda correction: correction.status in statuses


CORRECTION_SHEETS = {
    "report": Sheet(reporting, report, _("What it says is a claim: it is re-checked whether it is so.")),
    "recheck": Sheet(
        rechecking,
        recheck,
        _("It rests on goods that were bought and tested anew, or on what somebody saw. Another person confirms it."),
        label=_("Enter a re-check"),
        by=Can.CORRECTION_PROPOSE,
        is_due=at(*WITH_THE_PARTY, ANNOUNCED),
        also=[no_step_waits, may_be_rechecked],
    ),
    "announcement": Sheet(
        announcing,
        announce,
        _("Somebody other than who ordered the correction confirms it. The second re-check counts from then on."),
        label=_("Propose the provincial announcement"),
        by=Can.CORRECTION_PROPOSE,
        is_due=at(CorrectionStatus.FAILED),
        also=[no_step_waits],
    ),
    "suspension": Sheet(
        suspending,
        suspend,
        label=_("Propose the suspension"),
        by=Can.CORRECTION_PROPOSE,
        is_due=at(CorrectionStatus.SECOND_FAILED),
        also=[no_step_waits],
    ),
}


class Telling(Form):
    """Nothing is asked: the newest paper goes to the one party of the case."""


def telling(_session: Session, _correction: Correction, _me: Actor) -> Telling:
    return Telling()


def send_letter(session: Session, correction: Correction, _form: Any, me: Actor, version: int) -> Any:
    return operations.send_letter(session, correction, by=me, version=version)


def on_the_way(session: Session, correction: Correction) -> list[Letter]:
    there = letters_about(session, correction)
    return [each for each in there if each.received_at is None and each.taken_back_at is None]


CORRECTION_LETTERS = {
    "letter": Sheet(
        telling,
        send_letter,
        _("The newest paper of this case goes to its party. You get a link to send on: who opens it needs no account."),
        label=_("Send a letter with a link"),
        by=Can.CORRECTION_REPORT,
        is_due=lambda correction: newest_paper(correction) is not None,
        may_wait=True,
        shows_once=letter_page,
    ),
    "prove_receipt": proving(
        on_the_way,
        operations.prove_receipt,
        _("For a letter that arrived by post."),
        label=_("Record the postal receipt of a letter"),
        by=Can.CORRECTION_REPORT,
        none_waits=_("No letter that was sent waits for its receipt"),
    ),
    "take_back_letter": taking_back(operations.take_back_letter, by=Can.CORRECTION_REPORT),
}


# --- on the page of a transfer ---


class Receipt(Form):
    receipt_no = Line(_("Number of the receipt"))
    received_on = Day(_("Received there on"))
    receipt = Files(_("The receipt"), _("A picture or a PDF of it"), many=False)


def receipting(_session: Session, _transfer: Transfer, _me: Actor) -> Receipt:
    return Receipt()


def enter_receipt(session: Session, transfer: Transfer, form: Any, me: Actor, version: int) -> None:
    unchanged(session, transfer, version)
    [picture] = held(session, form, "receipt", EvidenceKind.RECEIPT, me) or [""]
    operations.enter_receipt(session, transfer, form.receipt_no.data, form.received_on.data, picture, by=me)


TRANSFER_SHEETS = {"receipt": Sheet(receipting, enter_receipt, answers=frozenset({"no_receipt"}))}


def region_told(region: str | None) -> Text:
    """The code, with its province where it has one."""
    if not region:
        return _("not known")
    name = province_of(region)
    return f"{region} · {name}" if name else region


def elsewhere_of(session: Session, finding: Finding) -> list[Text]:
    """Whose address or code tells that another region is in charge, and of whom nothing is handed over yet."""
    own = finding.sample.campaign.agency.region
    return [
        _("%(name)s is in another region's charge (%(region)s)", name=name_of(finding, each), region=region_told(there))
        for each in MAKERS
        if is_elsewhere(there := region_of(finding, each), own) and live_transfer(session, finding, each) is None
    ]
