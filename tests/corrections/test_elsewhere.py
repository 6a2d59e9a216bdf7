"""That a producer is another region's to look after stands on the worklist before anything is begun with it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.corrections.operations import withdraw_transfer
from quality.corrections.queries import producer_is_elsewhere, region_of
from quality.lab.models import Finding
from quality.objections.models import Party
from quality.pages.besides import HAND_OVER
from quality.pages.worklist import worklist
from quality.people.models import Organisation
from quality.people.regions import is_elsewhere
from quality.purchases.models import Sample
from tests.harness.beginnings import Concluded
from tests.harness.corrections import ordered_correction, proposed_transfer
from tests.harness.databases import on_sqlite

OWN = "330100"


@pytest.fixture
def finding(session: Session, concluded: Concluded) -> Finding:
    session.execute(sa.update(Organisation).where(Organisation.id == concluded.cast.agency.id).values(region=OWN))
    return concluded.bad[0]


def comes_from(session: Session, finding: Finding, address: str) -> None:
    session.execute(sa.update(Sample).where(Sample.id == finding.sample_id).values(producer_address=address))
    session.expire_all()


def asked(session: Session) -> set[int]:
    return set(session.scalars(sa.select(Finding.id).where(producer_is_elsewhere(OWN))))


@pytest.mark.parametrize(
    "address",
    ["福建省厦门市湖里区1号", "  广东省汕头市澄海区", "浙江省宁波市", "厦门市湖里区", "", "内蒙古自治区", "%", "新疆"],
)
def test_many_are_asked_as_one_is(session: Session, finding: Finding, address: str) -> None:
    comes_from(session, finding, address)
    assert (finding.id in asked(session)) is is_elsewhere(region_of(finding, Party.PRODUCER), OWN)


def test_it_is_asked_for_until_something_is_begun(session: Session, concluded: Concluded, finding: Finding) -> None:
    cast = concluded.cast
    comes_from(session, finding, "福建省厦门市湖里区1号")
    session.commit()

    def told() -> list[str]:
        found = worklist(session, cast.coordinator)
        return [line.number for _group, lines in found.groups for line in lines if line.to_do == HAND_OVER]

    assert told() == [finding.number]
    transfer = proposed_transfer(session, cast, finding, party=Party.PRODUCER)
    assert told() == []
    withdraw_transfer(session, transfer, "主管部门有误", by=cast.reviewer)
    assert told() == [finding.number]
    ordered_correction(session, cast, finding, party=Party.PRODUCER)
    assert told() == []


@on_sqlite
def test_good_goods_are_nobodys_to_correct(session: Session, concluded: Concluded, finding: Finding) -> None:
    for each in (finding, concluded.good):
        comes_from(session, each, "福建省厦门市湖里区1号")
    assert asked(session) == {finding.id}
