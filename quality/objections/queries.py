"""Objections to read, what a party denies, and each item's last word."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from quality.core.db import Base
from quality.core.errors import NotFound
from quality.core.events import id_of
from quality.core.workflow import Case
from quality.figures.rates import Rate
from quality.lab.models import Finding, Report, TestResult
from quality.lab.queries import report_in_force
from quality.objections.models import (
    Decision,
    Ground,
    Letter,
    LetterKind,
    Objection,
    ObjectionStatus,
    Party,
    SentFile,
    Telling,
    TellingStatus,
)
from quality.objections.workflow import OPEN
from quality.people.actor import Actor, within
from quality.permissions import Can
from quality.purchases.models import PortionKind
from quality.standards.judgement import Verdict, in_force


def visible_to(actor: Actor) -> sa.Select[Objection]:
    """Never a laboratory's to see, though one of them is named in it: it knows a blind number and no more."""
    mine = within(Objection, actor) if actor.can(Can.OBJECTION_READ) else sa.false()
    return sa.select(Objection).where(mine).order_by(Objection.id.desc())


def one_visible(session: Session, actor: Actor, number: str) -> Objection:
    objection = session.scalars(visible_to(actor).where(Objection.number == number)).one_or_none()
    if objection is None:
        raise NotFound(number)
    return objection


def telling_of(session: Session, finding: Finding, party: Party) -> Telling | None:
    told = sa.select(Telling).where(Telling.finding_id == finding.id, Telling.party == party)
    return session.scalars(told).one_or_none()


def tellings_of(session: Session, finding: Finding) -> Sequence[Telling]:
    return session.scalars(sa.select(Telling).where(Telling.finding_id == finding.id).order_by(Telling.id)).all()


def objections_to(session: Session, finding: Finding) -> Sequence[Objection]:
    return session.scalars(sa.select(Objection).where(Objection.finding_id == finding.id).order_by(Objection.id)).all()


def failed_items(finding: Finding) -> list[str]:
    """What can be disputed, in the report's words."""
    return [result.item for result in finding.results if not Verdict(result.verdict).conforms]


def letters_about(session: Session, case: Case) -> Sequence[Letter]:
    """Those of a finding itself, or of a case that came of one."""
    if isinstance(case, Finding):
        of = sa.and_(Letter.finding_id == case.id, Letter.case_id.is_(None))
    else:
        of = sa.and_(Letter.case_type == case.__tablename__, Letter.case_id == case.id)
    return session.scalars(sa.select(Letter).where(of).order_by(Letter.id)).all()


def letter_with(session: Session, token_sha256: str) -> Letter | None:
    return session.scalars(sa.select(Letter).where(Letter.token_sha256 == token_sha256)).one_or_none()


def conclusion_letters(session: Session, finding: Finding) -> list[Letter]:
    """Those by which the parties are told what a re-inspection came to, but for links taken back unused."""
    return [
        each
        for each in letters_about(session, finding)
        if each.kind == LetterKind.CONCLUSION and (each.received_at or each.taken_back_at is None)
    ]


def to_be_told_the_conclusion(session: Session, finding: Finding) -> list[Party]:
    """Every party that was told the result that was tested again, whether or not it was the one that objected."""
    if not is_retested(session, finding):
        return []
    return [telling.party for telling in tellings_of(session, finding.follows or finding)]


def is_retested(session: Session, finding: Finding) -> bool:
    return bool(decided_by_a_report(session, finding))


def decided_by_a_report(session: Session, finding: Finding) -> list[Objection]:
    about = objections_to(session, finding.follows or finding)
    return [each for each in about if each.report and each.status == ObjectionStatus.DECIDED]


def files_of(session: Session, *subjects: Base) -> Sequence[SentFile]:
    """What a party sent with each of these, in one statement."""
    if not subjects:
        return []
    of = [(each.__tablename__, id_of(each)) for each in subjects]
    sent = sa.select(SentFile).where(sa.tuple_(SentFile.subject_type, SentFile.subject_id).in_(of))
    return session.scalars(sent.order_by(SentFile.id)).all()


