"""The page of a letter: a party without an account reads, confirms, objects, and sees nothing that is another's."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.clocks.models import Clock
from quality.core.clock import BEIJING
from quality.core.events import Event
from quality.documents.models import Document
from quality.evidence.models import EvidenceKind, Exhibit
from quality.lab.models import Finding
from quality.objections.jobs import accept_what_was_not_objected_to
from quality.objections.models import (
    Decision,
    Ground,
    Letter,
    Objection,
    ObjectionStatus,
    Party,
    Proof,
    SentFile,
    Telling,
    TellingStatus,
)
from quality.objections.operations import admit, decide, refuse, send_letter
from quality.objections.operations.posting import hashed
from quality.objections.queries import files_of, of_party, telling_of
from quality.pages.views.sent import name_of
from quality.publication.contents import FAILED
from quality.web.pace import EXTENSION
from tests.evidence.files import little_picture
from tests.evidence.test_checks import archive
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.notices import run
from tests.harness.people import Cast
from tests.harness.press import making
from tests.harness.purchases import PURCHASE

SAID = {"ground": "procedure", "statement": "封样时我方不在场，批号与封样单不符。"}


@dataclass
class Way:
    """A nonconforming finding, and whoever has to do with it."""

    app: Flask
    session: Session
    cast: Cast
    finding: Finding
    clock: HeldClock
    client: Any

    def letter_to(self, party: Party) -> str:
        """Its link."""
        sent = send_letter(self.session, self.finding, party, by=self.cast.coordinator)
        self.session.commit()
        run(self.session, making)
        return f"/reply/{sent.token}"

    def told(self, party: Party = Party.SELLER) -> Telling | None:
        self.session.expire_all()
        return telling_of(self.session, self.finding, party)

    def desk(self) -> Any:
        assert self.cast.coordinator.person
        give_password(self.session, self.cast.coordinator.person)
        self.session.commit()
        return sign_in(self.app, self.cast.coordinator)

    def page(self) -> str:
        return f"/desk/finding/{self.finding.number}"


@pytest.fixture
def way(app, session, concluded, clock, client) -> Way:
    app.extensions.pop(EXTENSION, None)
    return Way(app, session, concluded.cast, concluded.bad[0], clock, client)


def events(session):
    session.rollback()
    return session.scalars(sa.select(sa.func.count()).select_from(Event)).one()


def test_only_who_presses_proves_the_receipt_and_only_once(way):
    link, before = way.letter_to(Party.SELLER), events(way.session)
    for _scanner in range(3):
        answer = way.client.get(link)
        assert answer.status_code == 200
        assert "我已收到" in answer.text
    way.client.head(link)
    assert events(way.session) == before
    assert way.told() is None

    pressed = way.client.post(link)
    at = way.clock.moment
    way.clock.advance(hours=2)
    way.client.post(link)

    assert pressed.status_code == 303
    told = way.told()
    assert (told.proof, told.received_at, told.status) == (Proof.LINK, at, TellingStatus.TOLD)
    letter = way.session.scalars(sa.select(Letter)).one()
    assert letter.received_at == at
    signed = way.session.scalars(sa.select(Event.actor).where(Event.action == "letter_received")).all()
    assert signed == [f"letter:{letter.id}"]
    assert "对本结果提出异议" in way.client.get(link).text


@on_sqlite
def test_the_link_is_kept_as_a_hash_only_and_nobody_on_the_way_keeps_the_page(way):
    link = way.letter_to(Party.SELLER)
    token = link.rpartition("/")[2]
    letter = way.session.scalars(sa.select(Letter)).one()
    assert letter.token_sha256 == hashed(token)
    assert len(token) >= 43
    for table in sa.inspect(way.session.get_bind()).get_table_names():
        for row in way.session.execute(sa.text(f'SELECT * FROM "{table}"')):
            assert token not in str(row), table

    headers = way.client.get(link).headers

    assert "Set-Cookie" not in headers
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in headers["X-Robots-Tag"]


@on_sqlite
def test_a_link_ends_with_its_time_or_when_it_is_taken_back(way):
    first, second = way.letter_to(Party.SELLER), way.letter_to(Party.PRODUCER)
    assert way.client.get("/reply/" + "0" * 43).status_code == 404
    assert way.client.get("/reply/" + "0" * 5_000).status_code == 404
    desk = way.desk()
    letter = way.session.scalars(sa.select(Letter).where(Letter.party == Party.SELLER)).one()
    body = {"letter": str(letter.id), "version": way.finding.version}
    assert desk.post(f"/desk/finding/{way.finding.number}/take_back_letter", data=body).status_code == 302

    for address in (first, f"{first}/objection"):
        assert way.client.get(address).status_code == 410
        assert way.client.post(address, data=SAID).status_code == 410
    assert way.client.get(second).status_code == 200
    way.clock.advance(days=90)
    assert way.client.get(second).status_code == 410
    way.session.expire_all()
    assert way.told() is None
    shown = way.desk().get(way.page()).text
    assert "taken back" in shown
    assert "expired" in shown


@on_sqlite
@pytest.mark.parametrize("party", list(Party))
def test_each_party_reads_what_concerns_it_and_nothing_of_another_or_of_the_buyer(way, party):
    sample, listing = way.finding.sample, way.finding.sample.task.drawn
    link = way.letter_to(party)
    way.client.post(link)
    way.client.post(f"{way.letter_to(Party.SELLER if party != Party.SELLER else Party.PRODUCER)}")
    other = Party.PRODUCER if party == Party.SELLER else Party.SELLER
    said = "只有另一方写下的话"
    letter = way.session.scalars(sa.select(Letter).where(Letter.party == other)).first()
    assert letter

    text = way.client.get(link).text + way.client.get(f"{link}?lang=en").text
    says = (
        way.session.scalars(
            sa.select(Document)
            .join(Letter, Letter.id == Document.subject_id)
            .where(Document.subject_type == "letter", Letter.party == party)
        )
        .first()
        .says
    )

    assert sample.product_name in text
    theirs = {
        Party.SELLER: listing.listing["shop_name"],
        Party.PRODUCER: sample.producer_name,
        Party.PLATFORM: listing.platform.name,
    }[party]
    assert theirs in text
    assert said not in text
    if party == Party.PRODUCER:
        assert listing.listing["shop_name"] not in text + str(says)
        assert listing.listing_id not in text + str(says)
    for name in ("account", "recipient", "address", "telephone"):
        assert PURCHASE[name] not in text + str(says)


def test_a_party_objects_by_its_page_with_files_that_are_no_evidence_before_it_is_admitted(way):
    cast = way.cast
    link = way.letter_to(Party.PRODUCER)
    assert way.client.get(f"{link}/objection").status_code == 303
    way.client.post(link)
    way.clock.advance(days=3)
    picture = little_picture(3)
    assert "我方不在场" not in way.client.get(f"{link}/objection").text

    answer = way.client.post(
        f"{link}/objection",
        data=SAID | {"files": [(io.BytesIO(picture), "封条.png"), (io.BytesIO(picture), "再次.png")]},
    )

    assert answer.status_code == 303
    objection = of_party(way.session, way.finding, Party.PRODUCER)
    assert (objection.status, objection.ground) == (ObjectionStatus.RECEIVED, Ground.PROCEDURE)
    assert objection.received_at == way.clock.moment
    assert objection.statement == SAID["statement"]
    [file] = files_of(way.session, objection)
    assert way.session.scalars(sa.select(Exhibit).where(Exhibit.kind == EvidenceKind.OBJECTION)).all() == []
    shown = way.client.get(link).text
    assert objection.number in shown
    assert SAID["statement"] in shown
    assert way.client.post(f"{link}/objection", data=SAID).status_code == 409
    desk = way.desk()
    page = desk.get(f"/desk/objection/{objection.number}").text
    assert SAID["statement"] in page
    got = desk.get(f"/desk/objection/{objection.number}/sent/{file.id}")
    assert (got.data, got.mimetype) == (picture, "application/octet-stream")
    assert "attachment" in got.headers["Content-Disposition"]
    assert name_of("封条.PNG", "image/png") == "封条.PNG"
    assert name_of("evil.bat", "text/plain") == "evil.bat.txt", "whoever opens it reads it"
    assert "sandbox" in got.headers["Content-Security-Policy"]

    admit(way.session, objection, by=cast.coordinator, note="材料齐全，予以受理")
    way.session.commit()

    exhibit = way.session.scalars(sa.select(Exhibit).where(Exhibit.kind == EvidenceKind.OBJECTION)).one()
    assert exhibit.holding.sha256 == file.sha256
    assert file.accepted_at == way.clock.moment
    assert "材料齐全" in way.client.get(link).text
    decide(way.session, objection, Decision.UPHELD, by=cast.reviewer, reason="封样单确有误")
    way.session.commit()
    ended = way.client.get(link).text
    assert "封样单确有误" in ended
    assert "不再作为认定依据" in ended


@on_sqlite
def test_one_minute_late_is_refused_with_the_moment_and_the_count(way):
    link = way.letter_to(Party.SELLER)
    way.client.post(link)
    told = way.told()
    way.session.rollback()
    page = way.client.get(f"{link}?lang=en").text
    period = f"{told.received_at + timedelta(days=15):%Y}"
    assert period in page
    way.clock.moment = last_moment(way.session) - timedelta(minutes=1)
    assert way.client.get(f"{link}/objection").status_code == 200
    way.clock.moment = last_moment(way.session) + timedelta(minutes=1)

    answer = way.client.post(f"{link}/objection?lang=en", data=SAID)

    assert answer.status_code == 409
    assert "00:01:00" in answer.text
    assert "00:00:00" in answer.text
    assert "15 calendar days" in answer.text
    assert SAID["statement"] in answer.text
    assert way.session.scalars(sa.select(Objection)).all() == []
    run(way.session, accept_what_was_not_objected_to)
    over = way.client.get(f"{link}?lang=en").text
    assert "The time to object is over; the result is deemed accepted." in over
    assert f"{link}/objection" not in over


def last_moment(session):
    due = session.scalars(sa.select(Clock.due_at).where(Clock.rule == "objection")).one()
    session.rollback()
    return due


@on_sqlite
def test_what_a_stranger_may_send_is_bounded_and_looked_through(way, monkeypatch):
    monkeypatch.setattr("quality.objections.operations.files.LARGEST", 20_000)  # a test sends little
    monkeypatch.setattr("quality.pages.views.reply.WITH_FILES", 300_000)
    link = f"{way.letter_to(Party.SELLER)}"
    way.client.post(link)
    page = f"{link}/objection"
    png = little_picture(1)
    bad = [
        {"statement": ""},
        {"statement": "长" * 4_001},
        {"statement": "abc\u202edef"},
        {"ground": "authenticity"},
        {"ground": "无此项"},
        {"files": [(io.BytesIO(b"MZ\x90\x00 program"), "a.png")]},
        {"files": [(io.BytesIO(png + archive()), "a.png")]},
        {"files": [(io.BytesIO(b""), "a.png")]},
        {"files": [(io.BytesIO(png + bytes(20_000)), "a.png")]},
        {"files": [(io.BytesIO(png), f"{n}.png") for n in range(7)]},
        {"ground": "result", "items": ["无此项"]},
    ]
    for each in bad:
        answer = way.client.post(page, data=SAID | each)
        assert answer.status_code == 422, each
        assert 'role="alert"' in answer.text
        way.clock.advance(minutes=2)
        way.app.extensions.pop(EXTENSION)
    too_much = way.client.post(page, data=SAID | {"files": [(io.BytesIO(bytes(310_000)), "a.png")]})
    assert too_much.status_code == 413
    assert way.session.scalars(sa.select(Objection)).all() == []
    assert way.session.scalars(sa.select(SentFile)).all() == []


@on_sqlite
def test_who_tries_too_often_waits(way):
    link = way.letter_to(Party.SELLER)
    tried = [way.client.post(f"{link}/objection", data={}).status_code for _try in range(11)]
    assert tried[-1] == 429
    assert way.client.post(link).headers["Retry-After"]
    assert {way.client.get(f"/reply/{n}").status_code for n in range(60)} == {404}
    assert way.client.get("/reply/61").status_code == 429
    assert way.client.get(link).status_code == 200


@on_sqlite
def test_a_refusal_and_its_reasons_stand_on_the_page(way):
    link = way.letter_to(Party.SELLER)
    way.client.post(link)
    way.client.post(f"{link}/objection", data=SAID)
    objection = of_party(way.session, way.finding, Party.SELLER)

    refuse(way.session, objection, "未提供任何材料", by=way.cast.coordinator)
    way.session.commit()

    assert "未提供任何材料" in way.client.get(link).text


@on_sqlite
def test_the_sealed_notice_is_fetched_from_the_page_and_stays_as_it_was_sent(way):
    link = way.letter_to(Party.PRODUCER)
    document = way.session.scalars(sa.select(Document).where(Document.subject_type == "letter")).first()
    assert f"{link}/{document.code}.pdf" in way.client.get(link).text

    got = way.client.get(f"{link}/{document.code}.pdf")

    assert got.status_code == 200
    assert got.mimetype == "application/pdf"
    assert way.client.get(f"{link}/7F3K-92QD-4B8M.pdf").status_code == 404
    other = way.letter_to(Party.SELLER)
    assert way.client.get(f"{other}/{document.code}.pdf").status_code == 404
    assert {line["verdict"] for line in document.says["results"]} & FAILED
    assert document.says["to"] == [way.finding.sample.producer_name]


@on_sqlite
def test_a_postal_receipt_is_entered_with_its_number_and_its_picture(way):
    desk, page = way.desk(), way.page()
    received_at = f"{way.clock.moment.astimezone(BEIJING):%Y-%m-%dT%H:%M}"
    body = {"party": "seller", "proof": "post", "received_at": received_at, "version": way.finding.version}
    receipts = [(io.BytesIO(little_picture(2)), "回执.png") for _each in range(2)]
    wrong = ({"receipt_no": "EMS 1032"}, {"receipt": receipts[0]}, {"proof": "entered", "receipt": receipts[1]})
    for each in wrong:  # a picture without its number, and one that nobody would keep
        assert desk.post(f"{page}/tell", data=body | each).status_code == 422
    picture = (io.BytesIO(little_picture(2)), "回执.png")

    full = body | {"receipt_no": "EMS 1032", "receipt": picture}
    assert desk.post(f"{page}/tell", data=full).status_code == 302

    told = way.told()
    assert (told.proof, told.receipt_no) == (Proof.POST, "EMS 1032")
    exhibit = way.session.scalars(sa.select(Exhibit).where(Exhibit.kind == EvidenceKind.RECEIPT)).one()
    assert exhibit.part == f"telling:{told.id}"
    assert "EMS 1032" in desk.get(page).text


@on_sqlite
def test_the_link_is_shown_once_to_who_sends_it(way):
    desk, page = way.desk(), way.page()

    answer = desk.post(f"{page}/letter", data={"party": "platform", "version": way.finding.version})

    assert answer.status_code == 200
    assert "/reply/" in answer.text
    assert "/reply/" not in desk.get(page).text
