"""繁體 as readers in Taiwan and Hong Kong write it, from every sentence of the catalogue; and nothing but sentences."""

from __future__ import annotations

import pytest
from babel.messages.pofile import read_po
from werkzeug.datastructures import LanguageAccept

from quality.core.surroundings import CHECKOUT
from quality.core.traditional import OURS, in_traditional
from quality.web.language import best_of
from tests.harness.traditional import SIMPLIFIED


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("平台称已下架，核查确认后公布。", "平台稱已下架，核查確認後公布。"),
        ("这里的面条干净，里面有头发", "這裡的麵條乾淨，裡面有頭髮"),
        ("复检机构与复核人的答复", "複檢機構與複核人的答覆"),
        ("%(day)s天后到期", "%(day)s天後到期"),
        ("通知书签发后写明了链接", "通知書簽發後寫明了鏈接"),
        ("每条结果页上链接的 proof", "每條結果頁上鏈接的 proof"),
        ("制作抽签标签，验签", "製作抽籤標籤，驗簽"),
        ("耐湿摩擦色牢度 ≥3 级", "耐濕摩擦色牢度 ≥3 級"),
        ("<b>sha256</b> & R-YZ-2026-0001", "<b>sha256</b> & R-YZ-2026-0001"),
    ],
)
def test_a_sentence_in_the_characters_of_its_reader(simplified: str, traditional: str) -> None:
    assert in_traditional(simplified) == traditional
    assert in_traditional(traditional) == traditional, "what is 繁體 already stays"


def test_no_sentence_of_the_catalogue_keeps_a_character_that_is_simplified_only() -> None:
    with (CHECKOUT / "quality/translations/zh/LC_MESSAGES/messages.po").open("rb") as catalogue:
        said = [
            str(each.string if isinstance(each.string, str) else (each.string or [""])[0])
            for each in read_po(catalogue)
        ]
    assert len(SIMPLIFIED) > 2_500 and len(said) > 5_000
    converted = [in_traditional(each) for each in said]
    assert [text for text in converted if not SIMPLIFIED.isdisjoint(text)] == []
    assert [text for text, other in zip(said, converted, strict=True) if len(text) != len(other)] == []


def test_what_is_written_otherwise_than_opencc_does_is_as_long() -> None:
    assert all(len(short) == len(long) for short, long in OURS.items())


@pytest.mark.parametrize(
    ("accepted", "answered"),
    [
        ([("zh-Hant", 1), ("en", 0.9)], "zh"),
        ([("zh-TW", 1), ("en-US", 0.9), ("en", 0.8)], "zh"),
        ([("zh-CN", 0.5), ("en", 0.9)], "en"),
        ([("fr", 1), ("en-GB", 0.2)], "en"),
        ([("fr", 1), ("*", 0.2)], "zh"),
        ([("en", 1), ("zh", 1)], "zh"),  # as much: the default
        ([("en", 0)], "zh"),
    ],
)
def test_what_is_not_public_answers_in_the_language_that_is_wanted_most(accepted, answered: str) -> None:
    assert best_of(LanguageAccept(accepted), "zh") == answered
