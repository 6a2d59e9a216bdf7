"""The desk: who sees which dossier, which moves it offers and refuses, and what a stale page is told."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign
from quality.core.events import Access, Event
from quality.core.workflow import perform
from quality.lab.models import Finding
from quality.lab.workflow import REJECT
from quality.notices.models import Notice
from quality.notices.queries import one_visible
from quality.notices.workflow import title_of
from quality.pages.kinds import KINDS
from quality.people.actor import Actor
from quality.people.models import Person
from quality.permissions import Role
from quality.publication.models import Result
from quality.purchases.models import Sample
from quality.purchases.secrets import TaskSecret
from tests.harness.databases import on_sqlite
from tests.harness.desk import World
from tests.harness.notices import notice_at, seen
from tests.harness.people import Cast, hire
from tests.harness.purchases import PURCHASE

# fmt: off
READS = {  # what each person of the cast finds at the addresses of the world; elsewhere nothing
    "coordinator": {
        "campaign", "task", "sample", "report", "finding", "objection", "notice", "result", "certificate", "control",
        "correction", "transfer", "expense",
    },
    "reviewer": {
        "campaign", "task", "sample", "report", "finding", "objection", "notice", "result", "certificate",
        "correction", "transfer", "expense",
    },
    "buyer": {"task", "sample", "expense"},
    "analyst": {"portion", "report", "certificate"},
    "signatory": {"portion", "report", "certificate"},
    "second_analyst": set(),
    "desk": {"notice"},
    "other_desk": set(),
}
# fmt: on


def address(world: World, kind: str) -> str:
    return f"/desk/{kind}/{world[kind]}"


def moves(page: str) -> dict[str, str]:
    """The buttons, each with the reason that refuses it, or nothing."""
    refused = re.findall(r'aria-describedby="why-[\w-]+">([^<]+)</button><p id="why-[\w-]+">([^<]+)</p>', page)
    offered = re.findall(r'<button class="btn btn-(?:primary|outline-secondary)">([^<]+)</button>', page)
    return dict.fromkeys(offered, "") | dict(refused)


def version_of(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def test_each_finds_their_own_cases_and_nobody_elses(sign_in, cast: Cast, world: World) -> None:
    """On both databases: a dossier of every kind, for everybody who may read it."""
    for name, reads in READS.items():
        client = sign_in(getattr(cast, name))
        found = {kind for kind in KINDS if client.get(address(world, kind)).status_code == 200}
        assert found == reads, name
        home = client.get("/desk/")
        assert home.status_code == 200
        for kind in reads:
            assert world[kind].split(":")[-1] in client.get(f"/desk/{kind}/").text, (name, kind)


@on_sqlite
def test_an_agency_above_reads_without_moving_and_one_below_reads_nothing(session, sign_in, cast, world) -> None:
    from tests.harness.desk import give_password

    above, below = hire(session, cast.above, Role.COORDINATOR), hire(session, cast.below, Role.COORDINATOR)
    for actor in (above, below):
        assert actor.person
        give_password(session, actor.person)
    session.commit()

    page = sign_in(above).get(address(world, "finding"))
    assert page.status_code == 200
    assert moves(page.text) == {}
    assert cast.coordinator.person.name not in page.text, "an agency above reads who it was as their agency"
    assert sign_in(below).get(address(world, "finding")).status_code == 404
    assert "Nothing is here for you yet" in sign_in(below).get("/desk/notice/").text


@on_sqlite
def test_a_dossier_opens_with_who_has_it_what_to_do_and_by_when(sign_in, cast: Cast, world: World) -> None:
    page = sign_in(cast.coordinator).get(address(world, "sample")).text

    assert "You (Coordinator)" in page
    assert "Check the report and propose the finding" in page
    assert "5 working days left" in page
    assert "Result told" in page
    assert re.search(r'<li class="now" aria-current="step"><b>Report</b>', page)
    assert page.count('class="mc-judge') == 2
    assert "You (Coordinator)" not in sign_in(cast.reviewer).get(address(world, "sample")).text


@on_sqlite
def test_a_refused_move_stays_with_its_reason(session: Session, sign_in, cast: Cast, world: World) -> None:
    notice = one_visible(session, cast.coordinator, world["notice"])
    assert moves(sign_in(cast.coordinator).get(address(world, "notice")).text) == {
        "Draft the withdrawal of the notice": "",
        "Close the notice": f"Not verified or excused yet: {title_of(notice.items[0])} {notice.items[0].listing_id}",
        "Verify": "Look at the listing yourself and add your evidence",
        "Send the claim back": "Add the evidence of what you found at the listing",
    }
    assert moves(sign_in(cast.coordinator).get(address(world, "campaign")).text)["Close the campaign"]
    assert 'href="/desk/task/' in sign_in(cast.buyer).get(address(world, "task")).text


@on_sqlite
def test_a_move_is_made_with_the_version_that_the_page_showed(session: Session, sign_in, cast, world) -> None:
    client, where = sign_in(cast.reviewer), address(world, "finding")
    version = version_of(client.get(where).text)

    assert client.post(f"{where}/confirm", data={"version": version}).location == where
    page = client.get(where).text
    assert "is now: Confirmed" in page
    assert moves(page) == {}
    sample = session.scalars(sa.select(Finding).where(Finding.number == world["finding"])).one().sample
    assert sample.status == "concluded"


@on_sqlite
def test_a_stale_page_is_told_who_did_what_and_nothing_of_it_is_recorded(session, sign_in, cast, world) -> None:
    client, where = sign_in(cast.reviewer), address(world, "finding")
    version = version_of(client.get(where).text)
    finding = session.scalars(sa.select(Finding).where(Finding.number == world["finding"])).one()
    assert cast.reviewer.organisation
    other = hire(session, cast.agency, Role.REVIEWER)
    perform(session, finding, REJECT, by=other, note="报告有误")

    answer = client.post(f"{where}/reject", data={"version": version, "note": "我也不同意"})

    assert answer.status_code == 409
    assert other.person
    assert re.search(rf"<b>{other.person.name}</b> rejected the finding", answer.text)
    assert "Nothing of yours was recorded" in answer.text
    assert "我也不同意" in answer.text, "what was written is not lost"
    assert where in answer.text
    events = sa.select(sa.func.count()).select_from(Event).where(Event.subject_type == "finding")
    assert session.scalars(events.where(Event.subject_id == finding.id)).one() == 2
    as_json = client.post(
        f"{where}/reject", data={"version": version, "note": "同意"}, headers={"Accept": "application/json"}
    )
    assert (as_json.status_code, as_json.json["code"], as_json.json["since"][0]["action"]) == (409, "stale", "reject")


@on_sqlite
def test_what_cannot_be_done_on_a_page_is_answered_in_words(sign_in, cast: Cast, world: World) -> None:
    client = sign_in(cast.coordinator)
    notice, campaign = address(world, "notice"), address(world, "campaign")
    version = {"version": version_of(client.get(address(world, "sample")).text)}

    assert client.post(f"{notice}/close", data={"version": "999"}).status_code == 409
    assert client.post(f"{notice}/close", data={}).status_code == 422
    assert client.post(f"{notice}/dance", data=version).status_code == 404
    assert client.post(f"{campaign}/draw", data=version).status_code == 403
    assert client.post(f"{notice}/approve", data={"version": "1"}).status_code in (403, 409)
    assert client.post(f"{address(world, 'sample')}/send_back", data=version | {"note": ""}).status_code == 422
    assert client.post(f"{notice}/99/verify", data=version).status_code == 404
    assert client.post(f"{address(world, 'sample')}/1/verify", data=version).status_code == 404
    assert client.get("/desk/poem/").status_code == 404
    assert "Not for your role" in client.post(f"{campaign}/draw", data=version).text


@on_sqlite
def test_the_whole_way_from_the_report_to_the_public_can_be_walked_on_pages(session, client, sign_in, cast, world):
    coordinator, reviewer = sign_in(cast.coordinator), sign_in(cast.reviewer)

    def press(who, where: str, name: str, note: str = "") -> str:
        version = version_of(who.get(where).text)
        answer = who.post(f"{where}/{name}", data={"version": version, "note": note})
        assert answer.status_code == 302, answer.text
        return str(answer.location)

    sample = address(world, "sample")
    press(coordinator, sample, "propose_finding")
    finding = session.scalars(sa.select(Finding).order_by(Finding.id.desc())).first()
    press(reviewer, f"/desk/finding/{finding.number}", "confirm")
    form = f"/desk/finding/{finding.number}/propose_result"
    typed = {"version": version_of(coordinator.get(form).text), "remark": finding.sample.remark}
    assert coordinator.post(form, data=typed).status_code == 302
    result = session.scalars(sa.select(Result).order_by(Result.id.desc())).first()
    assert client.get(f"/results/{result.number}").status_code == 404
    press(reviewer, f"/desk/result/{result.number}", "publish")
    assert client.get(f"/results/{result.number}").status_code == 200
    press(reviewer, f"/desk/result/{result.number}", "withdraw", "检验方法有误")
    assert client.get(f"/results/{result.number}").status_code == 410
    assert client.post(f"{sample}/propose_finding", data={"version": "1"}).status_code == 401, "not signed in"
    assert coordinator.post(f"{sample}/propose_finding", data={"version": "1"}).status_code == 409


@on_sqlite
def test_a_listing_is_verified_on_the_page_of_its_notice(session: Session, sign_in, cast: Cast, world: World) -> None:
    notice = session.scalars(sa.select(Notice).where(Notice.number == world["notice"])).one()
    seen(session, cast, notice.items[0])
    client, where = sign_in(cast.coordinator), address(world, "notice")
    page = client.get(where).text
    assert "Was gone when we looked" in page
    item = notice.items[0]

    assert client.post(f"{where}/{item.id}/verify", data={"version": item.version}).location == where

    page = client.get(where).text
    assert "mc-seen mc-pill" in page
    assert "Verified: gone" in page
    assert moves(page)["Close the notice"] == ""


@on_sqlite
def test_said_is_dashed_and_never_called_removed(sign_in, cast: Cast, world: World) -> None:
    page = sign_in(cast.coordinator).get(address(world, "notice")).text

    assert '<span class="mc-tag mc-said mc-pill">Says it is removed</span>' in page
    assert '<span class="mc-tag mc-wait mc-pill">Not looked at yet</span>' in page
    assert "mc-seen" not in page


@on_sqlite
def test_when_a_platform_opens_a_notice_the_look_is_logged(session: Session, sign_in, cast: Cast) -> None:
    from tests.harness.desk import give_password

    for actor in (cast.desk, cast.coordinator):
        assert actor.person
        give_password(session, actor.person)
    notice = notice_at(session, cast, "issued")  # type: ignore[arg-type]
    session.commit()
    opened = sa.select(Access).where(Access.what == "opened", Access.subject_id == notice.id)

    sign_in(cast.coordinator).get(f"/desk/notice/{notice.number}")
    assert session.scalars(opened).all() == []
    page = sign_in(cast.desk).get(f"/desk/notice/{notice.number}").text
    assert [row.actor for row in session.scalars(opened)] == [cast.desk.signature]
    assert "drafted the notice" not in page, "how the agency came to it is its own affair"
    assert cast.coordinator.person
    assert cast.coordinator.person.name not in page


@on_sqlite
def test_the_drawn_list_is_for_the_own_agency_and_each_look_is_logged(session, sign_in, cast, world) -> None:
    looks = sa.select(Access.actor).where(Access.what == "drawn_list")
    where = address(world, "campaign") + "/drawn"

    page = sign_in(cast.coordinator).get(where)
    assert page.status_code == 200
    assert page.text.count("<tr>") == 9, "two main, two in reserve, of each of two strata, and the heading"
    assert session.scalars(looks).all() == [cast.coordinator.signature]
    assert sign_in(cast.buyer).get(where).status_code == 404
    assert session.scalars(looks).all() == [cast.coordinator.signature]
    assert "your look is recorded" in sign_in(cast.reviewer).get(address(world, "campaign")).text


@on_sqlite
def test_a_laboratory_reads_blind_numbers_and_nothing_of_where_they_come_from(session, sign_in, cast, world) -> None:
    sample = session.scalars(sa.select(Sample)).first()
    assert sample
    drawn = sample.task.drawn
    for kind in ("portion", "report"):
        page = sign_in(cast.analyst).get(address(world, kind)).text
        hidden = [
            sample.product_name, sample.producer_name, sample.brand, drawn.platform.name, drawn.listing["shop_name"],
            drawn.listing["url"], cast.buyer.person.name, cast.coordinator.person.name, "S-YZ-2026", "T-YZ-2026", "B-0",
            "Backup", "Test portion",
        ]  # fmt: skip
        assert [text for text in hidden if text in page] == []


@on_sqlite
def test_nothing_that_leads_to_the_buyer_stands_on_any_page(
    session: Session, sign_in, cast: Cast, world: World
) -> None:
    """Not even on the agency's own: it is shown by a deed that is logged, and never by a page."""
    from quality.purchases.operations.identity import place_of
    from tests.harness.purchases import cipher

    kept = session.scalars(sa.select(TaskSecret)).all()
    secrets = {cipher().decrypt(secret.value, about=place_of(secret.task_id, secret.kind)) for secret in kept}
    assert len(secrets) > 10
    person = session.get_one(Person, cast.buyer.id)
    hidden = {*secrets, PURCHASE["account"], person.name, person.email}
    for actor in (cast.coordinator, cast.reviewer, cast.desk, cast.analyst):
        client = sign_in(actor)
        for kind in KINDS:
            page = client.get(address(world, kind)).text
            assert [text for text in hidden if text in page] == [], (actor.role, kind)


