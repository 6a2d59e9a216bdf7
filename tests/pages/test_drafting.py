"""Notices before they go out: drafted together, changed while they are drafts, read as their platform will."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.core.workflow import perform
from quality.notices.models import Notice, NoticeStatus
from quality.notices.operations import submit, take_off
from quality.notices.workflow import RETURN
from quality.search.jobs import index_again, index_new_cases
from quality.search.models import SearchEntry
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.lab import confirmed_finding
from tests.harness.notices import notice_at
from tests.harness.people import Cast

pytestmark = pytest.mark.usefixtures("sent")

TYPED: dict[str, Any] = {
    "kind": "notice",
    "legal_basis": "《中华人民共和国产品质量法》第十三条",
    "reasons": "磁通量指数不合格",
    "measures": ["delist", "sweep"],
    "grouping": "platform",
}


@pytest.fixture
def clients(app: Flask, session: Session, cast: Cast) -> Any:
    for actor in (cast.coordinator, cast.reviewer, cast.desk):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return lambda actor: sign_in(app, actor)


def version_on(page: Any) -> str:
    found = re.search(r'name="version" value="(\d+)"', page.text)
    assert found
    return found[1]


def test_findings_that_wait_are_drafted_together_and_then_wait_no_more(
    clients: Any, session: Session, cast: Cast
) -> None:
    finding = confirmed_finding(session, cast)
    session.commit()
    coordinator = clients(cast.coordinator)
    assert finding.number in coordinator.get("/desk/notice/new").text

    answer = coordinator.post("/desk/notice/new", data=TYPED | {"findings": [finding.number]})

    notice = session.scalars(sa.select(Notice)).one()
    assert answer.location == f"/desk/notice/{notice.reference}"
    assert [item.finding_id for item in notice.items] == [finding.id]
    assert finding.number not in coordinator.get("/desk/notice/new").text


@on_sqlite
@pytest.mark.parametrize("missing", ["legal_basis", "reasons", "measures", "findings"])
def test_what_is_missing_is_named_and_what_was_typed_is_kept(
    clients: Any, session: Session, cast: Cast, missing: str
) -> None:
    finding = confirmed_finding(session, cast)
    session.commit()
    typed = {name: value for name, value in (TYPED | {"findings": [finding.number]}).items() if name != missing}

    answer = clients(cast.coordinator).post("/desk/notice/new", data=typed)

    assert answer.status_code == 422
    assert f'href="#{missing}"' in answer.text
    assert f'id="{missing}-e"' in answer.text
    assert all(text in answer.text for text in (TYPED["legal_basis"], TYPED["reasons"]) if text in typed.values())
    assert session.scalars(sa.select(Notice)).all() == []


def test_a_returned_draft_is_changed_and_a_stale_change_records_nothing(
    clients: Any, session: Session, cast: Cast
) -> None:
    notice = notice_at(session, cast, NoticeStatus.DRAFT)
    submit(session, notice, by=cast.coordinator)
    perform(session, notice, RETURN, by=cast.reviewer, note="请写明条款")
    session.commit()
    coordinator, address = clients(cast.coordinator), f"/desk/notice/{notice.reference}/revise"
    version = version_on(coordinator.get(address))

    first, second = (
        coordinator.post(address, data=TYPED | {"version": version, "answer_to": office})
        for office in ("网监处", "稽查处")
    )

    assert (first.status_code, second.status_code) == (302, 409)
    assert "稽查处" in second.text
    session.expire_all()
    assert (notice.answer_to, notice.legal_basis) == ("网监处", TYPED["legal_basis"])


@on_sqlite
def test_only_drafts_are_changed_and_only_by_coordinators(clients: Any, session: Session, cast: Cast) -> None:
    notice = notice_at(session, cast, NoticeStatus.IN_REVIEW)
    session.commit()
    address = f"/desk/notice/{notice.reference}/revise"

    assert clients(cast.coordinator).post(address, data=TYPED | {"version": notice.version}).status_code == 409
    assert clients(cast.reviewer).get(address).status_code == 403
    assert clients(cast.reviewer).get("/desk/notice/new").status_code == 403


@on_sqlite
def test_the_document_is_read_before_it_goes_out_and_by_its_platform_only_after(
    clients: Any, session: Session, cast: Cast
) -> None:
    draft, issued = (notice_at(session, cast, status) for status in (NoticeStatus.DRAFT, NoticeStatus.ISSUED))
    session.commit()
    desk, reviewer = clients(cast.desk), clients(cast.reviewer)

    before = reviewer.get(f"/desk/notice/{draft.reference}/preview")
    assert "Draft: not issued" in before.text
    assert desk.get(f"/desk/notice/{draft.reference}/preview").status_code == 404
    after = desk.get(f"/desk/notice/{issued.number}/preview")
    assert "Draft: not issued" not in after.text
    for said in (issued.number, issued.verification_code, cast.agency.name, issued.items[0].snapshot["listing"]["url"]):
        assert said in after.text


@on_sqlite
def test_a_reviewer_reads_what_changed_since_the_draft_was_returned(clients: Any, session: Session, cast: Cast) -> None:
    notice = notice_at(session, cast, NoticeStatus.IN_REVIEW)
    session.commit()
    reviewer, address = clients(cast.reviewer), f"/desk/notice/{notice.reference}"
    assert "This is the first submission" in reviewer.get(address).text

    perform(session, notice, RETURN, by=cast.reviewer, note="请写明条款")
    session.commit()
    coordinator = clients(cast.coordinator)
    typed = TYPED | {"version": notice.version, "answer_to": "网监处"}
    assert coordinator.post(f"{address}/revise", data=typed).status_code == 302
    reasons = rows(coordinator.get(address))["Reasons"]
    assert re.search("磁通量指数不<ins>.*合格.*</ins>", reasons), "what is new in a long text is marked in it"
    submit(session, notice, by=cast.coordinator)
    session.commit()

    changed = rows(reviewer.get(address))
    assert set(changed) == {"Kind", "Legal basis", "Reasons", "Answer to", "How to object", "To be done"}
    assert "Stop sale" in changed["To be done"] or "stop" in changed["To be done"].lower()
    assert all(text in changed["Answer to"] for text in ("明察系统网页或接口", "网监处"))


def rows(page: Any) -> dict[str, str]:
    """The lines of the panel that says what changed: by what it is about, everything that stands in them."""
    panel = page.text.split('id="h-changed"')[1].split("</section>")[0]
    found: dict[str, str] = {}
    for what, line in re.findall(
        r'<th scope="row" class="fw-normal"><span class="text-nowrap">([^<]*)(.*?)</tr>', panel, re.DOTALL
    ):
        found[what] = found.get(what, "") + line
    return found


@on_sqlite
def test_a_listing_is_taken_off_on_a_page_and_no_longer_found_there(clients: Any, session: Session, cast: Cast) -> None:
    findings = [confirmed_finding(session, cast) for _two in range(2)]
    notice = notice_at(session, cast, NoticeStatus.DRAFT, *findings)
    session.commit()
    index_new_cases(sessionmaker(session.get_bind()))
    (gone, leaves), (stays, remains) = ((str(item.id), item.listing_id) for item in notice.items)
    coordinator, address = clients(cast.coordinator), f"/desk/notice/{notice.reference}/take_off"
    sent = {"listings": [gone], "version": version_on(coordinator.get(address))}

    for wrong in ([], [gone, stays], ["x"]):
        answer = coordinator.post(address, data=sent | {"listings": wrong})
        assert (answer.status_code, 'href="#listings"' in answer.text) == (422, True)
    first, again = (coordinator.post(address, data=sent) for _twice in range(2))

    assert (first.status_code, again.status_code) == (302, 409)
    assert leaves not in coordinator.get(first.location).text.split('class="mc-events"')[0]
    for listing, found in ((leaves, False), (remains, True)):
        listed = coordinator.get("/desk/notice/", query_string={"q": listing})
        assert (notice.reference in listed.text) is found
    last = coordinator.get(first.location).text
    assert "The last listing stays on the notice; have the notice withdrawn instead" in last
    assert coordinator.get(address).status_code == 409


def test_a_draft_that_changes_before_it_was_indexed_has_its_entry_at_once(session: Session, cast: Cast) -> None:
    """Else a job that read it a moment ago would write what it was about before."""
    notice = notice_at(session, cast, NoticeStatus.DRAFT, *[confirmed_finding(session, cast) for _two in range(2)])
    gone, stays = notice.items
    take_off(session, notice, [gone.id], by=cast.coordinator)
    index_again(session, notice)
    session.commit()

    [text] = session.scalars(sa.select(SearchEntry.text).where(SearchEntry.subject_type == "notice"))

    assert stays.listing_id.lower() in text
    assert gone.listing_id.lower() not in text
    index_new_cases(sessionmaker(session.get_bind()))
    assert session.scalars(sa.select(SearchEntry.text).where(SearchEntry.subject_type == "notice")).all() == [text]


@on_sqlite
def test_of_what_is_not_issued_nothing_is_said_or_seen_yet(clients: Any, session: Session, cast: Cast) -> None:
    notice = notice_at(session, cast, NoticeStatus.IN_REVIEW)
    session.commit()
    page = clients(cast.reviewer).get(f"/desk/notice/{notice.reference}").text
    assert notice.items[0].snapshot["listing"]["title"] in page
    assert "The platform says" not in page
    assert "Excuse" not in page
    assert re.search(r'btn btn-primary">Approve the notice', page)
    excuse = f"/desk/notice/{notice.reference}/{notice.items[0].id}/excuse"
    assert clients(cast.reviewer).get(excuse).status_code == 409
