"""For whom each kind of document is: every kind at every door of outsiders; what nobody wrote down is nobody's."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.db import Base
from quality.core.errors import NotFound
from quality.core.workflow import record
from quality.documents import readers
from quality.documents.models import Document, DocumentKind
from quality.documents.operations import ask
from quality.documents.queries import latest_asked, open_document
from quality.documents.readers import FOR_WHOM, OUTSIDE, Reader, is_for, reader_of
from quality.evidence.vault import vault_from
from quality.notices.models import Notice, NoticeStatus
from quality.objections.models import Party
from quality.objections.operations import send_letter
from quality.pages.kinds import KINDS
from quality.pages.papers import papers
from quality.people.actor import SYSTEM
from quality.permissions import Sees
from quality.purchases.models import PortionKind
from tests.harness.beginnings import Concluded
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.notices import desk_of, notice_at
from tests.harness.quickly import quick_pdf

K = DocumentKind
# a second time, by hand: whoever opens a kind to somebody outside does it in two places
OUTSIDERS_MAY = {
    Reader.LABORATORY: {K.LABEL, K.CUSTODY_SHEET, K.TEST_ORDER},
    Reader.PLATFORM: {K.DISPOSAL_NOTICE, K.COVER_LETTER, K.NOTICE_WITHDRAWAL, K.CONFORMANCE, K.SAMPLING_NOTICE},
    Reader.PARTY: {
        K.RESULT_NOTICE, K.OBJECTION_ANSWER, K.REINSPECTION_NOTICE, K.OBJECTION_DECISION, K.FINAL_CONCLUSION,
        K.CORRECTION_ORDER, K.CORRECTION_ANNOUNCEMENT, K.SUSPENSION_PROPOSAL, K.SAMPLING_NOTICE,
    },
    Reader.PUBLIC: {K.ANNOUNCEMENT},
}  # fmt: skip


class Shelf:
    """A store that has everything."""

    def open(self, sha256: str) -> io.BytesIO:
        return io.BytesIO(sha256.encode())


def test_every_kind_says_for_whom_it_is() -> None:
    assert set(FOR_WHOM) == set(K)
    assert all(FOR_WHOM[kind] for kind in K)
    assert OUTSIDE == set(OUTSIDERS_MAY) == set(Reader) - {Reader.AGENCY, Reader.BUYER}
    assert [reader_of(sees) for sees in (Sees.NOTHING, Sees.PLATFORM, Sees.OWN_WORK)] == [None, "platform", "buyer"]


@pytest.mark.parametrize("reader", [*Reader, None])
def test_a_file_is_opened_for_those_alone_for_whom_it_is(reader: Reader | None) -> None:
    shelf: Any = Shelf()
    for kind in K:
        document = Document(code="7F3K-92QD-4B8M", kind=kind, sha256="0" * 64)
        if reader in OUTSIDERS_MAY:
            assert is_for(kind, reader) == (kind in OUTSIDERS_MAY[reader])
        if is_for(kind, reader):
            assert open_document(shelf, document, reader).read()
        else:
            with pytest.raises(NotFound):
                open_document(shelf, document, reader)


def test_a_kind_of_which_nobody_said_it_is_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "FOR_WHOM", {})
    assert not [(kind, reader) for kind in K for reader in Reader if is_for(kind, reader)]


# --- the doors themselves, with a made document of every kind behind each ---


@pytest.fixture
def made(app: Flask, session: Session, concluded: Concluded) -> Any:
    """Has a document of each kind made about a case, whether such a case has it in life or not."""
    vault = vault_from(app.config["SETTINGS"].evidence_url)

    def of(subject: Base, number: str) -> dict[DocumentKind, str]:
        codes, agency = {}, concluded.bad[0].agency_id
        for kind in K:
            there = latest_asked(session, subject, kind)
            says = there.says if there else {}
            document = ask(session, subject, kind, says, number=number, agency_id=agency, by=SYSTEM)
            if document.sha256 is None:
                kept = vault.put(quick_pdf(document.code))
                facts = {"sha256": kept.sha256, "bytes": kept.bytes, "made_at": clock.now()}
                record(session, document, "make", by=SYSTEM, facts=facts)
            codes[kind] = document.code
        session.commit()
        return codes

    return of


def got(client: Any, address: str, codes: dict[DocumentKind, str]) -> set[DocumentKind]:
    """The kinds whose file this door gives; it says of the others that there is none."""
    answers = {kind: client.get(address % code).status_code for kind, code in codes.items()}
    assert set(answers.values()) <= {200, 404}
    return {kind for kind, status in answers.items() if status == 200}


@on_sqlite
def test_a_partys_link_gives_what_was_written_to_it(
    session: Session, concluded: Concluded, client: Any, made: Any
) -> None:
    sent = send_letter(session, concluded.bad[0], Party.SELLER, by=concluded.cast.coordinator)
    codes = made(sent.letter, sent.letter.finding.number)

    assert got(client, f"/reply/{sent.token}/%s.pdf", codes) == OUTSIDERS_MAY[Reader.PARTY]
    listed = client.get(f"/reply/{sent.token}").text
    assert {kind for kind, code in codes.items() if code in listed} == OUTSIDERS_MAY[Reader.PARTY]


@on_sqlite
def test_a_platforms_portal_gives_what_goes_to_platforms(
    app: Flask, session: Session, concluded: Concluded, made: Any
) -> None:
    notice = notice_at(session, concluded.cast, NoticeStatus.WITHDRAWN, concluded.bad[0])
    codes = made(notice, str(notice.number))
    desk = desk_of(concluded.cast, notice)
    assert desk.person
    give_password(session, desk.person)
    session.commit()
    client = sign_in(app, desk)

    found = got(client, f"/desk/notice/{notice.number}/document/%s/zh.pdf", codes)
    assert found == {K.DISPOSAL_NOTICE, K.COVER_LETTER, K.NOTICE_WITHDRAWAL}
    listed = client.get(f"/desk/notice/{notice.number}").text
    assert {kind for kind, code in codes.items() if f"/document/{code}/" in listed} <= found


@on_sqlite
def test_a_laboratory_gets_what_goes_with_a_portion(
    app: Flask, session: Session, concluded: Concluded, made: Any
) -> None:
    portion = concluded.bad[0].sample.portion(PortionKind.TEST)
    codes = made(portion, portion.blind_no)
    assert concluded.cast.analyst.person
    give_password(session, concluded.cast.analyst.person)
    session.commit()
    client = sign_in(app, concluded.cast.analyst)

    assert (
        got(client, f"/desk/portion/{portion.blind_no}/document/%s/zh.pdf", codes) == OUTSIDERS_MAY[Reader.LABORATORY]
    )


@on_sqlite
def test_the_public_gets_announcements_alone(session: Session, concluded: Concluded, client: Any, made: Any) -> None:
    notice = notice_at(session, concluded.cast, NoticeStatus.ISSUED, concluded.bad[0])
    codes = made(notice, str(notice.number))

    answers = {kind: client.get(f"/verify/{code}").text for kind, code in codes.items()}
    assert {kind for kind, page in answers.items() if ".pdf" in page} == OUTSIDERS_MAY[Reader.PUBLIC]


@on_sqlite
def test_the_sheet_for_the_post_is_made_by_who_posts_it(app: Flask, session: Session, concluded: Concluded) -> None:
    notice = notice_at(session, concluded.cast, NoticeStatus.ISSUED, concluded.bad[0])
    desk, coordinator = desk_of(concluded.cast, notice), concluded.cast.coordinator
    for actor in (desk, coordinator):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    form = {"paper": K.COVER_LETTER.value, "subject": str(notice.id), "language": "zh"}
    address = f"/desk/notice/{notice.number}"
    assert sign_in(app, desk).post(f"{address}/document", data=form).status_code == 403
    kind, notice = KINDS["notice"], session.get_one(Notice, notice.id)
    with app.test_request_context():
        may = [
            any(sheet.can_be_asked for paper in papers(session, kind, notice, who) for sheet in paper.sheets
                if paper.kind is K.COVER_LETTER)
            for who in (desk, coordinator)
        ]  # fmt: skip
    assert may == [False, True]