@on_sqlite
def test_a_long_list_goes_on_behind_the_last_one(session: Session, sign_in, cast: Cast, monkeypatch) -> None:
    from quality.pages import listing
    from tests.harness.campaigns import planned
    from tests.harness.desk import give_password

    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    for number in range(5):
        planned(session, cast, title=f"第{number}批")
    monkeypatch.setattr(listing.listed, "__defaults__", (2,))
    client, shown = sign_in(cast.coordinator), []
    where = "/desk/campaign/"
    while where:
        page = client.get(where).text
        shown += re.findall(r"第(\d)批", page)
        older = re.search(r'href="(/desk/campaign/\?before=\d+)"', page)
        where = older[1] if older else ""

    assert shown == ["4", "3", "2", "1", "0"]


@on_sqlite
def test_an_administrator_sees_no_case(session: Session, sign_in, cast: Cast, world: World) -> None:
    from tests.harness.desk import give_password

    admin: Actor = hire(session, cast.agency, Role.ADMIN)
    assert admin.person
    give_password(session, admin.person)
    session.commit()
    client = sign_in(admin)

    assert client.get("/desk/").location == "/desk/people/"
    assert {client.get(address(world, kind)).status_code for kind in KINDS} == {404}
    assert session.scalars(sa.select(Campaign)).first(), "although there are some"


@on_sqlite
def test_a_note_that_cannot_be_recorded_comes_back_on_the_page_of_the_case(
    session: Session, cast: Cast, world: World, sign_in
) -> None:
    reviewer, where = sign_in(cast.reviewer), address(world, "result")
    result = session.scalars(sa.select(Result).where(Result.number == world["result"])).one()

    answer = reviewer.post(f"{where}/withdraw", data={"version": result.version, "note": "  "})

    assert answer.status_code == 422
    assert '<a href="#note-withdraw">' in answer.text
    assert 'aria-describedby="wrong-withdraw"' in answer.text
    assert world["result"] in answer.text
    assert result.status == "published"
