"""Which papers a case has, and how each stands: made, being made, or there for the asking.

Only a notice and an announcement are made unasked. The others are printed for whoever first wants them: a campaign has
thousands of labels, and most are never looked at (docs/decisions/0013).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from flask import url_for
from sqlalchemy.orm import Session, object_session

from quality.campaigns.models import Campaign, CampaignStatus
from quality.campaigns.papers import NOT_APPROVED, ask_for_rules
from quality.campaigns.plan_paper import ask_for_sampling_plan
from quality.campaigns.versions import approved_edition
from quality.controls.models import Control
from quality.core.db import Base
from quality.core.events import id_of
from quality.core.words import Text
from quality.corrections.models import Correction, Transfer
from quality.corrections.queries import PAPERS as CORRECTING
from quality.delivery import cover_letter
from quality.delivery.by_post import asked_at
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.queries import documents_for, latest_asked
from quality.documents.readers import is_for, reader_of
from quality.informing.papers import ask_for_unreached
from quality.informing.unreached import anybody_was_told
from quality.lab.models import Finding, FindingStatus
from quality.lab.operations.papers import ask_for_test_order
from quality.notices.models import Notice
from quality.notices.operations.papers import ask_for_notice, ask_for_withdrawal
from quality.notices.workflow import CLOSED, WITH_THE_PLATFORM, WITHDRAWN
from quality.objections.models import Letter, LetterKind, Objection, ObjectionStatus
from quality.objections.papers import (
    ask_for_answer,
    ask_for_conclusion,
    ask_for_decision,
    ask_for_reinspection,
    ask_for_result_notice,
)
from quality.objections.queries import is_retested, letters_about
from quality.pages.casefile import ask_for_dossier, may_have
from quality.pages.kinds import Kind
from quality.pages.words import word
from quality.people.actor import Actor
from quality.publication.operations import ask_for_announcement
from quality.purchases.models import Portion, PortionKind, Sample, SampleStatus, Task
from quality.purchases.operations.papers import (
    ask_for_custody_sheet,
    ask_for_label,
    ask_for_label_sheet,
    ask_for_sampling_notice,
    ask_for_sampling_sheet,
)

K = DocumentKind
IN_FORCE = WITH_THE_PLATFORM | {CLOSED}


class Ask(NamedTuple):
    """How a kind of document is had: by which operation, and whether it says something else as time goes on."""

    ask: Callable[..., Document]
    goes_on: bool = False
    languages: tuple[Language, ...] = tuple(Language)
    is_due: Callable[[Any], bool] = lambda _subject: True
    is_for: Callable[[Actor, Any], bool] = lambda _me, _case: True  # beside documents/readers.py
    may_ask: Callable[[Actor, Any], bool] = lambda _me, _subject: True  # of those who read it


def result_told(session: Session, subject: Finding | Letter, language: Language, *, by: Actor) -> Document:
    if isinstance(subject, Letter):
        return as_it_was_sent(session, subject, language, by=by)
    return ask_for_result_notice(session, subject, language, by=by)


def conclusion_told(session: Session, subject: Finding | Letter, language: Language, *, by: Actor) -> Document:
    if isinstance(subject, Letter):
        return as_it_was_sent(session, subject, language, by=by)
    return ask_for_conclusion(session, subject, language, by=by)


def as_it_was_sent(session: Session, letter: Letter, language: Language, *, by: Actor) -> Document:
    """It was asked for in both languages then, and stays what it was."""
    asked = documents_for(session, [(letter.__tablename__, letter.id)], reader_of(by.sees))
    return next(each for each in asked if each.language == language)


def as_it_was_made(
    session: Session, case: Correction | Transfer, language: Language, *, by: Actor, kind: DocumentKind
) -> Document:
    """Both languages were asked for with the step that it tells of."""
    asked = documents_for(session, [(case.__tablename__, case.id)], reader_of(by.sees))
    return next(each for each in asked if (each.kind, each.language) == (kind, language))


def may_be_told(subject: Finding | Letter) -> bool:
    return isinstance(subject, Finding) and subject.status == FindingStatus.CONFIRMED


def announced(session: Session, campaign: Campaign, language: Language, *, by: Actor) -> Document:
    return ask_for_announcement(session, campaign, (language,), by=by)


ASKS: Mapping[DocumentKind, Ask] = {
    K.SAMPLING_SHEET: Ask(ask_for_sampling_sheet, languages=(Language.ZH,)),  # 中文 with English beside it
    K.SAMPLING_NOTICE: Ask(ask_for_sampling_notice, languages=(Language.ZH,)),
    K.UNREACHED: Ask(ask_for_unreached, goes_on=True, languages=(Language.ZH,)),
    K.LABEL: Ask(ask_for_label, languages=(Language.ZH,)),
    K.LABEL_SHEET: Ask(ask_for_label_sheet, languages=(Language.ZH,)),
    K.CUSTODY_SHEET: Ask(ask_for_custody_sheet, goes_on=True, languages=(Language.ZH,)),
    K.TEST_ORDER: Ask(ask_for_test_order),
    K.RESULT_NOTICE: Ask(result_told, is_due=may_be_told),
    K.OBJECTION_ANSWER: Ask(ask_for_answer),
    K.REINSPECTION_NOTICE: Ask(ask_for_reinspection),
    K.OBJECTION_DECISION: Ask(ask_for_decision),
    K.FINAL_CONCLUSION: Ask(conclusion_told, is_due=may_be_told),
    K.DOSSIER: Ask(ask_for_dossier, goes_on=True, is_for=may_have),
    K.DISPOSAL_NOTICE: Ask(ask_for_notice, is_due=lambda notice: notice.status in IN_FORCE),
    K.COVER_LETTER: Ask(
        cover_letter.ask_for_cover_letter,
        is_due=lambda notice: bool(asked_at(notice)),
        may_ask=cover_letter.may_ask,
    ),
    K.NOTICE_WITHDRAWAL: Ask(ask_for_withdrawal, is_due=lambda _notice: False),  # asked for with the withdrawal
    K.IMPLEMENTING_RULES: Ask(ask_for_rules),
    K.SAMPLING_PLAN: Ask(ask_for_sampling_plan, goes_on=True),
    K.ANNOUNCEMENT: Ask(announced),
    **{kind: Ask(partial(as_it_was_made, kind=kind)) for kind in (*CORRECTING.values(), K.TRANSFER_COVER)},
}

Subjects = list[tuple[DocumentKind, Base]]


def of_a_sample(sample: Sample) -> Subjects:
    each = [(kind, portion) for portion in sample.portions for kind in of_a_portion(portion)]
    return [(K.SAMPLING_SHEET, sample), (K.SAMPLING_NOTICE, sample), (K.LABEL_SHEET, sample), *each]


def of_a_portion(portion: Portion) -> list[DocumentKind]:
    return [K.LABEL, K.CUSTODY_SHEET, *([K.TEST_ORDER] if portion.laboratory_id else [])]


def of_a_control(control: Control) -> Subjects:
    """Of the portions whose books are open."""
    there: Subjects = []
    for unit in control.units:
        if unit.sample.status != SampleStatus.CLOSED:
            test = unit.sample.portion(PortionKind.TEST)
            there += [(K.LABEL_SHEET, unit.sample), *((kind, test) for kind in of_a_portion(test))]
    return there


def of_a_task(task: Task) -> Subjects:
    """What a buyer needs who has just sealed."""
    sample = task.sample
    if sample is None:
        return []
    return [(K.SAMPLING_SHEET, sample), (K.LABEL_SHEET, sample), *((K.LABEL, each) for each in sample.portions)]


def of_a_finding(finding: Finding) -> Subjects:
    session = object_session(finding)
    assert session, "a case is shown in its session"
    kinds = {LetterKind.RESULT: K.RESULT_NOTICE, LetterKind.CONCLUSION: K.FINAL_CONCLUSION}
    to_each = [(kinds[letter.kind], letter) for letter in letters_about(session, finding)]
    if finding.follows_id is not None:
        return [(K.FINAL_CONCLUSION, finding), *to_each, (K.DOSSIER, finding)]
    last: Subjects = [(K.FINAL_CONCLUSION, finding)] if is_retested(session, finding) else []
    return [(K.RESULT_NOTICE, finding), *last, *to_each, (K.DOSSIER, finding)] if finding.confirmed_at else []


def of_an_objection(objection: Objection) -> Subjects:
    is_answered = objection.admitted_by_id is not None or objection.status == ObjectionStatus.REFUSED
    kinds = {
        K.OBJECTION_ANSWER: is_answered,
        K.REINSPECTION_NOTICE: objection.draw is not None,
        K.OBJECTION_DECISION: objection.status == ObjectionStatus.DECIDED,
    }
    return [(kind, objection) for kind, is_due in kinds.items() if is_due]


def of_a_correction(correction: Correction) -> Subjects:
    there: Subjects = [(kind, correction) for step, kind in CORRECTING.items() if correction.confirmed(step)]
    return there[::-1]


def of_a_transfer(transfer: Transfer) -> Subjects:
    return [(K.TRANSFER_COVER, transfer)] if transfer.sent_at else []


def of_a_notice(notice: Notice) -> Subjects:
    """With the sheet for the post, while nothing proves that the platform has it, and where one was made."""
    if not notice.number:
        return []
    session = object_session(notice)
    assert session, "a case is shown in its session"
    by_post = asked_at(notice) or latest_asked(session, notice, K.COVER_LETTER)
    has = {K.COVER_LETTER: by_post, K.NOTICE_WITHDRAWAL: notice.status == WITHDRAWN and notice.issued_at}
    return [(kind, notice) for kind in (K.DISPOSAL_NOTICE, *has, K.DOSSIER) if has.get(kind, True)]


def of_a_campaign(campaign: Campaign) -> Subjects:
    announced_too: Subjects = [(K.ANNOUNCEMENT, campaign)] if campaign.status == CampaignStatus.CLOSED else []
    if campaign.status in NOT_APPROVED:
        return []
    session = object_session(campaign)
    assert session, "a case is shown in its session"
    planned: Subjects = [(K.SAMPLING_PLAN, campaign)] if approved_edition(session, campaign) else []
    told: Subjects = [(K.UNREACHED, campaign)] if anybody_was_told(session, campaign) else []
    return [*planned, (K.IMPLEMENTING_RULES, campaign), *told, *announced_too]


# by the kind of case on whose page they stand
PAPERS: Mapping[str, Callable[[Any], Subjects]] = {
    "campaign": of_a_campaign,
    "task": of_a_task,
    "sample": of_a_sample,
    "portion": lambda portion: [(K.TEST_ORDER, portion), (K.CUSTODY_SHEET, portion), (K.LABEL, portion)],
    "control": of_a_control,
    "finding": of_a_finding,
    "objection": of_an_objection,
    "notice": of_a_notice,
    "correction": of_a_correction,
    "transfer": of_a_transfer,
}


class Sheet(NamedTuple):
    """One language of one paper."""

    language: Language
    document: Document | None  # the newest edition that is made
    address: str | None  # of its PDF
    is_being_made: bool
    can_be_asked: bool


class Paper(NamedTuple):
    name: Text
    about: Text  # which portion
    kind: DocumentKind
    subject: int
    sheets: list[Sheet]
    is_withdrawn: bool


def subjects_of(kind: str, case: Any, me: Actor) -> Subjects:
    """What there is for this reader of the case."""
    there = PAPERS[kind](case) if kind in PAPERS else []
    reads = reader_of(me.sees)
    return [(name, subject) for name, subject in there if is_for(name, reads) and ASKS[name].is_for(me, case)]


def papers(session: Session, kind: Kind, case: Any, me: Actor) -> list[Paper]:
    """For who may see the case: everything that stands on its papers, they may read, but for what `is_for` others."""
    there = subjects_of(kind.name, case, me)
    about = {(subject.__tablename__, id_of(subject)) for _kind, subject in there}
    rows = documents_for(session, about, reader_of(me.sees))
    found = [paper(kind, case, name, subject, rows) for name, subject in there]
    asks = [ASKS[name].is_due(subject) and ASKS[name].may_ask(me, subject) for name, subject in there]
    return [each if may else not_asked(each) for each, may in zip(found, asks, strict=True)]


def not_asked(paper: Paper) -> Paper:
    return paper._replace(sheets=[each._replace(can_be_asked=False) for each in paper.sheets])


def paper(kind: Kind, case: Any, name: DocumentKind, subject: Base, rows: Sequence[Document]) -> Paper:
    mine = [
        row
        for row in rows
        if (row.kind, row.subject_type, row.subject_id) == (name, subject.__tablename__, id_of(subject))
    ]
    sheets = [sheet(kind, case, name, language, mine) for language in ASKS[name].languages]
    is_withdrawn = bool(mine) and mine[0].withdrawn_at is not None
    is_one_of_two = isinstance(subject, Portion) and kind.name != "portion"
    about = word("portion_kind", subject.kind) if is_one_of_two and isinstance(subject, Portion) else ""
    if isinstance(subject, Letter):
        about = subject.addressee
    if kind.name == "control":
        about = subject.sample.number if isinstance(subject, Portion) else getattr(subject, "number", "")
    return Paper(word("document", name), about, name, id_of(subject), sheets, is_withdrawn)


def sheet(kind: Kind, case: Any, name: DocumentKind, language: Language, rows: Sequence[Document]) -> Sheet:
    """`rows`: of one paper, the newest edition first."""
    mine = [row for row in rows if row.language == language]
    made = next((row for row in mine if row.sha256), None)
    waits = bool(mine) and mine[0].sha256 is None and mine[0].withdrawn_at is None
    is_old = bool(rows) and (not mine or mine[0].edition < rows[0].edition)
    address = None
    if made:
        address = url_for(
            "papers.fetch", kind=kind.name, number=kind.number(case), code=made.code, language=language.value
        )
    can_be_asked = not waits and (made is None or is_old or ASKS[name].goes_on)
    return Sheet(language, made, address, waits, can_be_asked)


def find(session: Session, kind: str, case: Any, code: str, language: Language, *, me: Actor) -> Document | None:
    """The document of this case with this code, if its PDF is made."""
    there = subjects_of(kind, case, me)
    wanted = {(name, subject.__tablename__, id_of(subject)) for name, subject in there}
    rows = documents_for(session, {(table, key) for _name, table, key in wanted}, reader_of(me.sees))
    found = (row for row in rows if (row.kind, row.subject_type, row.subject_id) in wanted)
    return next((row for row in found if row.code == code and row.language == language and row.sha256), None)
