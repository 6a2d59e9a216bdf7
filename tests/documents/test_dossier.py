"""The dossier of a notice on paper, read back: everything of the case, for its agency only, kept as it stood."""

from __future__ import annotations

from typing import Any

import pypdfium2
import pytest
from sqlalchemy.orm import Session

from quality.core.errors import NotPermitted
from quality.documents.models import DocumentKind, Language
from quality.notices.models import Notice, NoticeStatus
from quality.notices.operations import answer, send_back
from quality.notices.operations.looking import verify
from quality.objections.models import Party
from quality.objections.operations import send_letter
from quality.pages.papers import ASKS, find, subjects_of
from quality.pages.views.reply import papers_of
from tests.documents.reading import joined, read
from tests.harness.beginnings import Concluded
from tests.harness.databases import on_sqlite
from tests.harness.notices import desk_of, notice_at, removed, run, seen
from tests.harness.papers import asked, pdf_of, subject_of
from tests.harness.people import Cast
from tests.harness.press import making, real_press

pytestmark = on_sqlite
K = DocumentKind


@pytest.fixture
def cast(concluded: Concluded) -> Cast:
    return concluded.cast


@pytest.fixture
def notice(session: Session, cast: Cast, concluded: Concluded) -> Notice:
    """Claimed, found there, sent back, claimed again, verified."""
    made = notice_at(session, cast, NoticeStatus.ANSWERED, concluded.bad[0])
    [item] = made.items
    cast.clock.advance(hours=1)
    seen(session, cast, item, gone=False)
    send_back(session, item, by=cast.coordinator)
    cast.clock.advance(hours=1)
    answer(session, made, [removed(item, units_sold=215)], by=desk_of(cast, made))
    cast.clock.advance(hours=1)
    seen(session, cast, item)
    verify(session, item, by=cast.coordinator)
    session.commit()
    return made


def bookmarks(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [joined(str(each.get_title())) for each in document.get_toc()]
    finally:
        document.close()


@real_press(K.DOSSIER)
def test_everything_of_the_case_is_in_it_with_a_bookmark_for_each_part(
    session: Session, concluded: Concluded, notice: Notice
) -> None:
    [item] = notice.items
    told = [*(claim.evidence for claim in item.claims), *(look.evidence for look in item.looks)]
    proofs = [sha256 for each in told for sha256 in each]
    wanted = [
        str(notice.number),
        item.finding.number,
        item.listing_id,
        "214",
        "215",
        "规格可下单",
        notice.digest,
        *proofs,
    ]
    documents = asked(session, concluded, K.DOSSIER, notice)
    for language, document in documents.items():
        pdf = pdf_of(document)
        paper, marks = read(pdf), bookmarks(pdf)
        assert not [each for each in wanted if joined(each) not in paper.text]
        parts = [joined(each["title"]) for each in document.says[language]["sections"]]
        assert [part for part in parts if not any(part in mark for mark in marks)] == []
        assert all(f"—{place}—" in page for place, page in enumerate(paper.pages, 1))


def test_a_finding_has_one_too_with_what_became_of_its_listings(
    session: Session, cast: Cast, concluded: Concluded, notice: Notice
) -> None:
    finding = concluded.bad[0]
    says = ASKS[K.DOSSIER].ask(session, finding, Language.ZH, by=cast.coordinator).says
    for language in ("zh", "en"):
        cells = {cell for part in says[language]["sections"] for row in part["rows"] for cell in row}
        assert {finding.sample.number, finding.report.report_no, notice.number, finding.digest} <= cells
        assert {result.item for result in finding.report.results} <= cells
    assert finding.sample.task.number not in str(says)
    assert finding.sample.task.buyer.name not in str(says)


def test_it_is_its_agencys_own_and_nobody_elses(session: Session, cast: Cast, notice: Notice) -> None:
    made = ASKS[K.DOSSIER].ask(session, notice, Language.ZH, by=cast.coordinator)
    run(session, making)
    desk = desk_of(cast, notice)
    assert K.DOSSIER in {name for name, _subject in subjects_of("notice", notice, cast.reviewer)}
    assert K.DOSSIER not in {name for name, _subject in subjects_of("notice", notice, desk)}
    assert find(session, "notice", notice, made.code, Language.ZH, me=cast.reviewer) is made
    assert find(session, "notice", notice, made.code, Language.ZH, me=desk) is None
    with pytest.raises(NotPermitted):
        ASKS[K.DOSSIER].ask(session, notice, Language.ZH, by=desk)


def test_a_party_reads_none_by_its_link(session: Session, cast: Cast, concluded: Concluded) -> None:
    letter = send_letter(session, concluded.bad[0], Party.SELLER, by=cast.coordinator).letter
    last = subject_of(session, concluded, K.FINAL_CONCLUSION)
    for kind in (K.DOSSIER, K.FINAL_CONCLUSION):
        ASKS[kind].ask(session, last, Language.ZH, by=cast.coordinator)
    while run(session, making):
        pass
    theirs = {each.kind for each in papers_of(session, letter)}
    assert K.FINAL_CONCLUSION in theirs
    assert K.DOSSIER not in theirs


def test_it_stays_as_it_was_asked_for(session: Session, cast: Cast, notice: Notice) -> None:
    run(session, making)  # the notice's own
    first = ASKS[K.DOSSIER].ask(session, notice, Language.ZH, by=cast.coordinator)
    run(session, making)
    kept = (first.sha256, first.code)
    again = ASKS[K.DOSSIER].ask(session, notice, Language.ZH, by=cast.reviewer)
    assert again is first, "it says the same whoever asks"
    seen(session, cast, notice.items[0], gone=False)
    later = ASKS[K.DOSSIER].ask(session, notice, Language.ZH, by=cast.coordinator)
    assert (later.edition, later.code != first.code) == (2, True)
    run(session, making)
    assert (first.sha256, first.code) == kept
    assert len(entries(later)) == len(entries(first)) + 1


def entries(document: Any) -> list[list[str]]:
    listings = next(each for each in document.says["zh"]["sections"] if each["subs"] and "about" in each["subs"][0])
    rows: list[list[str]] = listings["subs"][0]["rows"]
    return rows
