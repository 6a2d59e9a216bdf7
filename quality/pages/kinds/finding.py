"""The dossier of a finding: the conclusion, what it rests on, who was told, who objects."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session, joinedload

from quality.core import clock
from quality.core.words import Text, _
from quality.core.workflow import name_of
from quality.corrections.queries import corrections_of, transfers_of
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.lab.operations import confirm_finding, reject_finding
from quality.lab.queries import findings_visible_to, following, one_finding
from quality.lab.workflow import FINDING_LIFE
from quality.notices.queries import items_about
from quality.objections.models import Letter
from quality.objections.queries import (
    conclusion_letters,
    letters_about,
    objections_to,
    producer_denies,
    results_in_force,
    results_overtaken,
    tellings_of,
    to_be_told_the_conclusion,
)
from quality.pages.accreditation import NO_FLAGS, of_report
from quality.pages.alike import elsewhere
from quality.pages.forms.corrections import FINDING_CORRECTED, elsewhere_of
from quality.pages.forms.findings import FINDING_SHEETS
from quality.pages.forms.publication import PROPOSE_RESULT
from quality.pages.forms.replying import ENTER_REPLY
from quality.pages.judging import TONES, overtaken, undecided, weights_of
from quality.pages.kinds.narrowing import About, in_campaign
from quality.pages.kinds.notice.listings import number as notice_number
from quality.pages.kinds.report import number as report_number
from quality.pages.kinds.sample import TELL, is_to_be_told
from quality.pages.kinds.shape import Dossier, Fact, Kind, Made, link
from quality.pages.moments import moment
from quality.pages.replies import waits
from quality.pages.timeline import name_for
from quality.pages.words import STATUSES, Party, Status, word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.publication.models import Reply
from quality.publication.operations import editions_about
from quality.publication.replies import RECEIVED, REPLY_LIFE, refuse, replies_of, replies_to, show
from quality.purchases.models import Sample


class ToldLast(NamedTuple):
    """A party that was told the result which was tested again, and the letter by which it learns what came of that."""

    party: Text
    letter: Letter | None


def told_last(session: Session, finding: Finding) -> list[ToldLast]:
    sent = {each.party: each for each in conclusion_letters(session, finding)}
    parties = dict.fromkeys([*to_be_told_the_conclusion(session, finding), *sent])
    return [ToldLast(word("objecting_party", each), sent.get(each)) for each in parties]


def is_bad(finding: Finding) -> bool:
    return finding.status == FindingStatus.CONFIRMED and finding.verdict == Verdict.NONCONFORMING


def describe(session: Session, finding: Finding, me: Actor) -> Dossier:
    sample, report = finding.sample, finding.report
    verdict = word("finding_verdict", finding.verdict)
    tellings, replies = tellings_of(session, finding), replies_to(session, finding)
    last, first = results_in_force(session, finding), results_overtaken(session, finding)
    rows = overtaken(last, first, weights_of(session, finding.agency_id, last, first))
    facts = [
        Fact(_("Sample"), sample.number, link(me, Can.SAMPLE_READ, "sample", sample.number), is_code=True),
        Fact(_("Report"), report.report_no, link(me, Can.REPORT_READ, "report", report_number(report)), is_code=True),
        Fact(_("Laboratory"), report.laboratory.name),
        Fact(_("Proposed by"), name_for(session, finding.proposed_by_id, me)),
    ]
    if producer_denies(session, finding):
        facts.append(Fact(_("Producer's denial"), _("found true")))
    if finding.confirmed_by_id is not None:
        by = name_for(session, finding.confirmed_by_id, me)
        facts.append(Fact(_("Confirmed by"), by, beside=moment(finding.confirmed_at)))
    facts += [
        Fact(name, each.number, link(me, Can.FINDING_READ, "finding", each.number), is_code=True)
        for name, each in ((_("In place of"), finding.follows), (_("In its place"), following(session, finding)))
        if each
    ]
    about = items_about(session, finding)
    on = {item.notice_id: notice_number(item.notice) for item in about}
    facts += [Fact(_("Notice"), each, link(me, Can.NOTICE_READ, "notice", each), is_code=True) for each in on.values()]
    facts += [
        Fact(_("Objection"), each.number, link(me, Can.OBJECTION_READ, "objection", each.number), is_code=True)
        for each in objections_to(session, finding)
    ]
    facts += [
        Fact(_("Correction"), each.number, link(me, Can.CORRECTION_READ, "correction", each.number), is_code=True)
        for each in corrections_of(session, finding)
    ]
    facts += [
        Fact(_("Transfer"), each.number, link(me, Can.TRANSFER_READ, "transfer", each.number), is_code=True)
        for each in transfers_of(session, finding)
    ]
    facts += [
        Fact(_("Publication"), each.number, link(me, Can.RESULT_READ, "result", each.number), is_code=True)
        for each in editions_about(session, finding)[-1:]
    ]
    return Dossier(
        heading=sample.product_name,
        facts=facts,
        crumbs=[(sample.number, link(me, Can.SAMPLE_READ, "sample", sample.number))],
        tags=[(TONES[finding.verdict], verdict)],
        parts=[*tellings, *replies],  # in this order: moves are of replies alone
        part_names={name_of(each): word("objecting_party", each.party) for each in tellings}
        | {name_of(each): word("objecting_party", each.party) for each in replies},
        more={
            "rows": rows,
            "undecided": undecided([row.again or row for row in rows]),
            "accredited": NO_FLAGS if report.is_of_label else of_report(session, report),
            "tellings": tellings,
            "replies": replies,
            "reply_statuses": STATUSES["reply"],
            "telling_statuses": STATUSES["telling"],
            "letters": letters_about(session, finding),
            "told_last": told_last(session, finding),
            "now": clock.now(),
            "elsewhere": elsewhere(session, finding, me) if is_bad(finding) else None,
            "to_hand_over": elsewhere_of(session, finding) if is_bad(finding) else [],
        },
    )


def turn(finding: Finding, session: Session | None) -> Status | None:
    """The coordinator's, while its result has to be told; nobody's once it is final."""
    now = STATUSES["finding"][finding.status]
    if finding.status != FindingStatus.CONFIRMED:
        return None
    if session and any(each.status == RECEIVED for each in replies_to(session, finding)):
        return now._replace(has_it=Party.REVIEWER, to_do=waits())
    if session and is_to_be_told(session, finding.sample):
        return now._replace(has_it=Party.COORDINATOR, to_do=TELL)
    return now._replace(to_do=_("Final: it follows a re-inspection")) if finding.follows_id else None


REPLY_WAITS = sa.and_(
    Finding.status == FindingStatus.CONFIRMED,
    sa.select(Reply.id).where(Reply.finding_id == Finding.id, Reply.status == RECEIVED).exists(),
)
REPLY_MAKES = {
    "show": Made(lambda session, reply, by, version, _note: show(session, reply, by=by, version=version)),
    "refuse": Made(
        lambda session, reply, by, version, note: refuse(session, reply, note, by=by, version=version),
        _("Why it is not shown; the party reads this"),
        must=True,
        answers="no_reason",
    ),
}
FINDING = Kind(
    name="finding",
    title=_("Findings"),
    read=Can.FINDING_READ,
    life=FINDING_LIFE,
    model=Finding,
    visible_to=findings_visible_to,
    one_visible=one_finding,
    number=lambda finding: finding.number,
    heading=lambda finding: finding.sample.product_name,
    beside=lambda finding: word("finding_verdict", finding.verdict),
    describe=describe,
    turn=turn,
    turned_to={Party.REVIEWER: REPLY_WAITS},
    part_life=REPLY_LIFE,
    parts=replies_of,
    part_makes=REPLY_MAKES,
    numbers=(Finding.number,),
    across=lambda _me: (_("Same product, same seller"), url_for("alike.queue")),
    narrowed_by={"campaign": in_campaign(Finding, Finding.sample, Sample.task)},
    about=About(Sample, Finding.sample_id, Finding.sample_id.in_, Can.SAMPLE_READ),
    shown_with=(joinedload(Finding.sample),),
    sheets=FINDING_SHEETS | {"propose_result": PROPOSE_RESULT, "reply": ENTER_REPLY} | FINDING_CORRECTED,
    makes={
        "confirm": Made(
            lambda session, finding, by, version, _note: confirm_finding(session, finding, by=by, version=version)
        ),
        "reject": Made(
            lambda session, finding, by, version, note: reject_finding(session, finding, note, by=by, version=version),
            _("Why it is not confirmed"),
            must=True,
        ),
    },
    follows=frozenset({"overturn"}),
)
