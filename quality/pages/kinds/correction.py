"""The dossier of a correction: what must be corrected, the steps that two persons took, what the party says of it."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session, joinedload, selectinload

from quality.clocks.days import day_of
from quality.clocks.queries import running
from quality.core import clock
from quality.core.words import Text, _
from quality.core.workflow import name_of
from quality.corrections.models import Correction, CorrectionStatus, StepKind, StepStatus
from quality.corrections.operations import confirm, reject, withdraw
from quality.corrections.queries import is_to_be_told, one_visible, transfers_of, visible_to, waits_to_be_told
from quality.corrections.workflow import LIFE, OPEN, STEP_LIFE
from quality.lab.models import Finding
from quality.objections.models import SentFile
from quality.objections.queries import files_of, letters_about
from quality.pages.forms.corrections import CORRECTION_LETTERS, CORRECTION_SHEETS, region_told
from quality.pages.judging import rows_of, weights_of
from quality.pages.kinds.narrowing import About, in_campaign
from quality.pages.kinds.shape import Dossier, Fact, Kind, Made, link
from quality.pages.moments import apart, day, moment
from quality.pages.timeline import name_for
from quality.pages.words import STATUSES, Party, Status, word
from quality.people.actor import Actor
from quality.people.queries import who_may
from quality.permissions import Can
from quality.purchases.models import Sample

CONFIRM = {
    StepKind.ORDER: _("Confirm or reject the order to correct"),
    StepKind.RECHECK: _("Confirm or reject the re-check"),
    StepKind.ANNOUNCEMENT: _("Confirm or reject the announcement; who ordered the correction may not"),
    StepKind.SECOND_RECHECK: _("Confirm or reject the second re-check"),
    StepKind.SUSPENSION: _("Confirm or reject the proposal to suspend"),
}
TELL = _("Send the newest paper to the party, as a letter with a link")
FEW = 3  # administrators that are named
HAND_OVER = _("Its party is in another region's charge: hand it over")


def facts_of(session: Session, correction: Correction, me: Actor) -> Iterator[Fact]:
    finding = correction.finding
    yield Fact(_("Finding"), finding.number, link(me, Can.FINDING_READ, "finding", finding.number), is_code=True)
    yield Fact(word("objecting_party", correction.party), correction.addressee)
    yield Fact(_("Region of the party"), region_told(correction.region))
    if correction.ordered_at is not None:
        by = name_for(session, correction.ordered_by_id, me)
        yield Fact(_("Ordered by"), by, beside=moment(correction.ordered_at))
    if correction.reported_at is not None:
        yield Fact(_("Reported by the party"), moment(correction.reported_at))
    if correction.announced_at is not None and (step := correction.confirmed(StepKind.ANNOUNCEMENT)):
        yield Fact(_("Announced by"), step.authority, beside=moment(correction.announced_at))
    for each in transfers_of(session, finding):
        if each.correction_id == correction.id:
            yield Fact(_("Transfer"), each.number, link(me, Can.TRANSFER_READ, "transfer", each.number), is_code=True)


def describe(session: Session, correction: Correction, me: Actor) -> Dossier:
    finding = correction.finding
    return Dossier(
        heading=_("Correction by %(party)s", party=correction.addressee),
        facts=list(facts_of(session, correction, me)),
        crumbs=[(finding.number, link(me, Can.FINDING_READ, "finding", finding.number))],
        is_sealed=correction.ordered_at is not None,
        parts=correction.steps,
        part_names={name_of(step): word("correction_step", step.kind) for step in correction.steps},
        more={
            "rows": rows_of(finding.results, [], weights_of(session, correction.agency_id, finding.results)),
            "proposers": {step.id: name_for(session, step.proposed_by_id, me) for step in correction.steps},
            "answerers": {step.id: name_for(session, step.answered_by_id, me) for step in correction.steps},
            "letters": letters_about(session, correction),
            "files": files_by_report(session, correction),
            "now": clock.now(),
            "step_statuses": STATUSES["correction_step"],
            "nobody_announces": nobody_announces(session, correction, me),
            "elsewhere": HAND_OVER if is_to_be_handed_over(correction) else None,
        },
    )


def nobody_announces(session: Session, correction: Correction, me: Actor) -> Text | None:
    """Who has to be there before an announcement can be confirmed, where nobody is: whoever ordered it may not."""
    step = correction.waiting
    is_next = step.kind == StepKind.ANNOUNCEMENT if step else correction.status == CorrectionStatus.FAILED
    but = [correction.ordered_by_id, step.proposed_by_id if step else None]
    if not is_next or who_may(session, correction.agency_id, Can.CORRECTION_CONFIRM, but=but, most=1):
        return None
    said = {"name": name_for(session, correction.ordered_by_id, me), "agency": correction.agency.name}
    if admins := who_may(session, correction.agency_id, Can.PERSON_INVITE, most=FEW):
        return _(
            "Nobody of %(agency)s can confirm the announcement: %(name)s ordered the correction and may not, and there "
            "is no other reviewer. Ask %(admins)s to invite another person as reviewer.",
            **said, admins=apart().join(admins),
        )  # fmt: skip
    return _(
        "Nobody of %(agency)s can confirm the announcement: %(name)s ordered the correction and may not, and there "
        "is no other reviewer. Have another person invited as reviewer.",
        **said,
    )


def files_by_report(session: Session, correction: Correction) -> dict[int, list[SentFile]]:
    found: dict[int, list[SentFile]] = {}
    for each in files_of(session, *correction.reports):
        found.setdefault(each.subject_id, []).append(each)
    return found


def is_to_be_handed_over(correction: Correction) -> bool:
    return correction.to_hand_over and correction.status in OPEN


def where(_session: Session, correction: Correction, me: Actor) -> str | None:
    """A step is answered where it stands; a transfer begins on the page of the finding."""
    if correction.waiting:
        return "#h-steps" if me.can(Can.CORRECTION_CONFIRM) else None
    if not is_to_be_handed_over(correction) or not me.can(Can.TRANSFER_PROPOSE):
        return None
    return url_for("desk.sheet", kind="finding", number=correction.finding.number, name="hand_over")


def turn(correction: Correction, session: Session | None) -> Status | None:
    """The reviewer's, while a step waits; the coordinator's, once the window of the second re-check is open."""
    status = STATUSES["correction"][correction.status]
    if step := correction.waiting:
        return status._replace(has_it=Party.REVIEWER, to_do=CONFIRM[step.kind])
    if is_to_be_handed_over(correction):
        return status._replace(has_it=Party.COORDINATOR, to_do=HAND_OVER)
    if is_to_be_told(correction):
        return status._replace(has_it=Party.COORDINATOR, to_do=TELL)
    if session is None or correction.status not in {CorrectionStatus.ORDERED, CorrectionStatus.ANNOUNCED}:
        return None
    if correction.status == CorrectionStatus.ANNOUNCED:
        [opens, *_more] = [each.opens_on for each in running(session, correction, "second_recheck")] or [None]
        if opens is None or opens > day_of(clock.now()):
            on = day(opens) if opens else "—"
            return status._replace(to_do=_("Nothing for now; the second re-check opens on %(day)s", day=on))
        return status._replace(has_it=Party.COORDINATOR, to_do=_("Re-check a second time"))
    if all(each.is_overdue(clock.now()) for each in running(session, correction, "correction")):
        over = _("Its time is over and it has not reported: re-check")
        return status._replace(has_it=Party.COORDINATOR, to_do=over)
    return None


TO_HAND_OVER = sa.and_(Correction.to_hand_over, Correction.status.in_(OPEN))
WAITS = Correction.steps.any(status=StepStatus.PROPOSED)


def heading(correction: Correction) -> Text:
    return correction.finding.sample.product_name


CORRECTION = Kind(
    name="correction",
    title=_("Corrections"),
    read=Can.CORRECTION_READ,
    life=LIFE,
    model=Correction,
    visible_to=visible_to,
    one_visible=one_visible,
    number=lambda correction: correction.number,
    heading=heading,
    beside=lambda correction: correction.addressee,
    describe=describe,
    has_clock=True,
    numbers=(Correction.number,),
    across=lambda _me: (_("Transfers"), url_for("desk.cases", kind="transfer")),
    narrowed_by={"campaign": in_campaign(Correction, Correction.finding, Finding.sample, Sample.task)},
    about=About(
        Sample,
        sa.select(Finding.sample_id).where(Finding.id == Correction.finding_id).scalar_subquery(),
        lambda ids: Correction.finding_id.in_(sa.select(Finding.id).where(Finding.sample_id.in_(ids))),
        Can.SAMPLE_READ,
    ),
    shown_with=(joinedload(Correction.finding).joinedload(Finding.sample), selectinload(Correction.steps)),
    turn=turn,
    where=where,
    turned_to={
        Party.COORDINATOR: sa.and_(sa.or_(waits_to_be_told(), TO_HAND_OVER), ~WAITS),
        Party.REVIEWER: WAITS,
    },
    sheets=CORRECTION_SHEETS | CORRECTION_LETTERS,
    part_life=STEP_LIFE,
    parts=lambda correction: correction.steps,
    part_makes={
        "confirm": Made(lambda session, step, by, version, _note: confirm(session, step, by=by, version=version)),
        "reject": Made(
            lambda session, step, by, version, note: reject(session, step, note, by=by, version=version),
            _("Why it is rejected"),
            must=True,
        ),
    },
    makes={
        "withdraw": Made(
            lambda session, correction, by, version, note: withdraw(session, correction, note, by=by, version=version),
            _("Why the order is withdrawn"),
            must=True,
        ),
    },
    follows=frozenset(
        {"order", "pass", "fail", "announce", "pass_late", "fail_again", "suggest_suspension", "transfer"}
    ),
)
