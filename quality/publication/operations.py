"""A result is frozen, published by another person, corrected by a new edition, withdrawn; samples and campaigns end."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignStatus
from quality.campaigns.workflow import CLOSE as CLOSE_CAMPAIGN
from quality.clocks import operations as clocks
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.events import append
from quality.core.handover import fingerprint, public_of
from quality.core.numbers import next_number
from quality.core.withholding import withheld
from quality.core.words import _
from quality.core.workflow import begin, perform, record, take
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.operations import BOTH, ask
from quality.lab.models import Finding, FindingStatus
from quality.lab.queries import standing_finding
from quality.notices.permit import permit
from quality.notices.queries import items_about
from quality.objections.models import Decision, Ground, Objection
from quality.objections.queries import objections_about, objections_to
from quality.people.actor import Actor
from quality.permissions import Can
from quality.publication.behind import decided_since, is_behind
from quality.publication.closing import CAMPAIGN_IS_FINISHED, SAMPLE_IS_FINISHED
from quality.publication.contents import announcement
from quality.publication.copies import TYPED, copy_of, personal_data_in, sha256_of
from quality.publication.figures import count_anew
from quality.publication.listing import enter, leave
from quality.publication.models import UNPUBLISHED, Result, ResultStatus
from quality.publication.personal import Field, found_in
from quality.publication.texts import said_in
from quality.publication.workflow import (
    CORRECT,
    DROP,
    OVERTAKE,
    PUBLISH,
    SUPERSEDE,
    TAKE_BACK,
    WITHDRAW,
    Move,
    request_of,
)
from quality.purchases.models import Sample
from quality.purchases.workflow import CLOSE as CLOSE_SAMPLE
from quality.web import settings

LONGEST = 2_000  # characters
OVERTURNED = "overturned"  # why a closed sample has no conclusion


def propose(
    session: Session,
    finding: Finding,
    *,
    by: Actor,
    reason: str = "",
    remark: str | None = None,
    withhold: Collection[str] = (),
) -> Result:
    """Freeze what is to be published about this finding: its first edition, or a correction that says what changed.

    `remark` stands in place of the one on the sampling sheet. `withhold` names fields of the copy that stay empty,
    such as `seller.shop` where the shop bears a person's name.
    """
    permit(by, Can.RESULT_PROPOSE, finding)
    assert by.id is not None, "only people propose"
    take(session, finding, None)  # two who propose at once: the second waits, and is told
    if finding.status != FindingStatus.CONFIRMED:
        raise Refused("finding_not_standing", _("The finding is not confirmed; nothing can be published about it"))
    earlier = editions_about(session, finding)
    refuse_what_cannot_be_proposed(earlier, reason, withhold)
    agency = finding.sample.campaign.agency
    number = earlier[-1].number if earlier else next_number(session, agency.code, "R")
    edition = earlier[-1].edition + 1 if earlier else 1
    remark = finding.sample.remark if remark is None else remark
    copy = copied(session, finding, number, edition, changed=reason, remark=remark, withhold=withhold)
    if problems := personal_data_in(copy, people_behind(finding)):
        raise Invalid(*problems)
    append(session, finding, "propose_result", actor=by.signature, details={"result": number, "edition": edition})
    result = Result(
        number=number,
        edition=edition,
        agency_id=finding.agency_id,
        finding_id=finding.id,
        copy=copy,
        copy_sha256=sha256_of(copy),
        proposed_by_id=by.id,
        reason=reason.strip(),
    )
    begin(session, result, by=by, details=bound(result))
    return result


def bound(result: Result) -> dict[str, Any]:
    """What the record binds to an edition from its first event on: which it is, and the copy to the byte."""
    return {"number": result.number, "edition": result.edition, "copy_sha256": result.copy_sha256}


def because(reason: str) -> dict[str, str]:
    """What the record binds of the reason for which a result is public no longer: it stands in the result's place."""
    return {"reason_sha256": hashlib.sha256(reason.encode()).hexdigest()}


def copied(
    session: Session,
    finding: Finding,
    number: str,
    edition: int,
    *,
    changed: str,
    remark: str,
    withhold: Collection[str],
) -> dict[str, Any]:
    copy = copy_of(
        finding,
        items=[item for item in items_about(session, finding) if item.notice.issued_at],
        objections=objections_about(session, finding.sample_id),
        number=number,
        edition=edition,
        changed=changed.strip(),
        remark=remark.strip(),
        withheld=set(withhold),
    )
    told: dict[str, Any] = withheld(session, finding, copy)
    return told


def personal_fields(session: Session, finding: Finding) -> list[str]:
    """The fields of its copy, by their paths, that hold personal data as things stand: none is published with them."""
    copy = copied(session, finding, "", 0, changed="", remark=finding.sample.remark, withhold=())
    return list(dict.fromkeys(problem.field for problem in personal_data_in(copy, people_behind(finding))))


