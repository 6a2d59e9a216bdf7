"""Certificates, load and pace on their pages; a report outside them, flagged and answered."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from quality.competence.models import Certificate
from quality.competence.operations import suspend
from quality.lab.models import OutsideStatus, ReportStatus
from quality.purchases.models import SampleStatus
from tests.competence.test_table import workbook
from tests.harness.certificates import SCOPE, certified, today
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.lab import enter, portion_to_test, sample_at_lab
from tests.harness.people import Cast
from tests.harness.purchases import sealed_sample

pytestmark = on_sqlite
LEAD = "可迁移元素：铅"


@pytest.fixture
def cast(session: Session, sent: Cast) -> Cast:
    for actor in (sent.coordinator, sent.reviewer, sent.analyst, sent.signatory):
        assert actor.person
        give_password(session, actor.person)
    return sent


def test_a_certificate_is_proposed_given_its_scope_by_workbook_and_confirmed(
    session: Session, cast: Cast, sign_in: Any
) -> None:
    signatory, coordinator = sign_in(cast.signatory), sign_in(cast.coordinator)
    typed = {"agency": "YZ", "kind": "cma", "certificate_no": "230020340001", "issuer": "云省市场监督管理局",
             "valid_from": "2024-01-01", "valid_until": "2023-01-01"}  # fmt: skip
    wrong = signatory.post("/desk/certificate/new", data=typed)
    assert (wrong.status_code, "It cannot end before it begins" in wrong.text) == (422, True)
    made = signatory.post("/desk/certificate/new", data=typed | {"valid_until": "2029-12-31"})
    page = signatory.get(made.location)
    assert "Nothing yet" in page.text
    scope = made.location + "/scope"
    assert "检验项目 item" in signatory.get(scope).text

    file = workbook(("检验项目", "检验方法"), ("铅", "GB 1-2020"), ("铅", "GB 1-2020"))
    looked = signatory.post(scope, data={"version": "1", "check": "1", "file": (file, "scope.xlsx")})
    assert "Row 3" in looked.text
    assert "Says the same as line 2: leave one out" in looked.text
    assert "铅\tGB 1-2020" in looked.text, "it can be mended where it stands"
    bad = signatory.post(scope, data={"version": "1", "table": "铅\tGB 1-2020\n\tGB 2"})
    assert (bad.status_code, "Row 2: Enter the test item" in bad.text) == (422, True)
    none = signatory.post(scope, data={"version": "1", "file": (io.BytesIO(b"%PDF"), "a.pdf")})
    assert (none.status_code, "Send a table as XLSX or CSV" in none.text) == (422, True)
    taken = signatory.post(scope, data={"version": "1", "table": "铅\tGB 1-2020\n镉\tGB 2-2020"})
    assert taken.status_code == 302

    assert "Someone other" not in coordinator.get(made.location).text
    assert coordinator.post(made.location + "/confirm", data={"version": "2"}).status_code == 302
    [kept] = session.query(Certificate).all()
    assert (kept.status, [line.item for line in kept.lines]) == ("confirmed", ["铅", "镉"])


def test_the_page_of_laboratories_says_what_runs_out_what_is_late_and_what_each_can_take(
    session: Session, cast: Cast, sign_in: Any
) -> None:
    certified(session, cast, valid_until=today() + timedelta(days=30))
    stopped = certified(session, cast, certificate_no="L2", kind="cnas")
    suspend(session, stopped, today(), "公告第8号", by=cast.coordinator)
    sample_at_lab(session, cast)
    signatory = sign_in(cast.signatory)
    own = f"/desk/competence/{cast.laboratory.code}"
    assert signatory.get("/desk/competence/").location == own
    wrong = signatory.post(own + "/capacity", data={"per_week": "0"})
    assert (wrong.status_code, "Enter a whole number from 1" in wrong.text) == (422, True)
    for said in ({"per_week": "1", "days": "7"}, {"item": LEAD, "per_week": "8", "days": ""}):
        assert signatory.post(own + "/capacity", data=said).status_code == 302
    kept = re.findall(r'name="(?:per_week|days)"[^>]* value="(\d*)"', signatory.get(own).text)
    assert kept == ["1", "7"], "what is sent as it stands takes nothing back"
    cast.clock.advance(days=60)
    coordinator = sign_in(cast.coordinator)

    assert "See to its renewal: it counts until" in coordinator.get("/desk/").text
    page = coordinator.get("/desk/competence/").text
    assert "See to the renewal: 云州市产品质量检验院" in page
    assert "1 overdue now" in page
    assert "2; takes 1 a week" in page
    assert "none recorded" in page, "of the other laboratory"
    one = coordinator.get(own).text
    assert "promised 7" in one
    assert 'data-label="Samples a week">8<' in one
    assert "expired" in one
    assert "State what you can take" not in one
    assert "公告第8号" in coordinator.get(f"/desk/certificate/{stopped.number}").text


def test_a_report_outside_the_scope_is_flagged_answered_by_both_sides_and_then_signed(
    session: Session, cast: Cast, sign_in: Any
) -> None:
    certified(session, cast, SCOPE[:1])
    portion = portion_to_test(sample_at_lab(session, cast))
    analyst, signatory, coordinator = map(sign_in, (cast.analyst, cast.signatory, cast.coordinator))
    assert "Not in the scope of 230020341234" in analyst.get(f"/desk/portion/{portion.blind_no}/report").text

    report = enter(session, portion, cast)
    here = f"/desk/report/{cast.laboratory.code}:{report.report_no}"
    page = signatory.get(here)
    assert "Not in the scope of 230020341234" in page.text
    refused = signatory.post(here + "/authorise", data={"version": str(report.version)})
    assert refused.status_code == 409
    assert LEAD in analyst.get(here + "/mark_outside").text
    marked = {"version": str(report.version), "item": LEAD, "reason": "全省无机构有此资质"}
    assert analyst.post(here + "/mark_outside", data=marked).status_code == 302

    assert "Agree to the items outside the accreditation" in coordinator.get("/desk/").text
    [outside] = report.outside
    assert "全省无机构有此资质" in coordinator.get(here).text
    assert "Agree that it is reported outside" in coordinator.get(here).text
    no = coordinator.post(f"{here}/{outside.id}/decline", data={"version": "1", "note": ""})
    assert no.status_code == 422
    assert coordinator.post(f"{here}/{outside.id}/agree", data={"version": "1"}).status_code == 302
    assert outside.status == OutsideStatus.AGREED
    assert signatory.post(here + "/authorise", data={"version": str(report.version)}).status_code == 302
    assert report.status == ReportStatus.AUTHORISED
    assert "outside, agreed" in coordinator.get(f"/desk/sample/{report.sample.number}").text


def test_whoever_dispatches_sees_which_laboratory_may_test_it(session: Session, cast: Cast, sign_in: Any) -> None:
    certified(session, cast, SCOPE[:1])
    sample = sealed_sample(session, cast)
    coordinator, here = sign_in(cast.coordinator), f"/desk/sample/{sample.number}/dispatch"
    page = coordinator.get(here).text
    assert f"{LEAD}: Not in the scope of 230020341234" in page
    sent = {
        "version": str(sample.version),
        "laboratory": str(cast.laboratory.id),
        "courier": "顺达快递",
        "parcel_no": "SD-1",
        "no_photo": "未带相机",
        "no_scan": "未带手机",
    }
    assert coordinator.post(here, data=sent).status_code == 409
    assert coordinator.post(here, data=sent | {"despite": "只测磁通量指数"}).status_code == 302
    assert sample.status == SampleStatus.DISPATCHED
