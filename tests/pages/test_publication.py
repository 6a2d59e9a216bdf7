"""On the desk: what the public will read is seen before, beside what it reads now; what stands in the way is named."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.lab.models import Finding
from quality.objections.models import Objection
from quality.publication.models import Result, ResultStatus
from quality.publication.operations import propose
from quality.purchases.models import Sample
from tests.harness.databases import on_sqlite
from tests.harness.desk import World
from tests.harness.lab import confirmed_finding
from tests.harness.objections import received_objection
from tests.harness.people import Cast

pytestmark = on_sqlite


@pytest.fixture
def result(session: Session, cast: Cast, world: World) -> Result:
    return session.scalars(sa.select(Result).where(Result.number == world["result"])).one()


def propose_on_the_page(client: Any, finding: Finding, **typed: Any) -> Any:
    address = f"/desk/finding/{finding.number}/propose_result"
    page = client.get(address).text
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    return client.post(address, data={"version": version, "csrf_token": token} | typed)


def test_a_correction_is_seen_field_by_field_before_it_is_published(session, cast, result, sign_in) -> None:
    sent = propose_on_the_page(
        sign_in(cast.coordinator), result.finding, reason="补充说明", remark="已召回", withhold=["product.brand"]
    )
    assert sent.status_code == 302
    page = sign_in(cast.reviewer).get(f"/desk/result/{result.number}").text
    changes = page[page.index("What changes for the public") : page.index("What the public reads")]
    said = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in re.findall(r"<tr>(.*?)</tr>", changes)][1:]
    assert said == [
        "Brand removed [taken out: 小满 ] —",
        "Remark added — [put in: 已召回 ]",
        "Withheld added — [put in: Brand ]",
    ]
    assert "If you bought this batch" in page, "the page shows the public's own"
    assert "not published yet" in page
    assert "mc-seal" not in page, "the seal marks what was published"


def test_what_was_typed_comes_back_with_the_field_that_holds_personal_data(session, cast, result, sign_in) -> None:
    answer = propose_on_the_page(
        sign_in(cast.coordinator), result.finding, reason="补充", remark="店主电话13812345678", withhold=[]
    )
    assert answer.status_code == 422
    assert "Remark holds a telephone number" in answer.text
    assert "店主电话13812345678" in answer.text
    again = propose_on_the_page(sign_in(cast.coordinator), result.finding, reason=" ", remark="")
    assert "Say what changed and why" in again.text


def test_an_open_objection_stands_in_the_way_and_is_named(session: Session, cast: Cast, result, sign_in) -> None:
    propose(session, result.finding, by=cast.coordinator, reason="补充说明")
    objection: Objection = received_objection(session, cast, result.finding)
    session.commit()

    page = sign_in(cast.reviewer).get(f"/desk/result/{result.number}").text
    assert f"Objection {objection.number} is not decided yet" in page
    version = session.scalars(sa.select(Result.version).where(Result.status == ResultStatus.PROPOSED)).one()
    answer = sign_in(cast.reviewer).post(f"/desk/result/{result.number}/publish", data={"version": version})
    assert answer.status_code == 409


def test_who_proposed_finds_the_proposal_and_no_button_to_publish_it(session, cast: Cast, result, sign_in) -> None:
    finding = result.finding
    propose(session, finding, by=cast.coordinator, reason="补充说明")
    session.commit()
    coordinator = sign_in(cast.coordinator)
    assert f"/desk/result/{result.number}/publish" not in coordinator.get(f"/desk/result/{result.number}").text
    assert f"/desk/result/{result.number}" in coordinator.get(f"/desk/finding/{finding.number}").text
    assert f"/desk/result/{result.number}/publish" in sign_in(cast.reviewer).get(f"/desk/result/{result.number}").text


def test_what_changed_is_asked_only_of_what_was_published(session, cast: Cast, result, sign_in) -> None:
    fresh = confirmed_finding(session, cast)
    session.commit()
    coordinator = sign_in(cast.coordinator)

    assert "What changed and why" not in coordinator.get(f"/desk/finding/{fresh.number}/propose_result").text
    again = coordinator.get(f"/desk/finding/{result.finding.number}/propose_result").text
    assert "What changed and why</label>" in again, "and then it must be said"


def test_a_field_with_personal_data_is_ticked_before_anybody_asks(session, cast: Cast, result, sign_in) -> None:
    finding = result.finding
    session.execute(sa.update(Sample).where(Sample.id == finding.sample_id).values(brand="小满 店主：王小明"))
    session.commit()
    page = sign_in(cast.coordinator).get(f"/desk/finding/{finding.number}/propose_result").text
    assert re.findall(r'value="([^"]+)" checked', page) == ["product.brand"]
    sent = propose_on_the_page(sign_in(cast.coordinator), finding, reason="补充说明", withhold=["product.batch"])
    assert sent.status_code == 422
    assert "Brand holds a person" in sent.text
    assert re.findall(r'value="([^"]+)" checked', sent.text) == ["product.batch"]
