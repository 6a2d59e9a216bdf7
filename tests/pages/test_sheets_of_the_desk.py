"""The forms of campaigns, laboratories, findings and objections, filled in as their people do."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from quality.core import clock
from quality.lab.models import Report
from quality.notices.models import Notice
from quality.objections.models import Objection
from quality.purchases.models import Task
from tests.harness.campaigns import planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.lab import BAD, GOOD, confirmed_finding, enter, portion_to_test, sample_at_lab, sign
from tests.harness.objections import reinspected_objection
from tests.harness.reading import not_linked, read
from tests.pages.test_sheets import minute, send

HEADING = "listing_id,platform,category,shop_id,shop_name,title,url,price_fen"
ROWS = [
    f"L{p}{i},{platform},儿童玩具,S{i},小满童品旗舰店,磁力棒{i}号,https://item.example/{p}{i},3990"
    for p, platform in enumerate(("棠梨商城", "青禾集市"))
    for i in range(6)
]


@pytest.fixture
def cast(session, in_field):
    for role in ("coordinator", "reviewer", "analyst", "signatory", "second_analyst"):
        give_password(session, getattr(in_field, role).person)
    return in_field


def frame(*rows, name="frame.csv", heading=HEADING):
    return io.BytesIO("\n".join([heading, *rows]).encode()), name


def test_a_campaign_goes_from_its_frame_to_its_tasks_on_pages(session, sign_in, cast):
    campaign = planned(session, cast)
    coordinator, reviewer = sign_in(cast.coordinator), sign_in(cast.reviewer)

    looked_at = send(coordinator, campaign, "frame", file=frame(*ROWS))
    assert campaign.frame_sha256 is None
    seen = {"version": campaign.version}
    assert coordinator.post(f"{looked_at.location}/take-in", data=seen).status_code == 302
    assert campaign.frame_rows == 12
    assert send(coordinator, campaign, "submit").status_code == 302
    assert send(reviewer, campaign, "approve").status_code == 302
    early = send(reviewer, campaign, "freeze", public_event="福利彩票 3D", public_event_at=minute(clock.now()))
    assert (early.status_code, "will only be drawn in the future" in early.text) == (422, True)
    assert not_linked(read(early.text)) == []
    later = minute(clock.now() + timedelta(hours=12))
    assert send(reviewer, campaign, "freeze", public_event="福利彩票 3D", public_event_at=later).status_code == 302
    cast.clock.advance(hours=13)
    assert send(reviewer, campaign, "draw", public_number="0 7 3", source="https://lottery.example").status_code == 302
    assert send(coordinator, campaign, "start").status_code == 302

    assert campaign.status == "in_field"
    assert session.scalars(sa.select(sa.func.count(Task.id)).where(Task.campaign_id == campaign.id)).one() > 0


@on_sqlite
def test_results_are_entered_and_authorised_on_pages(session, sign_in, cast):
    sample = sample_at_lab(session, cast)
    [portion] = [each for each in sample.portions if each.kind == "test"]
    analyst, door = sign_in(cast.analyst), f"/desk/portion/{portion.blind_no}/report"
    units = dict(re.findall(r'<input[^>]* name="(unit_[12])"[^>]* value="([^"]+)"', analyst.get(door).text))
    typed = units | {"version": portion.version, "report_no": "wt-2026-9", "analyst": cast.analyst.person.email}

    page = analyst.get(door).text
    seen = analyst.post(door, data=typed | {"value_1": "386", "value_2": "＜0.5", "loq_2": "0.5", "check": "1"})
    assert session.scalars(sa.select(Report)).all() == []
    lacking = analyst.post(door, data=typed | {"value_1": "386"})
    entered = analyst.post(
        door, data=typed | {"value_1": "386", "value_2": "8.5", "uncertainty_2": "1.2", "loq_2": "0.5"}
    )

    assert page.count('name="value_') == 2
    assert seen.status_code == 200
    assert all(said in seen.text for said in ('value="＜0.5"', 'value="386"', "mc-tag mc-bad", "mc-tag mc-ok"))
    assert (lacking.status_code, lacking.text.count('id="value_2-e"')) == (422, 1)
    assert 'value="386"' in lacking.text
    assert entered.status_code == 302, entered.text
    report = session.scalars(sa.select(Report).where(Report.report_no == "WT-2026-9")).one()
    verdicts = {result.item: result.verdict for result in report.results}
    assert [result.loq for result in report.results if result.item == "可迁移元素：铅"] == ["0.5"]
    assert verdicts == {"磁通量指数": "fail", "可迁移元素：铅": "pass"}
    address = f"/desk/report/{cast.analyst.organisation.code}:{report.report_no}/authorise"
    assert sign_in(cast.signatory).post(address, data={"version": report.version}).status_code == 302
    assert sample.status == "reported"


@on_sqlite
def test_the_signatory_reads_what_a_correcting_report_changes(session, sign_in, cast):
    sample = sample_at_lab(session, cast)
    first = enter(session, portion_to_test(sample), cast, BAD)
    sign(session, first, cast)
    second = enter(session, portion_to_test(sample), cast, GOOD, supersedes=first.report_no)

    page = sign_in(cast.signatory).get(f"/desk/report/{cast.analyst.organisation.code}:{second.report_no}").text
    alone = sign_in(cast.signatory).get(f"/desk/report/{cast.analyst.organisation.code}:{first.report_no}").text

    panel = page.partition('id="h-changed"')[2].partition("</section>")[0]
    rows = [re.findall(r"<t[hd][^>]*>(?:<strong>)?([^<]*)", row) for row in panel.split("<tr>")[2:]]
    assert rows == [
        ["磁通量指数", "Value", "386", "12.4"],
        ["磁通量指数", "Verdict", "Fail", "Pass"],
    ]
    assert "h-changed" not in alone


@on_sqlite
def test_from_a_finding_the_party_is_told_the_notice_drafted_and_the_objection_heard(session, sign_in, cast):
    finding = confirmed_finding(session, cast)
    cast.clock.advance(hours=30)
    coordinator, reviewer = sign_in(cast.coordinator), sign_in(cast.reviewer)
    told = minute(clock.now())

    assert send(coordinator, finding, "draft_notice", kind="order").status_code == 422
    texts = {"legal_basis": "《电子商务法》第二十九条", "reasons": "磁通量指数不符合 GB 6675.2"}
    drafted = send(coordinator, finding, "draft_notice", kind="order", measures=["delist", "sweep"], **texts)
    assert drafted.status_code == 302, drafted.text
    assert session.scalars(sa.select(Notice)).one().measures == ["delist", "sweep"]
    again = send(coordinator, finding, "draft_notice", kind="order", measures=["delist"], **texts)
    assert again.status_code in {409, 422}

    assert send(coordinator, finding, "tell", party="producer", received_at=told, proof="entered").status_code == 302
    cast.clock.advance(hours=30)
    came = {"party": "producer", "ground": "result", "result_received_at": told, "received_at": minute(clock.now())}
    taken = send(coordinator, finding, "object", items=["磁通量指数"], **came)
    assert taken.status_code == 302, taken.text
    objection = session.scalars(sa.select(Objection)).one()
    assert send(coordinator, objection, "admit").status_code == 302
    way = {"courier": "顺达", "parcel_no": "SD-1", "no_photo": "未带相机", "no_scan": "未带手机"}
    assert send(coordinator, objection, "reinspect", **way).status_code == 409
    assert send(coordinator, objection, "draw").status_code == 302
    sent = send(coordinator, objection, "reinspect", **way)
    assert (sent.status_code, objection.status) == (302, "in_reinspection")
    assert send(coordinator, objection, "decide", decision="dismissed").status_code == 403
    early = send(reviewer, objection, "decide", decision="dismissed")
    assert (early.status_code, "not authorised yet" in early.text) == (409, True)


@on_sqlite
def test_both_results_stand_on_one_scale_when_an_objection_is_decided(session, sign_in, cast):
    objection = reinspected_objection(session, cast)

    page = sign_in(cast.reviewer).get(f"/desk/objection/{objection.number}").text

    panel = page.partition('id="h-judge-first"')[2].partition("</section>")[0]
    magnet, lead = panel.split('<div class="mc-judge')[1:]
    assert [row.partition("<details")[0].count("<svg") for row in (magnet, lead)] == [1, 1]
    assert "Re-inspection" in magnet
    assert "Re-inspection" not in lead.partition("<details")[0]
