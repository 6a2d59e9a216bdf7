"""Buttons of the plan's form that fill in how many to buy and why, and record nothing."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign
from tests.harness.campaigns import framed, planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast
from tests.pages.test_planning import send

pytestmark = on_sqlite


@pytest.fixture
def coordinator(app: Flask, session: Session, cast: Cast) -> Any:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    return sign_in(app, cast.coordinator)


def field(page: Any, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text) or re.search(
        rf'<textarea[^>]*name="{name}"[^>]*>\s*([^<]*)<', page.text
    )
    return unescape(found[1]) if found else ""


def test_a_statement_fills_in_its_number_and_why_behind_what_was_typed(coordinator: Any, session: Session) -> None:
    typed = {"compute": "zero", "zero_rate": "0.1", "zero_confidence": "95", "size_basis": "上级要求", "title": ""}
    page = send(coordinator, **typed)

    assert page.status_code == 200
    assert field(page, "allocation_n") == "2995"
    before, basis = field(page, "size_basis").splitlines()
    assert before == "上级要求"
    assert basis.startswith("If none of 2995 is nonconforming")
    assert "磁通量指数" in page.text
    assert session.query(Campaign).count() == 0

    again = send(coordinator, **typed | {"size_basis": field(page, "size_basis")})
    assert field(again, "size_basis").count("2995") == 1


def test_of_several_wishes_only_the_one_that_counts_stays_in_the_reason(coordinator: Any) -> None:
    basis = "上级要求"
    wishes: list[dict[str, str]] = [
        {"compute": "zero", "zero_rate": "5", "zero_confidence": "95"},
        {"compute": "precision", "wish_rate": "10", "wish_half_width": "5"},
        {"compute": "effect", "effect_one": "10", "effect_other": "20", "effect_power": "80"},
    ]
    for typed in wishes:
        for language in ("zh", "en"):  # whoever worked one out before may have read another language
            page = send(coordinator, f"/desk/campaign/new?lang={language}", size_basis=basis, **typed)
            basis = field(page, "size_basis")
            assert basis.splitlines()[0] == "上级要求"
            assert len(basis.splitlines()) == 2
    assert "To tell 10% from 20%" in basis

    told = send(coordinator, compute="effect", effect_one="10", effect_other="", effect_power="80",
                allocation_n="300", size_basis=basis)  # fmt: skip
    assert "To tell 10% from 20%" in field(told, "size_basis")


def test_what_is_no_rate_keeps_no_other_wish_from_being_worked_out(coordinator: Any) -> None:
    page = send(coordinator, compute="zero", zero_rate="5", zero_confidence="95", wish_rate="viel")
    assert (page.status_code, field(page, "allocation_n")) == (200, "59")
    assert 'id="wish_rate-e"' in page.text


def test_a_number_beyond_all_bounds_is_told_the_bound(coordinator: Any) -> None:
    for name in ("allocation_n", "price_cap_fen"):
        page = send(coordinator, **{name: "1" + "0" * 12})
        told = re.search(rf'id="{name}-e">([^<]+)<', page.text)
        assert told and "1,000,000,000" in told[1]


def test_with_a_frame_the_size_is_of_the_plan_as_it_is_typed(
    coordinator: Any, session: Session, cast: Cast, app: Flask
) -> None:
    campaign = planned(session, cast)
    framed(session, campaign, cast, app.config["SETTINGS"].frames_folder)
    session.commit()
    there = f"/desk/campaign/{campaign.number}/amend"

    precise = send(coordinator, there, compute="precision", wish_rate="50", wish_half_width="20", allocation_n="")
    assert field(precise, "allocation_n") == "8"
    assert "8 of 12 listings in 2 strata give ±20 points" in precise.text
    told = send(
        coordinator, there, compute="effect", effect_one="10", effect_other="", effect_power="80", allocation_n="8"
    )
    assert field(told, "allocation_n") == "8"
    assert "With 4 and 4 bought on two platforms" in told.text
    session.expire_all()
    assert campaign.version == 2


@pytest.mark.parametrize(
    ("compute", "typed", "at", "says"),
    [
        ("precision", {"wish_rate": "10", "wish_half_width": ""}, "wish_half_width", "above 0 and below 100"),
        ("precision", {"wish_rate": "viel", "wish_half_width": "4"}, "wish_rate", "Enter a number from 0 to 100"),
        ("zero", {"zero_rate": "0", "zero_confidence": "95"}, "zero_rate", "above 0 and below 100"),
        ("zero", {"zero_rate": "5", "zero_confidence": "100"}, "zero_confidence", "above 0 and below 100"),
        ("effect", {"effect_one": "10", "effect_other": "10", "effect_power": "80"}, "effect_other", "another rate"),
        ("effect", {"effect_one": "10", "effect_power": "80", "allocation_n": ""}, "allocation_n", "Say how many"),
        ("effect", {"effect_one": "", "effect_other": "20", "effect_power": "80"}, "effect_one", "above 0 and below"),
        (
            "precision",
            {"wish_rate": "10", "wish_half_width": "4", "allocation_method": "fixed", "by_stratum": "A 3"},
            "by_stratum",
            "write the stratum",
        ),
    ],
)
def test_what_is_wrong_with_a_wish_stands_at_its_field(
    coordinator: Any, compute: str, typed: dict[str, str], at: str, says: str
) -> None:
    for language in ("", "?lang=zh"):
        answer = send(coordinator, f"/desk/campaign/new{language}", compute=compute, **typed)
        assert answer.status_code == 422
        told = re.search(rf'id="{at}-e">([^<]+)<', answer.text)
        assert told, answer.text
        assert says in unescape(told[1]) if not language else re.search("[\u4e00-\u9fff]", told[1])
        assert f'href="#{at}"' in answer.text
        assert all(
            f'value="{text}"' in answer.text for name, text in typed.items() if text and name.startswith(compute[:4])
        )


def test_a_button_that_nobody_drew_keeps_the_plan(coordinator: Any, session: Session) -> None:
    assert send(coordinator, compute="everything").status_code == 302
    assert session.query(Campaign).count() == 1