def of_party(session: Session, finding: Finding, party: Party) -> Objection | None:
    """The objection of this party: there is one at most, as its telling is objected to once."""
    return next((each for each in objections_to(session, finding) if each.party == party), None)


def open_objections(session: Session, finding: Finding) -> Sequence[Objection]:
    """Those that are not answered yet: while there are any, the sample does not close (DOMAIN §2.13)."""
    return [objection for objection in objections_to(session, finding) if objection.status in OPEN]


def may_still_be_objected_to(session: Session, finding: Finding) -> bool:
    """Whether a party that was told neither objected nor let its period run out."""
    return any(telling.status == TellingStatus.TOLD for telling in tellings_of(session, finding))


def objections_about(session: Session, sample_id: int) -> Sequence[Objection]:
    """To any finding on this sample: one that follows an overturned finding keeps what was said about that."""
    about = sa.select(Objection).join(Objection.finding).where(Finding.sample_id == sample_id)
    return session.scalars(about.order_by(Objection.id)).all()


def producer_denies(session: Session, finding: Finding) -> bool:
    """ "This is not our product" was found true: the finding stands, and the denial is published with it."""
    return any(
        objection.ground == Ground.AUTHENTICITY
        and objection.status == ObjectionStatus.DECIDED
        and objection.decision == Decision.UPHELD
        for objection in objections_about(session, finding.sample_id)
    )


def with_a_decision(session: Session, findings: Collection[int]) -> set[int]:
    """Of these findings, by their ids, those about whose sample an objection was decided."""
    mine = aliased(Finding)
    decided = sa.select(mine.id).join(Finding, Finding.sample_id == mine.sample_id)
    decided = decided.join(Objection, Objection.finding_id == Finding.id)
    return set(session.scalars(decided.where(mine.id.in_(findings), Objection.status == ObjectionStatus.DECIDED)))


def second_report(session: Session, objection: Objection) -> Report | None:
    """The report in force on the backup portion, if it tested all that this objection disputes.

    There is one backup portion: a second objection to the same result is answered by the same report.
    """
    report = report_in_force(session, objection.finding.sample.portion(PortionKind.BACKUP))
    tested = {result.item for result in report.results} if report else set()
    return report if objection.items and tested.issuperset(objection.items) else None


def results_in_force(session: Session, finding: Finding) -> list[TestResult]:
    """Each item's last word: the second laboratory's for what it tested once that was decided, else the first's."""
    decided = [o for o in objections_to(session, finding) if o.status == ObjectionStatus.DECIDED and o.report]
    second = [result for objection in decided if objection.report for result in objection.report.results]
    return in_force(finding.results, second)


def results_overtaken(session: Session, finding: Finding) -> list[TestResult]:
    """What the first laboratory found of the items on which a re-inspection has the last word by now."""
    last = results_in_force(session, finding)
    return [result for result in (finding.follows or finding).results if result not in last]


def reversals(session: Session, agency_id: int | None) -> dict[int, Rate]:
    """By the laboratory that tested first: of its results that another tested again, those that fell.

    Counted are objections of the agency that were decided by a report, so not those for which there was none.
    """
    fell = sa.func.sum(sa.case((Objection.decision == Decision.UPHELD, 1), else_=0))
    asked = (
        sa.select(Report.laboratory_id, fell, sa.func.count(Objection.id))
        .select_from(Objection)
        .join(Finding, Finding.id == Objection.finding_id)
        .join(Report, Report.id == Finding.report_id)
        .where(
            Objection.agency_id == agency_id,
            Objection.status == ObjectionStatus.DECIDED,
            Objection.report_id.is_not(None),
        )
        .group_by(Report.laboratory_id)
    )
    return {key: Rate(int(hits), of) for key, hits, of in session.execute(asked)}
