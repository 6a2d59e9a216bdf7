"""That a sample was taken: a platform reads it on its pages, a seller by a link, and the desk what came of both."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest

from quality.core import clock
from quality.informing.jobs import prove_what_was_opened
from quality.informing.models import Call, Outcome, Proof, SampleMail, SampleMailLine, Way
from quality.informing.operations import Tried, note_try, tell
from quality.informing.queries import notice_to
from quality.objections.models import Party
from quality.objections.operations import send_letter
from quality.objections.operations.posting import LASTS
from quality.web.pace import EXTENSION
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.notices import run
from tests.harness.press import making
from tests.harness.purchases import PURCHASE

pytestmark = on_sqlite


@pytest.fixture
def sample(app, session, concluded):
    cast = concluded.cast
    app.extensions.pop(EXTENSION, None)
    for actor in (cast.coordinator, cast.buyer, cast.desk, cast.other_desk, cast.reader, cast.engineer):
        give_password(session, actor.person)
    session.commit()
    return concluded.bad[0].sample


def desks(cast, sample):
    both = (cast.desk, cast.other_desk)
    return both if both[0].organisation_id == sample.task.drawn.platform_id else both[::-1]


def secrets_of(sample) -> set[str]:
    typed = {str(PURCHASE[name]) for name in ("account", "recipient", "address", "telephone")}
    blind = {each for portion in sample.portions for each in (portion.blind_no, portion.seal_no)}
    return {*typed, *blind, sample.task.buyer.name, sample.task.number}


def pressed(client, sample, name: str, **fits):
    """The form of this name, opened and sent with what it proposes."""
    page = f"/desk/sample/{sample.number}/{name}"
    found = re.search(r'name="version" [^>]*value="(\d+)"', client.get(page).text)
    assert found, page
    return client.post(page, data={"version": found[1], **fits})


def test_a_platform_reads_what_it_was_told_and_acknowledges_by_one_press(session, concluded, sample, sign_in):
    cast = concluded.cast
    desk, other = (sign_in(each) for each in desks(cast, sample))
    coordinator, hidden = sign_in(cast.coordinator), secrets_of(sample)
    assert "No sample of your listings stands here" in desk.get("/desk/told/").text
    assert pressed(coordinator, sample, "tell_platform").status_code == 302
    number, here = sample.number, f"/desk/told/{sample.number}"

    assert number in desk.get("/desk/told/").text
    assert number not in other.get("/desk/told/").text
    for address in (here, f"{here}/notice.pdf"):
        assert other.get(address).status_code == 404
    assert desk.get(f"{here}/notice.pdf").status_code == 409  # being made
    run(session, making)
    shown = desk.get(here).text
    assert "We have received it" in shown
    assert not [secret for secret in hidden if secret in shown]
    assert desk.get(f"{here}/notice.pdf").mimetype == "application/pdf"
    assert run(session, lambda sessions, _now: prove_what_was_opened(sessions)) == 1
    assert "opened" in desk.get("/desk/told/").text

    assert other.post(here).status_code == 404
    assert desk.post(here).status_code == desk.post(here).status_code == 302
    assert "We have received it" not in desk.get(here).text
    assert "you acknowledged it" in desk.get("/desk/told/").text
    assert notice_to(session, sample, Party.PLATFORM).proof is Proof.ACKNOWLEDGED
    told = coordinator.get(f"/desk/sample/{number}").text
    assert "acknowledged by the platform" in told
    assert "opened first" in told
    assert "Told that it was taken" not in sign_in(cast.buyer).get(f"/desk/sample/{number}").text
    assert sign_in(cast.engineer).get("/desk/told/").status_code == 403
    assert coordinator.get("/desk/told/").status_code == 403


def test_a_list_of_many_is_read_some_at_a_time(session, concluded, sample, sign_in, monkeypatch):
    monkeypatch.setattr("quality.pages.views.told.A_PAGE", 1)
    cast = concluded.cast
    same = [each.sample for each in (*concluded.bad, concluded.good, concluded.elsewhere)]
    for each in same:
        tell(session, each, Party.PLATFORM, by=cast.coordinator)
    session.commit()
    desk, address, found = sign_in(desks(cast, sample)[0]), "/desk/told/", []
    for _page in same:
        text = desk.get(address).text
        found += re.findall(r'href="/desk/told/([A-Z0-9-]+)"', text)
        older = re.search(r'href="(/desk/told/\?before=\d+)"', text)
        if older is None:
            break
        address = older[1]
    assert found == sorted(set(found), reverse=True)
    platform = sample.task.drawn.platform_id
    assert len(found) == sum(each.task.drawn.platform_id == platform for each in same)
    assert desk.get("/desk/told/?before=x").status_code == 200


def test_a_seller_reads_by_a_link_that_is_shown_once(session, concluded, sample, sign_in, client):
    coordinator, hidden = sign_in(concluded.cast.coordinator), secrets_of(sample)
    page = pressed(coordinator, sample, "tell_seller").text
    link = re.search(r'value="http://[^"/]+(/reply/sample/[^"]+)"', page)[1]
    assert "mailto:" in page
    assert client.get(f"{link}/notice.pdf").status_code == 409
    run(session, making)
    for _scanner in range(2):
        answer = client.get(f"{link}?lang=en")
        assert answer.status_code == 200
        assert not [secret for secret in hidden if secret in answer.text]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert client.get(f"{link}/notice.pdf").mimetype == "application/pdf"
    assert notice_to(session, sample, Party.SELLER).received_at is None
    assert "not confirmed yet" in coordinator.get(f"/desk/sample/{sample.number}").text
    assert client.post(link).status_code == client.post(link).status_code == 303
    assert "Received on" in client.get(f"{link}?lang=en").text
    session.expire_all()
    assert notice_to(session, sample, Party.SELLER).proof is Proof.LINK
    assert client.get("/reply/sample/nobodys").status_code == 404
    assert client.get(f"/reply/sample/{'x' * 500}").status_code == 404
    concluded.cast.clock.advance(days=LASTS.days)
    assert client.get(f"{link}?lang=en").status_code == client.post(link).status_code == 410


def test_what_was_tried_is_written_down_on_the_page_of_the_sample(session, concluded, sample, sign_in):
    coordinator = sign_in(concluded.cast.coordinator)
    notice = tell(session, sample, Party.SELLER, by=concluded.cast.coordinator).notice
    session.commit()
    fits = {"whom": notice.id, "way": "post", "outcome": "delivered"}
    fits["at"] = f"{notice.sent_at.astimezone(clock.BEIJING):%Y-%m-%dT%H:%M}"
    wrong = pressed(coordinator, sample, "note_try", **fits, note="前台签收")
    assert wrong.status_code == 422
    assert "Enter the number of the postal receipt" in wrong.text
    assert "前台签收" in wrong.text
    assert pressed(coordinator, sample, "note_try", **fits, receipt_no="EX1").status_code == 302
    shown = coordinator.get(f"/desk/sample/{sample.number}").text
    assert "Postal receipt" in shown
    assert "EX1" in shown
    assert "Everybody who was told has it" in coordinator.get(f"/desk/sample/{sample.number}/note_try").text


def test_who_was_not_reached_stands_on_a_page_and_in_tables(session, concluded, sample, sign_in, monkeypatch):
    cast = concluded.cast
    coordinator = sign_in(cast.coordinator)
    assert "Nobody stands here" in coordinator.get("/desk/unreached/").text
    notice = tell(session, sample, Party.SELLER, by=cast.coordinator).notice
    notice.addressee = "=HYPERLINK(1)"
    tell(session, sample, Party.PLATFORM, by=cast.coordinator)
    send_letter(session, concluded.bad[1], Party.SELLER, by=cast.coordinator)
    cast.clock.advance(minutes=1)
    note_try(
        session, notice, Tried(Way.TELEPHONE, Outcome.UNREACHABLE, cast.clock.moment, note="@无人"), by=cast.coordinator
    )
    campaign = sample.campaign.number
    session.commit()

    page = coordinator.get(f"/desk/unreached/?campaign={campaign}").text
    for said in ("=HYPERLINK(1)", "by telephone: could not be reached; @无人", "Try another way", sample.number):
        assert said in page
    assert coordinator.get("/desk/unreached/?campaign=NONE").status_code == 422
    assert coordinator.get("/desk/unreached/list.csv?campaign=NONE").status_code == 404
    assert coordinator.get("/desk/unreached/?after=other-1").status_code == 200
    csv = coordinator.get(f"/desk/unreached/list.csv?campaign={campaign}")
    assert csv.mimetype == "text/csv"
    assert '"\'=HYPERLINK(1)"' in csv.text
    book = openpyxl.load_workbook(io.BytesIO(coordinator.get("/desk/unreached/list.xlsx").data))
    rows = list(book.active.iter_rows(values_only=True))
    assert len(rows) == 4
    assert [row[4] for row in rows if row[4] == "=HYPERLINK(1)"]
    assert all(cell.data_type == "s" for row in book.active.iter_rows() for cell in row if cell.value)
    monkeypatch.setattr("quality.pages.views.unreached.A_PAGE", 1)
    monkeypatch.setattr("quality.pages.views.unreached.AT_ONCE", 1)
    first = coordinator.get("/desk/unreached/").text
    following = re.search(r'href="(/desk/unreached/\?after=[a-z]+-\d+)"', first)
    assert following
    assert "From the beginning" in coordinator.get(following[1]).text
    assert len(coordinator.get("/desk/unreached/list.csv").text.splitlines()) == 4
    assert sign_in(cast.buyer).get("/desk/unreached/").status_code == 403


def test_each_mail_to_the_platforms_desk_stands_beside_its_notice(session, concluded, sample, sign_in):
    cast = concluded.cast
    notice = tell(session, sample, Party.PLATFORM, by=cast.coordinator).notice
    at = cast.clock.moment
    states = ({"delivered_at": at}, {"dead_at": at}, {"next_try_at": at})
    for number, (call, state) in enumerate(zip(Call, states, strict=True)):
        mail = SampleMail(
            platform_id=notice.platform_id, message_id=f"msg_{number}", address="a@b.example", body=b"x", made_at=at,
            **state,
        )  # fmt: skip
        session.add(mail)
        session.flush()
        session.add(SampleMailLine(mail_id=mail.id, notice_id=notice.id, call=call))
    session.commit()
    shown = sign_in(cast.coordinator).get(f"/desk/sample/{sample.number}").text
    for said in ("mailed to its desk", "(its mailbox did not take it)", "reminded by mail once more", "(on its way)"):
        assert said in shown
    assert "a@b.example" not in shown
