"""A protected value is found however it is written, and nothing else is taken out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.core.redaction import MARK, Needle, all_redacted, folded, hits, redacted

TELEPHONE = Needle("telephone", "19900007788")
ADDRESS = Needle("address", folded("云州市听雨巷十七号乙")[0])
BOTH = [TELEPHONE, ADDRESS]
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
HAN = str.maketrans("0123456789", "零一二三四五六七八九")


@pytest.mark.parametrize(
    "written",
    [
        "199-0000-7788", "199 0000 7788", "１９９００００７７８８", "199.0000.7788", "+86 19900007788",
        "0086-199 0000 7788", "一九九零零零零七七八八", "幺99-0000-77\n88", "1\u200b9900007788",
        "云州市听雨巷17号乙", "云州市 听雨巷，十七号（乙）",
    ],
)  # fmt: skip
def test_it_is_found_however_it_is_written(written: str) -> None:
    said = f"请联系{written}，谢谢"
    assert MARK in redacted(said, BOTH)
    assert redacted(said, BOTH).startswith("请联系")
    assert redacted(said, BOTH).endswith("，谢谢")
    assert hits(redacted(said, BOTH), BOTH) == []


@pytest.mark.parametrize(
    "written",
    ["2199000077881", "199000077881", "119900007788", "1990000<b>7788</b>", "1990000778", "云州市听雨巷十八号乙", ""],
)
def test_what_is_another_number_or_goes_on_across_markup_stays(written: str) -> None:
    assert redacted(written, BOTH) == written


def test_what_overlaps_is_taken_out_once_and_the_rest_stays_as_it_was() -> None:
    inside = Needle("account", "00007788")
    assert redacted("甲 199-0000-7788 乙", [inside, TELEPHONE]) == f"甲 {MARK} 乙"
    two = "199-0000-7788、199-0000-7788"
    assert redacted(two, [TELEPHONE]) == f"{MARK}、{MARK}"


def test_of_json_only_texts_are_read_and_the_words_of_those_outside_stay() -> None:
    said = {"a": ["199-0000-7788", 3, None], "claim": {"reason": "199-0000-7788"}}
    told = all_redacted(said, [TELEPHONE], but={"claim"})
    assert told == {"a": [MARK, 3, None], "claim": {"reason": "199-0000-7788"}}
    assert all_redacted(said, []) is said


SIGNS = st.text(alphabet=" -.·/()（）、，\u3000\u200b", max_size=2)


@given(gaps=st.lists(SIGNS, min_size=10, max_size=10), way=st.sampled_from(["", "wide", "han"]), around=st.text())
def test_whatever_stands_between_its_digits_it_is_found_and_is_gone_afterwards(
    gaps: list[str], way: str, around: str
) -> None:
    digits = TELEPHONE.folded
    spread = digits[0] + "".join(gap + digit for gap, digit in zip(gaps, digits[1:], strict=True))
    spread = spread.translate({"wide": WIDE, "han": HAN, "": {}}[way])
    said = f"{around}。号{spread}号。{around}"
    told = redacted(said, [TELEPHONE])
    assert MARK in told
    assert hits(told, [TELEPHONE]) == []


@given(st.text())
def test_a_text_without_it_is_the_same_text(text: str) -> None:
    if TELEPHONE.folded not in folded(text)[0]:
        assert redacted(text, [TELEPHONE]) is text