def editions_about(session: Session, finding: Finding) -> list[Result]:
    """All editions about the sample, the oldest first: a finding that followed an overturned one keeps the number."""
    of = sa.select(Result).join(Result.finding).where(Finding.sample_id == finding.sample_id)
    return list(session.scalars(of.order_by(Result.edition)))


def refuse_what_cannot_be_proposed(earlier: Sequence[Result], reason: str, withhold: Collection[str]) -> None:
    if any(result.status in UNPUBLISHED for result in earlier):
        raise Refused("already_proposed", _("A result about this sample is proposed already; publish or withdraw it"))
    problems = []
    if any(result.published_at for result in earlier) and not reason.strip():
        problems.append(FieldProblem("reason", "missing", _("Say what changed and why")))
    if len(reason) > LONGEST:
        problems.append(FieldProblem("reason", "too_long", _("Keep to %(most)s characters", most=LONGEST)))
    if unknown := sorted(set(withhold) - set(TYPED)):
        text = _("There is no field %(name)s in what is published", name=unknown[0])
        problems.append(FieldProblem("withhold", "unknown_field", text))
    if problems:
        raise Invalid(*problems)


def people_behind(finding: Finding) -> set[str]:
    """Whose names no field may hold: the buyer's above all."""
    task, report = finding.sample.purchase, finding.report
    return {report.analyst, report.entered_by.name} | ({task.buyer.name} if task.buyer else set())


def publish(session: Session, result: Result, *, by: Actor, version: int | None = None) -> None:
    """Make the copy public, in place of the edition that was. The old one stays as it was."""
    permit(by, Can.RESULT_APPROVE, result)
    appear(session, result, PUBLISH, SUPERSEDE, by=by, version=version)


def appear(
    session: Session, result: Result, move: Move, give_way: Move, *, by: Actor, version: int | None = None
) -> None:
    """From now on the public reads this edition, and by `give_way` no longer the one before it."""
    now, seen = clock.now(), result.version if version is None else version
    since = first_publication(session, result) or now
    before = sa.select(Result).where(Result.number == result.number, Result.status == ResultStatus.PUBLISHED)
    for old in session.scalars(before.where(Result.id != result.id)).all():
        perform(session, old, give_way, by=by, facts={"ended_at": now}, details={"by_edition": result.edition})
        leave(session, old)
    perform(session, result, move, by=by, version=seen, facts={"published_at": now, "public_since": since})
    enter(session, result)
    announce_again(session, result, by=by)


def first_publication(session: Session, result: Result) -> datetime | None:
    """When the last edition that was public was first so, if it said the same of the sample."""
    was = sa.select(Result).where(Result.number == result.number, Result.public_since.is_not(None))
    last = session.scalars(was.order_by(Result.edition.desc()).limit(1)).one_or_none()
    return last.public_since if last and last.copy["verdict"] == result.copy["verdict"] else None


def withdraw(session: Session, result: Result, reason: str, *, by: Actor, version: int | None = None) -> None:
    """Take the result back. The reason stands in its place, for everybody to read."""
    refuse_a_reason(result, reason)
    asked = request_of(session, result)
    facts = {"reason": reason.strip(), "ended_at": clock.now()}
    perform(session, result, WITHDRAW, by=by, version=version, facts=facts, details=because(reason.strip()))
    if asked is not None:
        asked.ended_at = clock.now()
    leave(session, result)
    announce_again(session, result, by=by)


def refuse_a_reason(result: Result, reason: str) -> None:
    """Of a withdrawal: everybody reads it."""
    if len(reason) > LONGEST:
        raise Invalid(FieldProblem("reason", "too_long", _("Keep to %(most)s characters", most=LONGEST)))
    if found_in(reason, Field.PROSE, people=people_behind(result.finding)):
        raise Invalid(FieldProblem("reason", "personal", _("Leave personal data out of the reason; it is published")))


def take_back(session: Session, result: Result, *, by: Actor) -> None:
    """An objection overturned what it says: it is public no longer, whether or not anybody publishes another."""
    upheld = [each.number for each in objections_to(session, result.finding) if each.decision == Decision.UPHELD]
    numbers = "、".join(upheld)
    reason = f"经异议 {numbers} 复核，原检验结论已被推翻。The finding was overturned on objection {', '.join(upheld)}."
    facts = {"reason": reason, "ended_at": clock.now()}
    was_public = result.status == ResultStatus.PUBLISHED
    perform(session, result, TAKE_BACK, by=by, facts=facts, details=because(reason))
    if was_public:
        leave(session, result)
        announce_again(session, result, by=by)


