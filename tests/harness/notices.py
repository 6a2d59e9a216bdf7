"""Notices that walked the real road: drafted from confirmed findings, issued, served, answered, seen and closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.workflow import perform
from quality.delivery.jobs import serve_received_notices
from quality.delivery.operations import acknowledge, open_as_platform
from quality.documents.press import Press
from quality.evidence.models import EvidenceKind
from quality.lab.models import Finding
from quality.notices.answers import OutcomeEntry
from quality.notices.editions import wording_of
from quality.notices.jobs import seal_issuing_notices
from quality.notices.models import Look, Notice, NoticeEdition, NoticeItem, NoticeKind, NoticeStatus
from quality.notices.operations import (
    amend,
    answer,
    approve_edition,
    close,
    draft_notices,
    draft_withdrawal,
    issue,
    look,
    reopen,
    submit,
    verify,
    withdraw,
)
from quality.notices.reissuing import seal_approved_editions
from quality.notices.workflow import APPROVE
from quality.people.actor import Actor
from tests.harness.lab import confirmed_finding
from tests.harness.people import Cast
from tests.harness.purchases import picture

TEXTS: dict[str, Any] = {
    "kind": NoticeKind.ORDER,
    "legal_basis": "《电子商务法》第二十九条、第三十八条",
    "reasons": "磁通量指数不符合 GB 6675.2—2014 第5.25条的要求",
    "answer_to": "明察系统网页或接口",
    "how_to_object": "可自收到之日起60日内申请行政复议",
}


def run(session: Session, job: Callable[[sessionmaker[Session], datetime], int]) -> int:
    """A job as it runs in life: in sessions of its own, after what the test did is committed."""
    session.commit()
    done = job(sessionmaker(session.get_bind()), clock.now())
    session.expire_all()
    return done


def sealing(sessions: sessionmaker[Session], now: datetime) -> int:
    """The job that seals, at the press of the program that the test runs."""
    return seal_issuing_notices(sessions, Press.of(current_app.config["SETTINGS"]), now)


def reissuing(sessions: sessionmaker[Session], now: datetime) -> int:
    """The job that seals later editions."""
    return seal_approved_editions(sessions, Press.of(current_app.config["SETTINGS"]), now)


def amended(session: Session, cast: Cast, notice: Notice, **changed: Any) -> NoticeEdition:
    """The next edition, drafted, approved and in force."""
    said: dict[str, Any] = {"reason": "更正", **wording_of(notice)} | changed
    edition = amend(session, notice, by=cast.coordinator, **said)
    approve_edition(session, notice, by=cast.reviewer)
    assert run(session, reissuing) == 1
    return edition


def taken_back(session: Session, cast: Cast, notice: Notice, why: str) -> None:
    """Withdrawn as a whole, by two persons once it was issued."""
    if notice.issued_at is not None:
        draft_withdrawal(session, notice, why, by=cast.coordinator)
    withdraw(session, notice, why, by=cast.reviewer)


def desk_of(cast: Cast, case: Notice | NoticeItem) -> Actor:
    """Who answers for the platform that the notice went to."""
    return cast.desk if case.platform_id == cast.platform.id else cast.other_desk


def of_one_platform(session: Session, cast: Cast, many: int) -> list[Finding]:
    """So many findings that one notice can name, each of another listing, whatever order the draw gave."""
    found: dict[int, dict[str, Finding]] = {}
    while True:
        finding = confirmed_finding(session, cast)
        drawn = finding.sample.task.drawn
        alike = found.setdefault(drawn.platform_id, {})
        alike[drawn.listing_id] = finding
        if len(alike) == many:
            return list(alike.values())


def drafted(session: Session, cast: Cast, *findings: Finding, **changed: Any) -> Notice:
    """A draft with one listing on it, unless more findings of one platform are given."""
    about = findings or (confirmed_finding(session, cast),)
    return draft_notices(session, about, by=cast.coordinator, **(TEXTS | changed))[0]


def opened(session: Session, cast: Cast, notice: Notice) -> None:
    open_as_platform(session, notice, by=desk_of(cast, notice))
    run(session, serve_received_notices)


def removed(item: NoticeItem, **changed: Any) -> OutcomeEntry:
    """The platform says that it took the listing down this moment."""
    said: dict[str, Any] = {"acted_at": clock.now(), "units_sold": 214} | changed
    return OutcomeEntry(item.listing_id, said.pop("outcome", "removed"), **said)


def answered(session: Session, cast: Cast, notice: Notice) -> None:
    results = answer(session, notice, [removed(item) for item in notice.items], by=desk_of(cast, notice))
    assert all(result.ok for result in results), results


def seen(session: Session, cast: Cast, item: NoticeItem, *, gone: bool = True, **changed: Any) -> Look:
    """We look at the listing this moment, with a new picture."""
    by = changed.pop("by", cast.coordinator)
    proof = picture(session, by, EvidenceKind.LOOK).sha256
    facts: dict[str, Any] = {"seen_at": clock.now(), "evidence": [proof], "reason": "" if gone else "规格可下单"}
    return look(session, item, gone=gone, by=by, **(facts | changed))


def verified(session: Session, cast: Cast, item: NoticeItem) -> None:
    seen(session, cast, item)
    verify(session, item, by=cast.coordinator)


def reopened(session: Session, cast: Cast, item: NoticeItem) -> None:
    seen(session, cast, item, gone=False)
    reopen(session, item, by=cast.coordinator)


def notice_at(session: Session, cast: Cast, status: NoticeStatus, *findings: Finding, **changed: Any) -> Notice:
    """A notice in `status`. `answered` is claimed and not yet seen; from `closed` on every listing was verified."""
    if status == NoticeStatus.WITHDRAWN:
        notice = notice_at(session, cast, NoticeStatus.ISSUED, *findings, **changed)
        taken_back(session, cast, notice, "链接有误")
        return notice
    notice = drafted(session, cast, *findings, **changed)
    steps: dict[NoticeStatus, Callable[[], object]] = {
        NoticeStatus.DRAFT: lambda: None,
        NoticeStatus.IN_REVIEW: lambda: submit(session, notice, by=cast.coordinator),
        NoticeStatus.APPROVED: lambda: perform(session, notice, APPROVE, by=cast.reviewer),
        NoticeStatus.ISSUING: lambda: issue(session, notice, by=cast.coordinator),
        NoticeStatus.ISSUED: lambda: run(session, sealing),
        NoticeStatus.SERVED: lambda: opened(session, cast, notice),
        NoticeStatus.ACKNOWLEDGED: lambda: acknowledge(session, notice, "TL-REG-118", by=desk_of(cast, notice)),
        NoticeStatus.ANSWERED: lambda: answered(session, cast, notice),
        NoticeStatus.CLOSED: lambda: closed(session, cast, notice),
        NoticeStatus.REOPENED: lambda: reopened(session, cast, notice.items[0]),
    }
    for reached, step in steps.items():
        step()
        if reached == status:
            break
    return notice


def issued(session: Session, cast: Cast, notice: Notice) -> None:
    """A draft goes out."""
    submit(session, notice, by=cast.coordinator)
    perform(session, notice, APPROVE, by=cast.reviewer)
    issue(session, notice, by=cast.coordinator)
    run(session, sealing)


def closed(session: Session, cast: Cast, notice: Notice) -> None:
    for item in notice.items:
        verified(session, cast, item)
    close(session, notice, by=cast.coordinator)
