"""An approved edition is printed and sealed, and so comes in force: texts, listings and clocks with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.clocks import operations as clocks
from quality.core import clock
from quality.core.errors import Refused
from quality.core.events import write
from quality.core.workflow import begin, perform, record
from quality.documents.codes import new_code
from quality.documents.jobs import claim, one_by_one, print_and_record
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.operations import BOTH, ask
from quality.documents.press import Press
from quality.documents.queries import with_code
from quality.notices.contents import document_of
from quality.notices.jobs import AT_ONCE, sealed_copy
from quality.notices.models import (
    Excuse,
    ItemKind,
    Measure,
    Notice,
    NoticeEdition,
    NoticeItem,
    NoticeStatus,
)
from quality.notices.operations.answering import NOT_ASKED_AGAIN
from quality.notices.operations.looking import RECHECKS
from quality.notices.operations.papers import ask_for_notice
from quality.notices.queries import is_of_all
from quality.notices.workflow import ADDED, TAKE_BACK
from quality.people.actor import SYSTEM

Also = Callable[[Session, Notice], object]


def seal_approved_editions(
    sessions: sessionmaker[Session], press: Press, now: datetime, also: Also = lambda _session, _notice: None
) -> int:
    """Print each approved edition and let it come in force; returns how many this run did.

    `also` is done in the transaction in which an edition comes in force: what a later room keeps of a notice.

    As with a notice that is issued: its words, code and moment are fixed first, it is printed with no transaction
    open, and who dies in between leaves an edition that goes on from there.
    """
    with sessions() as session:
        due = sa.select(NoticeEdition.id).where(
            NoticeEdition.approved_at.is_not(None),
            NoticeEdition.issued_at.is_(None),
            NoticeEdition.dropped_at.is_(None),
        )
        waiting = session.scalars(due.order_by(NoticeEdition.id).limit(AT_ONCE)).all()
    return one_by_one(lambda edition_id: seal(sessions, press, edition_id, now, also), waiting)


def seal(sessions: sessionmaker[Session], press: Press, edition_id: int, now: datetime, also: Also) -> bool:
    with sessions.begin() as session:
        document = write_out(session, edition_id, now)
        document_id = document.id
        claimed = None if document.sha256 else claim(session, document_id, clock.now())
    if claimed:
        return print_and_record(
            sessions, press, document_id, claimed, then=lambda session: put(session, edition_id, also)
        )
    try:
        with sessions.begin() as session:  # somebody else has printed it
            return put(session, edition_id, also)
    except Refused:  # and put it in force
        return False


def write_out(session: Session, edition_id: int, now: datetime) -> Document:
    """Fix what the edition says, in both languages, or find what was fixed before."""
    edition = session.scalars(sa.select(NoticeEdition).where(NoticeEdition.id == edition_id).with_for_update()).one()
    notice = edition.notice
    if edition.code and (there := with_code(session, edition.code)):
        return there[0]
    assert notice.number, "it was issued"
    ask_for_notice(session, notice, Language.ZH, by=SYSTEM)  # one from before there were papers: its is the first
    edition.code = new_code()
    return ask(
        session,
        notice,
        DocumentKind.DISPOSAL_NOTICE,
        document_of(session, notice, issued_at=now, code=edition.code, edition=edition),
        number=notice.number,
        agency_id=notice.agency_id,
        by=SYSTEM,
        languages=BOTH,
        code=edition.code,
        at=now,
    )


def put(session: Session, edition_id: int, also: Also) -> bool:
    """In force, if its PDF is sealed and it is not in force yet."""
    edition = session.get_one(NoticeEdition, edition_id)
    document = next(iter(with_code(session, edition.code or "")), None)
    if document is None or document.sha256 is None or edition.issued_at or edition.dropped_at:
        return False
    notice, sealed = edition.notice, sealed_copy(document)
    issued_at = sealed.pop("issued_at")
    facts = sealed | edition.wording | {"edition": edition.edition}
    facts["measures"] = [Measure(each) for each in edition.wording["measures"]]
    details = {"edition": edition.edition, "kind": edition.kind, "document": document.id, "sha256": document.sha256}
    record(session, notice, "amended", by=SYSTEM, facts=facts, details=details)
    edition.issued_at, edition.in_version = issued_at, notice.version
    edition.sealed, edition.sealed_sha256 = sealed["sealed"], sealed["sealed_sha256"]
    session.flush()
    gone = {int(key) for key in edition.withdrawn}
    for item in [each for each in notice.items if each.id in gone]:
        take_back(session, item)
    for each in edition.added:
        add(session, notice, edition, each)
    session.expire(notice, ["items", "proposed"])
    follow(session, notice, edition)
    also(session, notice)
    return True


def take_back(session: Session, item: NoticeItem) -> None:
    """Nothing is asked of the platform for this listing any more, and its clocks end."""
    now, notice = clock.now(), item.notice
    facts = {"excuse": Excuse.WITHDRAWN, "settled_at": now, **NOT_ASKED_AGAIN}
    perform(session, item, TAKE_BACK, by=SYSTEM, facts=facts, details={"why": Excuse.WITHDRAWN})
    for rule in ("verify_claim", notice.removal_rule, *RECHECKS):
        clocks.stop(session, item, rule, now, by=SYSTEM, outcome="withdrawn")


def add(session: Session, notice: Notice, edition: NoticeEdition, kept: Mapping[str, Any]) -> None:
    """The listing is asked for from the proven receipt of this edition on, in its own time."""
    item = NoticeItem(
        notice_id=notice.id,
        finding_id=int(kept["finding"]),
        kind=ItemKind(kept["kind"]),
        listing_id=kept["listing_id"],
        snapshot=kept["snapshot"],
        edition=edition.edition,
    )
    told = {"edition": edition.edition} | ({"alike": kept["alike"]} if kept["alike"] else {})
    begin(session, item, by=SYSTEM, details=told)
    write(session, item, {"asked_again_at": edition.issued_at, "asked_again_in": edition.in_version})


def follow(session: Session, notice: Notice, edition: NoticeEdition) -> None:
    """What was answered is asked again for what was added; where nothing of all waits any more, no time runs."""
    if edition.added and notice.status == NoticeStatus.ANSWERED:
        perform(session, notice, ADDED, by=SYSTEM)
    if edition.withdrawn and not any(is_of_all(item) for item in notice.items):
        clocks.stop(session, notice, notice.removal_rule, clock.now(), by=SYSTEM, outcome="excused")
