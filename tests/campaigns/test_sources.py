"""Items of a plan that come from the library: they say what it said in that version, whatever it says later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign
from quality.campaigns.operations import ItemPlan, Plan, amend, plan
from quality.campaigns.papers import ask_for_rules, rules_of
from quality.campaigns.sources import sources_of, take
from quality.campaigns.versions import changes, plan_of
from quality.core.errors import Refused
from quality.documents.models import Language
from quality.people.actor import Actor
from quality.permissions import Role
from quality.standards.contents import LimitText
from quality.standards.models import Standard
from quality.standards.operations import set_item
from tests.harness.campaigns import planned
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire
from tests.harness.problems import invalid
from tests.harness.standards import LEAD, NUMBER, SMALL_PARTS, TOYS, a_standard


@pytest.fixture
def standard(session: Session, cast: Cast) -> Standard:
    return a_standard(session, cast.coordinator)


def as_plan(campaign: Campaign, **changed: Any) -> Plan:
    named = {name: getattr(campaign, name) for name in Plan._fields}
    return Plan(**(named | {"items": []} | changed))


def items(session: Session, by: Actor, category: str = "玩具材料") -> list[ItemPlan]:
    return [ItemPlan(**each._asdict()) for each in take(session, by, NUMBER, category)]


def test_a_plan_takes_what_a_standard_asks_of_a_category(session: Session, cast: Cast, standard: Standard) -> None:
    lead, parts = items(session, cast.coordinator)
    assert lead.limit == "≤ 90 mg/kg", "with the unit of its item"
    assert (lead.item, lead.method, lead.rule, lead.clause) == (LEAD.item, LEAD.method, LEAD.rule, f"{NUMBER}，4.1")
    assert (parts.item, parts.limit) == (SMALL_PARTS.item, "符合")
    campaign = planned(session, cast, items=[lead, parts])
    assert {s.limit.id for s in sources_of(session, campaign.items).values()} == {
        lead.standard_limit_id, parts.standard_limit_id,
    }  # fmt: skip


def test_what_was_taken_stays_when_the_library_changes(session: Session, cast: Cast, standard: Standard) -> None:
    campaign = planned(session, cast, items=items(session, cast.coordinator))
    before = plan_of(session, campaign, Path())
    stricter = LEAD._replace(limits=(LimitText("≤ 75", "玩具材料", "4.1"),))
    set_item(session, standard, stricter, "第1号修改单", by=cast.coordinator, instead_of=LEAD.item)

    source = sources_of(session, campaign.items)[campaign.items[0].standard_limit_id or 0]
    assert (source.edition.edition, source.text, source.is_newest) == (1, "≤ 90 mg/kg", False)
    assert plan_of(session, campaign, Path()) == before
    assert [each.limit for each in items(session, cast.coordinator)] == ["≤ 75 mg/kg", "符合"]


def test_a_review_shows_that_an_item_comes_from_another_version(
    session: Session, cast: Cast, standard: Standard, tmp_path: Any
) -> None:
    campaign = planned(session, cast, items=items(session, cast.coordinator)[:1])
    before = plan_of(session, campaign, Path())
    set_item(session, standard, SMALL_PARTS._replace(item="小球"), "另加", by=cast.coordinator)
    written = as_plan(campaign, items=items(session, cast.coordinator)[:1])
    amend(session, campaign, written, by=cast.coordinator, frames=tmp_path)

    [change] = changes(before, plan_of(session, campaign, Path()))
    assert change == ("item_source", f"{NUMBER} @1", f"{NUMBER} @2", LEAD.item)


@on_sqlite
@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"limit": "≤ 100 mg/kg"}, ("items 1, limit", "other_than_source")),
        ({"rule": "simple"}, ("items 1, rule", "other_than_source")),
        ({"item": "可迁移元素：钡"}, ("items 1, item", "other_than_source")),
        ({"standard_limit_id": 9_999}, ("items 1, item", "unknown_source")),
    ],
)
def test_the_library_is_not_quoted_for_what_it_does_not_say(
    session: Session, cast: Cast, standard: Standard, changed: dict[str, Any], wrong: tuple[str, str]
) -> None:
    with invalid(wrong):
        planned(session, cast, items=[items(session, cast.coordinator)[0]._replace(**changed)])


@on_sqlite
def test_another_agencys_library_is_not_quoted(session: Session, cast: Cast, standard: Standard) -> None:
    theirs = hire(session, cast.below, Role.COORDINATOR)
    lead = items(session, cast.coordinator)[0]
    with invalid(("items 1, item", "unknown_source")):
        plan(session, by=theirs, **as_plan(planned(session, cast), items=[lead])._asdict())
    with invalid(("from_standard", "unknown_standard")):
        take(session, theirs, NUMBER, "")


@on_sqlite
def test_a_category_without_limits_is_told_which_there_are(session: Session, cast: Cast) -> None:
    a_standard(session, cast.coordinator, contents=TOYS._replace(items=(LEAD,)))
    with invalid(("from_category", "unknown_category")):
        take(session, cast.coordinator, NUMBER, "童车")


@on_sqlite
def test_the_implementing_rules_say_what_is_tested_by_which_version(
    session: Session, cast: Cast, standard: Standard
) -> None:
    campaign = planned(session, cast, items=items(session, cast.coordinator), pieces=2)
    rules = rules_of(session, campaign)
    assert rules["pieces"] == 2
    assert rules["standards"] == [{"number": NUMBER, "title": TOYS.title, "published": "2014", "version": "1"}]
    lead = rules["items"][0]
    assert (lead["limit"], lead["lod"], lead["severity"]) == ("≤ 90 mg/kg", LEAD.lod, LEAD.severity)
    assert lead["rule_reason"] == LEAD.rule_reason
    assert rules["rules"] == ["simple", "non_binary"], "each that is used, once"
    assert rules["objection"] == {"length": 15, "unit": "calendar_day"}

    with pytest.raises(Refused, match="not_approved"):
        ask_for_rules(session, campaign, Language.ZH, by=cast.coordinator)
