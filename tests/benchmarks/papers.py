"""Sealing a notice, the job's whole work, against bare WeasyPrint on the same HTML. CPU time: the rest is waiting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker
from weasyprint import CSS, HTML

from quality.core import clock
from quality.core.db import db
from quality.documents.models import DocumentKind
from quality.documents.press import Press, paper_of
from quality.documents.queries import latest_of
from quality.documents.render import STYLESHEETS, fonts
from quality.notices.jobs import seal_issuing_notices
from quality.notices.models import Notice, NoticeStatus
from tests.benchmarks.measure import Row, in_turn
from tests.harness.clock import HeldClock
from tests.harness.notices import notice_at, of_one_platform
from tests.harness.people import founded

LISTINGS = 5
ROUNDS = 15
AS_BEFORE = (  # the notice as it was when it had just got its number
    "UPDATE notice SET status = 'issuing', sealed = NULL, sealed_sha256 = NULL, issued_at = NULL, "
    "verification_code = NULL",
    "UPDATE document SET subject_id = -id",
    "DELETE FROM notice_edition",
)


def rows(database: str, app: Flask) -> list[Row]:
    sessions, press = sessionmaker(db.engine), Press.of(app.config["SETTINGS"])
    notice_id = prepared()

    def ours() -> None:
        assert seal_issuing_notices(sessions, press, clock.now()) == 1

    def again() -> None:
        with db.engine.begin() as connection:
            for statement in AS_BEFORE:
                connection.execute(sa.text(statement))

    ours()
    with sessions() as session:
        document = latest_of(session, session.get_one(Notice, notice_id), DocumentKind.DISPOSAL_NOTICE)
        assert document is not None
        html = press.html(paper_of(document))

    def bare() -> None:
        HTML(string=html).write_pdf(stylesheets=[CSS(filename=path) for path in STYLESHEETS], font_config=fonts())

    seconds, theirs, ratio = in_turn(ours, bare, ROUNDS, by=process_time, before=again)
    what = f"sealing a notice of {LISTINGS} listings: fixed, printed, kept, issued (CPU)"
    return [
        Row(
            what,
            "bare WeasyPrint: the same HTML and stylesheets, the fonts read once",
            database,
            seconds,
            theirs,
            ratio,
            1.05,
        )
    ]


def prepared() -> int:
    with standing_clock() as held, Session(db.engine) as session:
        cast = founded(session, held)
        findings = of_one_platform(session, cast, LISTINGS)
        notice = notice_at(session, cast, NoticeStatus.ISSUING, *findings)
        session.commit()
        return notice.id


@contextmanager
def standing_clock() -> Iterator[HeldClock]:
    held, running = HeldClock(), clock.now
    clock.now = held.now
    try:
        yield held
    finally:
        clock.now = running