def catch_up(session: Session, result: Result, *, by: Actor) -> None:
    """What an objection brought to light is public at once, in another edition; what was proposed without it falls.

    Nobody proposes this or approves it anew, since it is no choice: the two people of the objection stand for the two.
    """
    details = {"result": result.number, "edition": result.edition}
    record(session, result.finding, "correct_result", by=by, details=details)  # of two who do it, one is told
    decided = decided_since(session, result)
    if not decided or not is_behind(session, result):
        raise Refused("says_it", _("It says what was decided"))
    if result.status in UNPUBLISHED:
        perform(session, result, DROP, by=by, facts={"reason": said_of(decided, result.copy), "ended_at": clock.now()})
        return
    remark, withhold, changed = result.copy["remark"], set(result.copy["withheld"]), said_of(decided, result.copy)
    edition = editions_about(session, result.finding)[-1].edition + 1
    again = partial(copied, session, result.finding, result.number, edition, changed=changed, remark=remark)
    people, copy = people_behind(result.finding), again(withhold=withhold)
    if problems := personal_data_in(copy, people):  # the second laboratory may have written some
        copy = again(withhold=withhold | {problem.field for problem in problems})
    now, [last, *_earlier] = clock.now(), decided
    assert last.admitted_by_id, "only what was admitted is decided"
    perform(session, result, OVERTAKE, by=by, facts={"ended_at": now}, details={"by_edition": edition})
    leave(session, result)
    newer = Result(
        number=result.number,
        edition=edition,
        agency_id=result.agency_id,
        finding_id=result.finding_id,
        copy=copy,
        copy_sha256=sha256_of(copy),
        proposed_by_id=last.admitted_by_id,
        reason=changed,
    )
    begin(session, newer, by=by, details=bound(newer))
    since = first_publication(session, newer) or now
    facts = {"published_at": now, "public_since": since, "approved_by_id": last.decided_by_id}
    perform(session, newer, CORRECT, by=by, facts=facts)
    enter(session, newer)
    announce_again(session, newer, by=by)


def said_of(decided: Sequence[Objection], before: Mapping[str, Any]) -> str:
    """What changed since the copy that was, for everybody to read: in both languages, as it is public."""
    denied = [each.number for each in decided if each.ground == Ground.AUTHENTICITY and not before["producer_denies"]]
    had = {each["laboratory"] for each in before["items"]} if before.get("first_results") else set()
    again = [each.number for each in decided if each.report and each.report.laboratory.name not in had]
    parts = []
    if denied:
        numbers = "、".join(denied)
        parts.append(f"经异议 {numbers} 查实，标称生产者否认生产该产品。The producer's denial was found true.")
    if again:
        numbers = "、".join(again)
        parts.append(f"异议 {numbers} 已经复检，现补充复检结果。The value of the re-inspection is added.")
    return "".join(parts) or "按异议处理决定更正。Corrected as objections were decided."


def close_sample(session: Session, sample: Sample, *, by: Actor, version: int | None = None) -> None:
    """Nothing is left to do about this sample; its records are kept from now on.

    One whose finding was overturned with nothing in its place says so: it was tested, and has no conclusion.
    """

    def facts() -> dict[str, Any]:
        return {} if standing_finding(session, sample) else {"exit_reason": OVERTURNED}

    perform(session, sample, CLOSE_SAMPLE, by=by, version=version, facts=facts, also=SAMPLE_IS_FINISHED)
    clocks.start(session, sample, "records", clock.now())


def close_campaign(session: Session, campaign: Campaign, *, by: Actor, version: int | None = None) -> None:
    """Every purchase and every sample of the campaign has ended; from now on everybody may repeat the draw."""
    perform(session, campaign, CLOSE_CAMPAIGN, by=by, version=version, also=CAMPAIGN_IS_FINISHED)
    ask_for_announcement(session, campaign, BOTH, by=by)


def announce_again(session: Session, result: Result, *, by: Actor) -> None:
    """What is published or taken back about a closed campaign makes a new edition of its announcement."""
    announce(session, result.finding.sample.campaign, by=by)


def announce(session: Session, campaign: Campaign, *, by: Actor) -> None:
    if campaign.status == CampaignStatus.CLOSED:
        session.flush()
        ask_for_announcement(session, campaign, BOTH, by=by)


def ask_for_announcement(session: Session, campaign: Campaign, languages: Sequence[Language], *, by: Actor) -> Document:
    """The announcement as it stands now. Before closing nothing may be said of what was bought where."""
    if campaign.status != CampaignStatus.CLOSED:
        raise Refused("not_closed", _("A campaign is announced once it is closed"))
    counted = count_anew(session, campaign, clock.now())
    told = settings()
    signer = Ed25519PrivateKey.from_private_bytes(told.record_signing_key)
    says = announcement(session, campaign, counted, told.statistics_least)
    says["signer"] = fingerprint(public_of(signer))  # of the record; not there in the oldest announcements
    if text := said_in(session, campaign, says, by=by):
        says["text"] = text
    return ask(
        session, campaign, DocumentKind.ANNOUNCEMENT, says,
        number=campaign.number, agency_id=campaign.agency_id, by=by, languages=languages,
    )  # fmt: skip
