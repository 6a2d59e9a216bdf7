"""A notice is amended on its pages: drafted, read, approved, and met by its platform as a new edition."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from quality.delivery import endpoints
from quality.delivery.mail import tell_by_mail
from quality.delivery.models import Medium, Message
from quality.delivery.telling import tell_platforms
from quality.documents.models import DocumentKind, Language
from quality.documents.queries import documents_of
from quality.notices.editions import wording_of
from quality.notices.models import ItemStatus
from quality.notices.operations import amend
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.notices import amended, desk_of, reissuing, run, taken_back
from tests.harness.press import making, real_press
from tests.harness.purchases import settings

pytestmark = on_sqlite
WHY = "第一条链接经核对不是同一商品"


@pytest.fixture
def notice(session, served):
    for actor in (served.cast.coordinator, served.cast.reviewer, desk_of(served.cast, served.notice)):
        give_password(session, actor.person)
    session.commit()
    return served.notice


def filled(page: str, **changed):
    """What a browser would send of the form as it stands, but for what is changed."""
    texts = re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\n(.*?)</textarea>', page, re.S)
    lines = re.findall(r'<input[^>]*name="(\w+)"[^>]*type="text"[^>]*value="([^"]*)"', page)
    boxes = re.findall(r'type="checkbox"[^>]*name="(\w+)" value="([^"]*)" checked', page)
    sent: dict[str, object] = {**dict(texts), **dict(lines)}
    for name, value in boxes:
        sent.setdefault(name, [])
        sent[name].append(value)  # type: ignore[attr-defined]
    return sent | changed


def test_a_notice_is_amended_from_page_to_page(sign_in, session, served, notice):
    cast, address = served.cast, f"/desk/notice/{notice.number}"
    coordinator, reviewer = sign_in(cast.coordinator), sign_in(cast.reviewer)
    page = coordinator.get(f"{address}/amend").text
    assert served.spare.number in page
    assert '<p class="m-0">None.</p>' in page.partition("Alike listings to add")[2]  # nothing like it is confirmed
    gone = notice.items[0]
    sent = filled(page, withdrawn=[str(gone.id)], findings=[served.spare.number], reason=WHY, version=notice.version)
    assert sent["legal_basis"] == notice.legal_basis
    assert coordinator.post(f"{address}/amend", data=sent).status_code == 302

    page = reviewer.get(address).text
    assert WHY in page and "Waits for approval" in page and cast.coordinator.person.name in page
    assert f"{address}/preview?edition=2" in page
    assert [
        "drafted the next edition" in sign_in(who).get(address).text for who in (desk_of(cast, notice), cast.reviewer)
    ] == [False, True]
    assert WHY in reviewer.get(f"{address}/preview?edition=2").text
    assert notice.number in reviewer.get("/desk/").text
    session.expire_all()
    assert coordinator.post(f"{address}/approve_edition", data={"version": notice.version}).status_code == 403
    assert reviewer.post(f"{address}/approve_edition", data={"version": notice.version}).status_code == 302
    assert run(session, reissuing) == 1

    desk = sign_in(desk_of(cast, notice))
    page = desk.get(address).text
    assert WHY in page and "Partial withdrawal" not in page and "The latest" in page
    assert cast.reviewer.person.name not in page
    assert desk.get(f"{address}/preview?edition=1").status_code == 200
    assert desk.get(f"{address}/preview?edition=3").status_code == 404
    assert notice.items[3].finding_id == served.spare.id


def test_a_platform_sees_nothing_of_what_is_only_drafted(sign_in, session, served, notice):
    amend(session, notice, by=served.cast.coordinator, **(wording_of(notice) | {"reason": WHY, "measures": ["delist"]}))
    session.commit()
    desk = sign_in(desk_of(served.cast, notice))
    assert WHY not in desk.get(f"/desk/notice/{notice.number}").text
    assert desk.get(f"/desk/notice/{notice.number}/preview?edition=2").status_code == 404


def test_what_was_refused_comes_back_to_be_mended(sign_in, session, served, notice):
    address = f"/desk/notice/{notice.number}"
    amend(session, notice, by=served.cast.coordinator, **(wording_of(notice) | {"reason": WHY, "measures": ["delist"]}))
    session.commit()
    reviewer = sign_in(served.cast.reviewer)
    bare = reviewer.post(f"{address}/refuse_edition", data={"version": notice.version, "note": ""})
    assert bare.status_code == 422
    said = reviewer.post(f"{address}/refuse_edition", data={"version": notice.version, "note": "措施不全"})
    assert said.status_code == 302
    page = sign_in(served.cast.coordinator).get(f"{address}/amend").text
    assert WHY in page
    assert filled(page)["measures"] == ["delist"]


def test_a_notice_is_taken_back_from_page_to_page_by_two_persons(sign_in, session, served, notice):
    address = f"/desk/notice/{notice.number}"
    coordinator, reviewer = sign_in(served.cast.coordinator), sign_in(served.cast.reviewer)
    assert "a coordinator drafts the withdrawal first" in reviewer.get(address).text
    bare = coordinator.post(f"{address}/draft_withdrawal", data={"version": notice.version, "note": " "})
    assert bare.status_code == 422
    said = coordinator.post(f"{address}/draft_withdrawal", data={"version": notice.version, "note": WHY})
    assert said.status_code == 302
    desk = sign_in(desk_of(served.cast, notice)).get(address).text
    assert WHY not in desk and "Withdrawal" not in desk
    assert notice.number in reviewer.get("/desk/").text
    page = reviewer.get(address).text
    assert WHY in page and "Waits for approval" in page
    assert f"{address}/preview?edition=2" not in page
    assert filled(coordinator.get(f"{address}/amend").text) == {} and notice.legal_basis

    session.expire_all()
    assert reviewer.post(f"{address}/withdraw", data={"version": notice.version, "note": ""}).status_code == 302
    session.expire_all()
    assert (notice.status, notice.edition) == ("withdrawn", 1)
    told = sign_in(desk_of(served.cast, notice)).get(address).text
    assert WHY in told and "Withdrawn with the notice" in told and "Not answered" not in told


def test_an_answer_to_an_older_edition_comes_back_with_what_changed_and_what_was_typed(
    sign_in, session, served, notice
):
    desk, address = sign_in(desk_of(served.cast, notice)), f"/desk/notice/{notice.number}"
    first, second = notice.items[0], notice.items[1]
    assert '<input type="hidden" name="edition" value="1">' in desk.get(f"{address}/answers").text
    sent = {"edition": "1", f"version-{second.id}": second.version, f"listing-{second.id}-outcome": "never_found"}
    sent |= {f"listing-{second.id}-units_sold": "17"}
    amended(session, served.cast, notice, withdrawn=[first.id], reason=WHY)

    again = desk.post(f"{address}/answers", data=sent)
    assert again.status_code == 409
    assert WHY in again.text and 'value="17"' in again.text and first.listing_id in again.text
    assert '<input type="hidden" name="edition" value="2">' in again.text
    session.expire_all()
    assert not second.claims
    assert desk.post(f"{address}/answers", data=sent | {"edition": "2"}).status_code == 302
    session.expire_all()
    assert second.status == ItemStatus.CLAIMED


def test_one_listing_answered_from_an_old_page_comes_back_too(sign_in, session, served, notice):
    desk, item = sign_in(desk_of(served.cast, notice)), notice.items[1]
    address = f"/desk/notice/{notice.number}/{item.id}/claim"
    assert '<input type="hidden" name="edition" value="1">' in desk.get(address).text
    amended(session, served.cast, notice, reasons="更正条款")
    sent = {"edition": "1", "version": item.version, "outcome": "never_found", "units_sold": "17"}
    again = desk.post(address, data=sent)
    assert again.status_code == 422
    assert "Edition 2 of this notice is in force" in again.text and 'value="17"' in again.text
    assert '<input type="hidden" name="edition" value="2">' in again.text
    assert desk.post(address, data=sent | {"edition": "2"}).status_code == 302


def test_the_old_paper_is_said_to_be_superseded_by_which_and_when(client, session, served, notice):
    old = notice.verification_code
    amended(session, served.cast, notice, reasons="更正条款")
    session.commit()
    told = client.get(f"/verify/{old}.json").json
    assert (told["state"], told["superseded_by"], bool(told["since"])) == ("superseded", 2, True)
    assert "Edition 2 is in force in its place." in client.get(f"/verify/{old}?lang=en").text
    told = client.get(f"/verify/{notice.verification_code}.json").json
    assert (told["state"], told["edition"]) == ("genuine", 2)


def test_a_withdrawal_is_said_of_each_edition_and_its_own_paper_stands(client, session, served, notice):
    amended(session, served.cast, notice, reasons="更正条款")
    taken_back(session, served.cast, notice, "结论被推翻")
    run(session, making)
    states = {}
    for each in documents_of(session, [("notice", notice.id)]):
        states[each.kind, each.edition] = client.get(f"/verify/{each.code}.json").json["state"]
    assert states == {
        (DocumentKind.DISPOSAL_NOTICE, 1): "withdrawn",
        (DocumentKind.DISPOSAL_NOTICE, 2): "withdrawn",
        (DocumentKind.NOTICE_WITHDRAWAL, 1): "genuine",
    }


@real_press
def test_both_papers_can_be_printed_in_both_languages(session, served, notice):
    amended(
        session, served.cast, notice, reasons="更正条款", measures=["delist"], how_to_object="", reason=WHY,
        withdrawn=[notice.items[0].id], findings=[served.spare],
    )  # fmt: skip
    taken_back(session, served.cast, notice, "结论被推翻")
    run(session, making)
    made = [each for each in documents_of(session, [("notice", notice.id)]) if each.sha256]
    assert {(each.kind, each.language) for each in made} >= {
        (kind, language)
        for kind in (DocumentKind.DISPOSAL_NOTICE, DocumentKind.NOTICE_WITHDRAWAL)
        for language in Language
    } - {(DocumentKind.DISPOSAL_NOTICE, Language.EN)}


def test_the_platform_is_told_by_webhook_and_mail(session, served, notice, app, monkeypatch):
    told = replace(settings(), smtp_url="smtp://localhost", mail_from="a@agency.example")
    endpoints.set_contact(session, "desk@tl.example", by=desk_of(served.cast, notice))
    served.cast.clock.advance(minutes=1)
    amended(session, served.cast, notice, reasons="更正条款", reason=WHY)

    def telling(sessions, now):
        return tell_platforms(sessions, told, now, notice.issued_at) + tell_by_mail(
            sessions, told, now, notice.issued_at
        )

    run(session, telling)
    bodies = {each.medium: each for each in session.query(Message).order_by(Message.id)}
    data = json.loads(bodies[Medium.WEBHOOK].body)
    assert (data["type"], data["data"]["edition"]) == ("notice.issued", 2)
    assert data["data"]["editions"][0]["reason"] == WHY
    assert b"application/pdf" in bodies[Medium.EMAIL].body
    taken_back(session, served.cast, notice, "结论被推翻")
    run(session, making)
    run(session, telling)
    bodies = {each.medium: each for each in session.query(Message).order_by(Message.id)}
    data = json.loads(bodies[Medium.WEBHOOK].body)
    assert (data["type"], data["data"]["status"], data["data"]["reason"]) == (
        "notice.closed",
        "withdrawn",
        "结论被推翻",
    )
    assert b"application/pdf" in bodies[Medium.EMAIL].body
