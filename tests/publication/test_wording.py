"""Words of announcements: what is filled in, what is refused and how it is named. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.campaigns.models import CampaignKind
from quality.publication.wording import (
    LISTED,
    LONGEST,
    PLACEHOLDERS,
    SHIPPED,
    blocks_of,
    figures_in,
    fill,
    offered,
    problems_of_template,
    problems_of_text,
    still_holds,
    unknown_placeholders,
)

PROBABILITY, BY_RISK = CampaignKind
RATE = {"value": Decimal("0.14"), "low": Decimal("0.0695083"), "high": Decimal("0.2618620")}  # 7/50: DOMAIN's check


def line(place: int = 1, **changed: Any) -> dict[str, Any]:
    failed = [{"item": "铅", "value": "120", "unit": "mg/kg", "limit": "≤90 mg/kg", "laboratory": "甲检验院"}]
    return {
        "number": f"YZ-R-2026-{place:05}", "verdict": "nonconforming", "platform": "云市",
        "product": {"name": "磁力片", "spec": "64片", "brand": "小满", "batch": "20260301"},
        "producer": "小满玩具厂", "shop": "小满旗舰店", "producer_denies": False, "failed": failed,
    } | changed  # fmt: skip


def says(**changed: Any) -> dict[str, Any]:
    return {
        "title": "儿童玩具抽检", "category": "儿童玩具", "basis": "《产品质量监督抽查管理暂行办法》。",
        "starts_on": date(2026, 3, 2), "ends_on": "2026-04-30", "bought": 60, "tested": 50,
        "found": {"nonconforming": 7, "conforming": 43, "expired": 0}, "nonconforming": [line()],
        "conforming": [{"platform": "海市"}], "figures": {"rate": RATE, "why_not": None},
    } | changed  # fmt: skip


def values(**changed: Any) -> dict[str, dict[str, str]]:
    return figures_in(says(**changed), agency="云州市市场监督管理局", number="YZ-C-2026-0001")


def problems(text: str, kind: CampaignKind = PROBABILITY) -> list[tuple[str, str]]:
    return [(each.field, each.code) for each in problems_of_template({"zh": text, "en": "x"}, kind)]


@pytest.mark.parametrize("kind", [*CampaignKind])
def test_what_is_shipped_is_right_and_leaves_nothing_in_braces(kind: CampaignKind) -> None:
    assert problems_of_template(SHIPPED[kind], kind) == []
    filled = values()
    for language in ("zh", "en"):
        text = fill(SHIPPED[kind][language], filled[language])
        assert "{" not in text
        assert blocks_of(text)[1].is_heading


def test_each_placeholder_has_its_figure_in_both_languages() -> None:
    filled = values()
    assert {*filled["zh"], "day"} == {*filled["en"], "day"} == {*PLACEHOLDERS}
    assert filled["zh"]["rate"] == "不合格发现率为14.0%（95%置信区间7.0%至26.2%，威尔逊法）"
    assert filled["en"]["rate"] == "The detection rate is 14.0% (95% interval 7.0% to 26.2%, Wilson)"
    assert filled["zh"]["period"] == "2026年3月2日至2026年4月30日"
    assert filled["zh"]["platforms"] == "云市、海市"
    assert filled["zh"]["basis"] == "《产品质量监督抽查管理暂行办法》"
    assert (
        filled["zh"]["nonconforming_list"] == "1. 磁力片（64片；20260301；小满玩具厂）：铅 120 mg/kg（限量≤90 mg/kg）"
    )


def test_without_a_rate_it_says_why_and_a_list_ends_somewhere() -> None:
    assert "不计算比例" in values(figures={"why_not": "risk_targeted"})["zh"]["rate"]
    assert "Too few" in values(figures={"why_not": "too_few"})["en"]["rate"]
    assert values(nonconforming=[])["zh"]["nonconforming_list"] == "无"
    long = values(nonconforming=[line(place) for place in range(LISTED + 3)])["zh"]["nonconforming_list"]
    assert long.split("\n")[-1] == "其余3批次见附件1。"
    required = [{"item": "小零件", "value": "不符合", "unit": "", "limit": "符合", "laboratory": "甲检验院"}]
    assert values(nonconforming=[line(failed=required)])["zh"]["nonconforming_list"].endswith(
        "小零件 不符合（要求：符合）"
    )
    assert "否认" in values(nonconforming=[line(producer_denies=True)])["zh"]["nonconforming_list"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing"),
        (" \n ", "missing"),
        ("字" * (LONGEST + 1), "too_long"),
        ("公告\x00", "control_character"),
        ("公告\u202e", "control_character"),
        ("共{sold}批次", "unknown_placeholder"),
        ("共{}批次", "unknown_placeholder"),
        ("共{ bought }批次", "unknown_placeholder"),
        ("共{bought批次", "open_brace"),
    ],
)
def test_what_is_wrong_is_named_at_its_text(text: str, code: str) -> None:
    assert problems(text) == [("zh", code)]


def test_the_unknown_placeholder_is_named_and_the_known_ones_are_listed() -> None:
    [wrong] = problems_of_template({"zh": "共{sold}批次", "en": "x"}, PROBABILITY)
    assert "{sold}" in str(wrong.text)
    assert "{bought}" in str(wrong.text)


def test_a_campaign_by_risk_has_counts_only() -> None:
    assert "rate" not in offered(BY_RISK)
    assert problems("{rate}", BY_RISK) == [("zh", "unknown_placeholder")]
    assert problems("{rate}", PROBABILITY) == []
    listed = {"zh": {"nonconforming_list": "1. 羽绒被：含绒量 35 %（限量≥50 %）"}, "en": {}}
    text = "1. 羽绒被：含绒量 35 %（限量≥50 %）\n不合格率14%。"
    found = list(problems_of_text({"zh": text, "en": "Counts only."}, BY_RISK, listed, ()))
    assert [(each.field, each.code) for each in found] == [("zh", "share")]
    counts = {"zh": text.split("\n", maxsplit=1)[0], "en": "Counts only."}
    assert not list(problems_of_text(counts, BY_RISK, listed, ()))


def test_nobody_is_named_in_a_text_but_a_batch_is_no_telephone() -> None:
    filled = values(nonconforming=[line(product=line()["product"] | {"batch": "13800138000"})])
    text = {language: f"{filled[language]['nonconforming_list']}" for language in ("zh", "en")}
    assert not list(problems_of_text(text, PROBABILITY, filled, ()))
    told = {"zh": text["zh"] + "\n请致电13900139000。", "en": text["en"] + " Bought by Lin Yue."}
    found = [(each.field, each.code) for each in problems_of_text(told, PROBABILITY, filled, {"Lin Yue"})]
    assert found == [("zh", "personal_telephone"), ("en", "personal_name")]


def test_a_text_holds_as_long_as_its_figures_do() -> None:
    assert still_holds(values(), values())
    assert not still_holds(values(), values(nonconforming=[]))
    assert not still_holds(values(), values(bought=61))


@given(st.text(alphabet="ab{} \n字", max_size=60))
def test_filling_leaves_what_it_does_not_know(text: str) -> None:
    filled = fill(text, {"a": "1"})
    assert filled == text.replace("{a}", "1")
    assert unknown_placeholders(text.replace("{", "").replace("}", ""), PROBABILITY) == []
