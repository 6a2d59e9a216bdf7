"""The planner's page: what a plan comes to with other numbers, without JavaScript; taken into the draft by a button."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.campaigns.frame.kept import BEING_COUNTED
from quality.campaigns.models import Campaign, CampaignKind
from quality.campaigns.operations import submit
from quality.competence.operations import state_capacity
from quality.core.errors import Invalid
from quality.core.events import Event
from quality.pages import what_if
from quality.purchases.profiles import one_buyer, set_profile
from tests.harness.campaigns import DESIGN, LEAD, MAGNET, framed, planned
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast, founded
from tests.harness.purchases import settings
from tests.harness.snapshots import Road, Snapshot

pytestmark = on_sqlite


@pytest.fixture
def coordinator(app: Flask, session: Session, cast: Cast) -> Any:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    return sign_in(app, cast.coordinator)


def drafting(session: Session, clock: HeldClock) -> int:
    """Two strata of six listings at 39.90; four to buy, at most 500 each; a fee is known of one item of two."""
    cast = founded(session, clock)
    campaign = planned(session, cast, items=[MAGNET._replace(lab_fee_fen=6_000), LEAD])
    framed(session, campaign, cast, settings().frames_folder)
    return campaign.id


@pytest.fixture
def road(request: pytest.FixtureRequest) -> Road:
    return drafting if "draft" in request.fixturenames else founded


@pytest.fixture
def draft(session: Session, cast: Cast, arrived: Snapshot) -> Campaign:
    return session.get_one(Campaign, arrived.left)


def address(campaign: Campaign) -> str:
    return f"/desk/campaign/{campaign.number}/what-if"


def figures(page: Any) -> dict[str, str]:
    return dict(re.findall(r'<h3>([^<]+)</h3><div class="mc-figure[^"]*">([^<]+)<', page.text))


def hidden(page: Any) -> dict[str, str]:
    """What the button sends that takes the numbers into the plan."""
    form = page.text.split('method="post" action="')[-1].split("</form>")[0]
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)}


def test_it_begins_with_the_plan_and_an_address_asks_for_other_numbers(coordinator: Any, draft: Campaign) -> None:
    there = coordinator.get(f"/desk/campaign/{draft.number}")
    assert f'href="{address(draft)}"' in there.text

    begun = coordinator.get(address(draft))
    assert begun.status_code == 200
    assert figures(begun)["Money committed"] == "399.60 yuan"  # 4 × (39.90 + 60)
    assert "no laboratory fee" not in begun.text

    asked = coordinator.get(f"{address(draft)}?n=8&budget_fen=500&rate=50&lab_fee_fen=0&half_width=40")
    assert figures(asked)["Money committed"] == "319.20 yuan"
    assert "Within the budget, 180.80 yuan left" in asked.text
    assert "The budget buys 12 in all, ±0.0 points." in asked.text
    assert "For ±40.0 points" in asked.text
    assert 'value="8"' in asked.text

    poor = coordinator.get(f"{address(draft)}?budget_fen=1&price_cap_fen=30")
    assert "The budget does not buy even the fewest that the plan allows." in poor.text
    assert figures(poor)["Money committed"] == "360.00 yuan"  # 4 × (30.00 + 60): a price is held down to the cap


def test_asking_records_nothing(coordinator: Any, draft: Campaign, session: Session) -> None:
    before = session.query(Event).count()
    coordinator.get(f"{address(draft)}?n=8")
    session.expire_all()
    assert (session.query(Event).count(), draft.version) == (before, 2)


def test_the_load_of_laboratory_and_buyers_is_held_against_the_weeks_of_the_campaign(
    coordinator: Any, draft: Campaign, session: Session, cast: Cast
) -> None:
    state_capacity(session, cast.laboratory.id, per_week=60, days=10, by=cast.signatory)
    state_capacity(session, cast.laboratory.id, item=LEAD.item, per_week=2, days=None, by=cast.signatory)
    session.commit()

    asked = coordinator.get(f"{address(draft)}?n=9&laboratory=JY&buyers_per_week=1")
    assert figures(asked)["Weeks of the laboratory"] == "5 weeks"
    assert "2 a week; the slowest item is " in asked.text
    assert "A report takes 10 days after the last receipt" in asked.text
    assert figures(asked)["Weeks of the buyers"] == "9 weeks"

    assert cast.buyer.person
    of_buyer = one_buyer(session, cast.coordinator, cast.buyer.person.id)
    set_profile(session, of_buyer, per_week=3, regions=[], version=0, by=cast.coordinator)
    session.commit()
    by_profile = coordinator.get(f"{address(draft)}?n=9")
    assert figures(by_profile)["Weeks of the buyers"] == "3 weeks"

    typed = coordinator.get(f"{address(draft)}?n=9&laboratory=JY&lab_per_week=9")
    assert figures(typed)["Weeks of the laboratory"] == "1 week"


WRONG = [
    ("n", "0", "Enter a number above 0"),
    ("n", "", "Enter a whole number"),
    ("n", "13", "The frame has 12 listings"),
    ("n", "4.5", "Enter a whole number"),
    ("method", "neyman", "needs the deviation S"),
    ("method", "census", "Choose one of the list"),
    ("method", "fixed", "Choose one of the list"),
    ("rate", "101", "Enter a number from 0 to 100"),
    ("rate", "Infinity", "Enter a number from 0 to 100"),
    ("rates", "guess", "Choose one of the list"),
    ("half_width", "0", "Enter a number above 0"),
    ("half_width", "-1", "Enter a number from 0 to 100"),
    ("budget_fen", "viel", "Enter the amount in yuan"),
    ("price_cap_fen", "1.234", "Enter the amount in yuan"),
    ("lab_fee_fen", "-5", "Enter the amount in yuan"),
    ("buyers_per_week", "0", "Enter a number above 0"),
    ("laboratory", "ZZ", "Choose one of the list"),
    ("lab_per_week", "1e9", "Enter a whole number"),
]


@pytest.mark.parametrize(("field", "typed", "says"), WRONG)
def test_what_is_wrong_stands_at_its_field_and_the_rest_stays(
    coordinator: Any, draft: Campaign, field: str, typed: str, says: str
) -> None:
    others = {"n": "7", "rate": "12.5", "budget_fen": "777.00", "lab_per_week": "33"} | {field: typed}
    answer = coordinator.get(address(draft), query_string=others)

    assert answer.status_code == 422
    told = re.search(rf'id="{field}-e">([^<]+)<', answer.text)
    assert told and says in unescape(told[1]), answer.text
    assert f'href="#{field}"' in answer.text
    chosen = {"method", "rates", "laboratory"}
    assert all(f'value="{text}"' in answer.text for name, text in others.items() if name not in chosen)
    assert ("mc-figure" in answer.text) is (field == "half_width")  # all the rest can be worked out without the wish
    again = coordinator.get(address(draft), query_string=others | {"lang": "zh"}).text
    assert re.search(rf'id="{field}-e">[^<]*[\u4e00-\u9fff]', again)


def test_the_numbers_are_taken_into_the_draft_and_nothing_else(
    coordinator: Any, draft: Campaign, session: Session
) -> None:
    asked = coordinator.get(f"{address(draft)}?n=9&method=proportional&budget_fen=900&price_cap_fen=100&rate=30")
    answer = coordinator.post(address(draft), data=hidden(asked))

    assert answer.location == f"/desk/campaign/{draft.number}"
    session.expire_all()
    assert '"method":"proportional","min_per_stratum":0,"n":9' in draft.design
    assert (draft.budget_fen, draft.price_cap_fen, draft.version) == (90_000, 10_000, 3)
    assert [item.lab_fee_fen for item in draft.items] == [6_000, None]


def test_whoever_was_overtaken_is_told_and_keeps_the_numbers(
    coordinator: Any, draft: Campaign, session: Session
) -> None:
    old = hidden(coordinator.get(f"{address(draft)}?n=9"))
    coordinator.post(address(draft), data=hidden(coordinator.get(f"{address(draft)}?n=5")))

    late = coordinator.post(address(draft), data=old)

    assert late.status_code == 409
    assert "Somebody else changed the plan meanwhile" in late.text
    assert hidden(late)["n"] == "9"
    session.expire_all()
    assert '"n":5' in draft.design
    assert coordinator.post(address(draft), data=hidden(late)).status_code == 302


def test_what_cannot_be_kept_is_refused_at_its_field(coordinator: Any, draft: Campaign) -> None:
    for field, typed in (("budget_fen", "0"), ("n", "99")):
        answer = coordinator.post(address(draft), data=hidden(coordinator.get(address(draft))) | {field: typed})
        assert answer.status_code == 422
        assert f'id="{field}-e"' in answer.text
        assert f'value="{typed}"' in answer.text


def test_a_plan_that_is_with_its_reviewer_can_be_asked_and_not_changed(
    coordinator: Any, draft: Campaign, session: Session, cast: Cast, app: Flask
) -> None:
    typed = hidden(coordinator.get(address(draft)))
    submit(session, draft, by=cast.coordinator, frames=app.config["SETTINGS"].frames_folder)
    session.commit()

    assert "Take into the plan" not in coordinator.get(address(draft)).text
    late = coordinator.post(address(draft), data=typed)
    assert late.status_code == 409
    assert "Only a draft can be changed" in late.text


def test_a_risk_targeted_campaign_shows_no_interval(coordinator: Any, session: Session, cast: Cast, app: Flask) -> None:
    campaign = planned(session, cast, kind=CampaignKind.RISK_TARGETED)
    framed(session, campaign, cast, app.config["SETTINGS"].frames_folder)
    session.commit()

    page = coordinator.get(address(campaign))

    assert figures(page)["Half-width of the interval"] == "—"
    assert "Risk-targeted: counts only, not representative" in page.text
    assert "±" not in page.text
    assert figures(page)["Chance to find at least one nonconforming"] != "—"


def test_before_there_is_a_frame_it_says_what_to_do(coordinator: Any, session: Session, cast: Cast) -> None:
    campaign = planned(session, cast)
    session.commit()

    page = coordinator.get(address(campaign))

    assert page.status_code == 200
    assert "import the frame first" in page.text
    assert f'href="/desk/campaign/{campaign.number}/frame"' in page.text


def test_a_big_frame_that_is_being_counted_is_waited_for(
    coordinator: Any, draft: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counting(*_asked: object) -> None:
        raise Invalid(BEING_COUNTED)

    monkeypatch.setattr(what_if, "sizes_of", counting)

    page = coordinator.get(f"{address(draft)}?n=8")

    assert page.status_code == 200
    assert "The frame is being counted" in page.text
    assert f'href="{address(draft)}?n=8"' in page.text


def test_of_a_draw_by_size_only_the_whole_has_an_interval(
    coordinator: Any, session: Session, cast: Cast, app: Flask
) -> None:
    campaign = planned(session, cast, design=DESIGN | {"size": {"column": "price_fen"}})
    framed(session, campaign, cast, app.config["SETTINGS"].frames_folder)
    session.commit()

    page = coordinator.get(f"{address(campaign)}?n=8")

    assert figures(page)["Half-width of the interval"].startswith("±")
    assert "Drawn by size, at a rate of 10.0% everywhere: of the whole only" in page.text
    assert page.text.count("±") <= 4  # as the figure, in the summary, in the foot of the table
