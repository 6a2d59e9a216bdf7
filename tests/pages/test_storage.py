"""The store on its pages: places are named, what lies there is listed, and a portion goes with two signatures."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.clock import BEIJING
from quality.documents.models import DocumentKind
from quality.documents.queries import latest_of
from quality.lab.operations import refuse
from quality.objections.models import Party
from quality.objections.operations import tell
from quality.purchases.models import PortionKind, PortionStatus, Sample
from quality.purchases.operations import pass_on
from quality.purchases.operations.storage import add_place
from quality.purchases.queries import places_of, sheets_of
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.lab import confirmed_finding, portion_to_test
from tests.harness.notices import run
from tests.harness.people import Cast, hire
from tests.harness.press import making
from tests.harness.purchases import dispatched_sample, sealed_sample

pytestmark = on_sqlite


@pytest.fixture
def cast(session: Session, in_field: Cast) -> Cast:
    for actor in (in_field.coordinator, in_field.buyer, in_field.reviewer):
        assert actor.person
        give_password(session, actor.person)
    return in_field


def test_a_place_is_named_used_and_closed(session: Session, cast: Cast, sign_in: Any) -> None:
    coordinator = sign_in(cast.coordinator)
    wrong = coordinator.post("/desk/storage/", data={"code": "", "room": "留样室", "least": "冷"})
    assert wrong.status_code == 422
    assert "Enter a short name" not in wrong.text, "what cannot be read is said first"
    assert 'href="#least"' in wrong.text
    named = {"code": "B-12", "room": "留样室", "shelf": "二层", "least": "2", "most": "8.5"}
    assert coordinator.post("/desk/storage/", data=named).status_code == 302
    twice = coordinator.post("/desk/storage/", data=named)
    assert (twice.status_code, "A place has this name already" in twice.text) == (422, True)
    page = coordinator.get("/desk/storage/").text
    assert "2 to 8.5 °C" in page
    sample = sealed_sample(session, cast)
    cast.clock.advance(hours=1)
    where = f"/desk/sample/{sample.number}/hand_over"
    assert "B-12 · 留样室 二层" in coordinator.get(where).text
    backup = sample.portion(PortionKind.BACKUP)
    now = f"{clock.now().astimezone(BEIJING):%Y-%m-%dT%H:%M}"
    form = {"portion": "backup", "taker": "store:B-12", "seal_no": backup.seal_no, "seal_state": "intact", "at": now}
    form["no_photo"] = "未带相机"
    assert coordinator.post(where, data=form | {"version": str(sample.version)}).status_code == 302
    assert backup.seal_no in coordinator.get("/desk/storage/lying?place=B-12").text
    assert portion_to_test(sample).seal_no in coordinator.get("/desk/storage/lying?place=YZ").text
    assert "Nothing lies here" in coordinator.get("/desk/storage/lying?place=nowhere%00").text
    [place] = places_of(session, cast.agency.id)
    gone = {"place": str(place.id), "version": str(place.version)}
    assert coordinator.post("/desk/storage/close", data=gone).status_code == 302
    assert "B-12 · 留样室 二层" not in coordinator.get(where).text
    assert coordinator.post("/desk/storage/close").status_code == 422
    assert coordinator.post("/desk/storage/close", data={"place": "99999", "version": "1"}).status_code == 404


def test_many_portions_are_paged(session: Session, cast: Cast, sign_in: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("quality.pages.views.storage.A_PAGE", 1)
    sample = sealed_sample(session, cast)
    session.commit()
    first = sign_in(cast.reviewer).get("/desk/storage/lying?place=YZ").text
    assert "Older ones" in first
    step = max(step.id for step in sample.hand_overs)
    second = sign_in(cast.reviewer).get(f"/desk/storage/lying?place=YZ&before={step}").text
    assert "To the newest" in second
    assert len([each for each in sample.portions if each.seal_no in first]) == 1


def test_who_only_buys_sees_nothing_of_the_store_and_a_reviewer_names_no_place(
    session: Session, cast: Cast, sign_in: Any
) -> None:
    session.commit()
    assert sign_in(cast.buyer).get("/desk/storage/").status_code == 403
    reviewer = sign_in(cast.reviewer)
    assert "Name a place" not in reviewer.get("/desk/storage/").text
    assert reviewer.post("/desk/storage/", data={"code": "X", "room": "Y"}).status_code == 403


def test_a_place_of_another_agency_is_not_there(session: Session, cast: Cast, sign_in: Any) -> None:
    elsewhere = hire(session, cast.below, cast.coordinator.role)
    place = add_place(session, by=elsewhere, code="Z-1", room="别处")
    session.commit()
    coordinator = sign_in(cast.coordinator)
    assert "别处" not in coordinator.get("/desk/storage/").text
    gone = {"place": str(place.id), "version": str(place.version)}
    assert coordinator.post("/desk/storage/close", data=gone).status_code == 404


def refused_sample(session: Session, cast: Cast) -> Sample:
    sample = dispatched_sample(session, cast)
    refuse(session, portion_to_test(sample), "封条断裂", by=cast.analyst, seal_intact=False)
    return sample


def test_a_portion_goes_with_two_signatures(session: Session, cast: Cast, sign_in: Any) -> None:
    sample = refused_sample(session, cast)
    session.commit()
    where = f"/desk/sample/{sample.number}"
    coordinator, reviewer = sign_in(cast.coordinator), sign_in(cast.reviewer)
    form = {"portion": "backup", "reason": "拒收，按废弃物处理", "version": str(sample.version)}
    assert coordinator.get(f"{where}/propose_disposal").status_code == 200
    assert coordinator.post(f"{where}/propose_disposal", data=form).status_code == 302
    page = coordinator.get(where).text
    assert "Disposal proposed by You" in page
    assert "Someone other than the proposer must confirm" in page
    said = {"portion": "backup", "version": str(sample.version)}
    assert coordinator.post(f"{where}/confirm_disposal", data=said).status_code == 409
    assert reviewer.get(f"{where}/confirm_disposal").status_code == 200
    assert reviewer.post(f"{where}/confirm_disposal", data=said).status_code == 302
    assert sample.portion(PortionKind.BACKUP).status == PortionStatus.DISPOSED
    assert "Disposed of" in reviewer.get(where).text
    assert "withdraw_disposal" not in reviewer.get(where).text


def test_a_backup_portion_whose_time_is_over_stands_in_the_worklist(session: Session, cast: Cast, sign_in: Any) -> None:
    finding = confirmed_finding(session, cast, nonconforming=False)
    sample, by = finding.sample, cast.coordinator
    for party in (Party.SELLER, Party.PRODUCER):
        tell(session, finding, party, clock.now(), by=by)
    session.commit()
    said = "The time to keep the backup portion is over"
    assert said not in sign_in(cast.coordinator).get("/desk/").text
    cast.clock.advance(days=120)
    page = sign_in(cast.coordinator).get("/desk/").text
    assert said in page
    assert sample.number in page


def test_a_buyer_marks_samples_and_fetches_the_sheet_of_their_labels(
    session: Session, cast: Cast, sign_in: Any
) -> None:
    samples = [sealed_sample(session, cast) for _two in range(2)]
    session.commit()
    buyer, where = sign_in(cast.buyer), "/desk/labels/"
    assert where in buyer.get("/desk/sample/").text
    nothing = buyer.post(where, data={})
    assert (nothing.status_code, "Choose at least one sample" in nothing.text) == (422, True)
    strange = buyer.post(where, data={"samples": ["S-NO-1"]})
    assert (strange.status_code, "Choose of the list only" in strange.text) == (422, True)
    assert buyer.post(where, data={"samples": [each.number for each in samples]}).status_code == 302
    [made] = sheets_of(session, cast.buyer, most=5)
    address = f"{where}sheet?number={made.number}"
    assert "is being made" in buyer.get(where).text
    assert buyer.get(address).status_code == 404
    run(session, making)
    assert buyer.get(address).mimetype == "application/pdf"
    assert sign_in(cast.coordinator).get(address).status_code == 404
    code = latest_of(session, made, DocumentKind.LABEL_SHEET).code  # type: ignore[union-attr]
    assert buyer.get(f"/desk/document/{code}").status_code == 404


def test_a_place_that_became_too_warm_is_told_wherever_something_lay_there(
    session: Session, cast: Cast, sign_in: Any
) -> None:
    sample, by = sealed_sample(session, cast), cast.coordinator
    campaign = sample.campaign
    session.execute(sa.update(type(campaign)).where(type(campaign).id == campaign.id).values(category="冷藏乳制品"))
    place = add_place(session, by=by, code="C-1", room="冷库", least_tenths=20, most_tenths=80)
    cast.clock.advance(hours=1)
    seal = sample.portion(PortionKind.BACKUP).seal_no
    how: dict[str, Any] = {"at": clock.now(), "seal_no": seal, "seal_intact": True, "tenths_celsius": 45}
    pass_on(session, sample, PortionKind.BACKUP, by=by, taken_by="store:C-1", **how)
    session.commit()
    cast.clock.advance(hours=3)
    coordinator, where = sign_in(by), "/desk/storage/lying?place=C-1"
    now = f"{clock.now().astimezone(BEIJING):%Y-%m-%dT%H:%M}"
    read = {"place": str(place.id), "version": str(place.version), "temperature": "9.5", "at": now}
    unsaid = coordinator.post("/desk/storage/read", data=read)
    assert (unsaid.status_code, "It is kept at 2 to 8 °C: write down what was done" in unsaid.text) == (422, True)
    assert 'value="9.5"' in unsaid.text
    done = coordinator.post("/desk/storage/read", data=read | {"note": "调低设定，一小时后复测6度"})
    assert done.status_code == 302
    assert coordinator.post("/desk/storage/read", data=read | {"note": "再记一次"}).status_code == 409
    assert "outside of its range" in coordinator.get(where).text
    page = coordinator.get(f"/desk/sample/{sample.number}").text
    assert "C-1 was at 9.5 °C" in page
    assert "调低设定" in page
    fine = read | {"temperature": "6", "version": str(place.version)}
    assert coordinator.post("/desk/storage/read", data=fine).status_code == 302
    assert "It is within the range" in coordinator.get(where).text
    late = read | {"at": "2020-01-01T10:00", "version": str(place.version), "note": "旧表"}
    assert coordinator.post("/desk/storage/read", data=late).status_code == 422
