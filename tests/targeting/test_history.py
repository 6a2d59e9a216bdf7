"""What earlier samples found, by stratum: of probability samples of the same category and strata, of nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.campaigns.design import Design, parse_design
from quality.campaigns.models import Campaign, CampaignKind
from quality.clocks.days import day_of
from quality.core import clock
from quality.figures.rates import Rate
from quality.lab.models import Finding, FindingStatus
from quality.targeting.history import NOTHING, Earlier, earlier, in_all
from tests.harness.beginnings import Concluded
from tests.harness.campaigns import DESIGN, framed, planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.pages.test_planning import send
from tests.pages.test_wishes import field

TOYS = "儿童玩具"
ALIKE = Design(strata=("platform", "category"), method="proportional", n=9)  # type: ignore[arg-type]


def of_toys(session: Session, cast: Any, **changed: Any) -> dict[str, Earlier]:
    asked = {"agency_id": cast.agency.id, "category": TOYS, "design": ALIKE} | changed
    return dict(earlier(session, **asked))


def test_findings_are_counted_by_stratum_with_the_day_of_the_last(session: Session, concluded: Concluded) -> None:
    found = of_toys(session, concluded.cast)

    assert set(found) <= {"棠梨商城/儿童玩具", "青禾集市/儿童玩具"}
    whole = in_all(found.values())
    assert whole == Earlier(Rate(3, 4), 1, day_of(clock.now()))


def test_nothing_else_is_taken_for_the_same(session: Session, concluded: Concluded) -> None:
    cast = concluded.cast
    campaign = session.scalars(sa.select(Campaign)).one()
    assert of_toys(session, cast, category="童装") == {}
    assert of_toys(session, cast, design=replace(ALIKE, strata=("platform",))) == {}
    assert of_toys(session, cast, agency_id=cast.above.id) == {}
    assert of_toys(session, cast, but=campaign) == {}

    by_size = parse_design(campaign.design)
    session.execute(sa.update(Campaign).values(design=replace(by_size, size="monthly_sales").canonical_json()))
    assert of_toys(session, cast) == {}
    session.execute(sa.update(Campaign).values(design=by_size.canonical_json(), kind=CampaignKind.RISK_TARGETED))
    assert of_toys(session, cast) == {}, "what was picked because it looked bad says nothing of the rest"


def test_what_was_overturned_is_no_finding(session: Session, concluded: Concluded) -> None:
    fallen = sa.update(Finding).where(Finding.id == concluded.bad[0].id).values(status=FindingStatus.OVERTURNED)
    session.execute(fallen)

    assert in_all(of_toys(session, concluded.cast).values()).found == Rate(2, 3)


def test_where_nothing_is_known_s_is_the_most_it_can_be_and_none_of_few_is_not_never() -> None:
    assert (NOTHING.rate, NOTHING.deviation, NOTHING.is_known) == (Decimal("0.5"), Decimal("0.5"), False)
    none_of_ten = Earlier(Rate(0, 10), 1, date(2026, 9, 30))
    assert Decimal("0.13") < none_of_ten.rate < Decimal("0.14")
    assert none_of_ten.deviation**2 == pytest.approx(none_of_ten.rate * (1 - none_of_ten.rate))


@on_sqlite
def test_a_button_of_the_plan_fills_s_in_with_what_it_rests_on(
    app: Flask, session: Session, concluded: Concluded
) -> None:
    cast = concluded.cast
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    campaign = planned(session, cast, design=DESIGN | {"allocation": {"method": "proportional", "n": 4}})
    framed(session, campaign, cast, app.config["SETTINGS"].frames_folder)
    session.commit()
    client = sign_in(app, cast.coordinator)
    there = f"/desk/campaign/{campaign.number}/amend"
    known = of_toys(session, cast, but=campaign)

    page = send(client, there, remember="1", allocation_method="proportional")

    assert page.status_code == 200
    lines = dict(line.split(" = ") for line in field(page, "by_stratum").splitlines())
    assert lines.keys() == {"棠梨商城/儿童玩具", "青禾集市/儿童玩具"}
    assert {name: f"{each.deviation:.3f}" for name, each in known.items()}.items() <= lines.items()
    assert '<option value="neyman" selected>' in page.text
    assert "3 of 4 tested were nonconforming" in field(page, "size_basis")
    assert all(f"{each.found.hits} / {each.found.of}" in page.text for each in known.values())
    session.expire_all()
    assert campaign.version == 2

    other = send(
        client, there, remember="1", category="童装", allocation_method="neyman", by_stratum="棠梨商城/儿童玩具 = 0.3"
    )
    assert field(other, "by_stratum").splitlines() == ["棠梨商城/儿童玩具 = 0.3", "青禾集市/儿童玩具 = 0.500"]
    assert "(as typed)" in other.text and "(nothing known)" in other.text
    assert send(client, there, remember="1", price_edges="teuer").status_code == 422

    asked = client.get(f"/desk/campaign/{campaign.number}/what-if?method=neyman&rates=history&n=6")
    assert asked.status_code == 200
    assert all(f"{each.found.hits} / {each.found.of}, " in asked.text for each in known.values())
    form = asked.text.split('method="post" action="')[-1].split("</form>")[0]
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    assert client.post(f"/desk/campaign/{campaign.number}/what-if", data=hidden).status_code == 302
    session.expire_all()
    taken = parse_design(campaign.design)
    assert (taken.method, taken.n) == ("neyman", 6)
    assert taken.deviations.keys() == lines.keys()
    assert "3 of 4 tested were nonconforming" in campaign.size_basis
