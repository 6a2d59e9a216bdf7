"""What a reviewer reads of a text that was changed: the changed words, and so much beside them as is needed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from quality.core.differences import GAP, LONGEST, Piece, pieces


def marked(found: list[Piece]) -> str:
    return "".join(f"[{each.text}]" if each.is_changed else each.text for each in found)


def test_what_was_put_in_and_taken_out_is_marked_where_it_stands() -> None:
    old = "《产品质量法》第十三条；《电子商务法》第二十九条、第三十八条"
    new = "《产品质量法》第十三条、第十五条；《电子商务法》第三十八条"

    left, right = pieces(old, new)

    assert marked(left) == "《产品质量法》第十三条；《电子商务法》第[二十九条、第]三十八条"
    assert marked(right) == "《产品质量法》第十三条[、第十五条]；《电子商务法》第三十八条"


def test_a_figure_is_one_word() -> None:
    left, right = pieces("磁通量指数为128 kG²mm²，不符合要求", "磁通量指数为96.5 kG²mm²，不符合要求")

    assert (marked(left), marked(right)) == (
        "磁通量指数为[128] kG²mm²，不符合要求",
        "磁通量指数为[96.5] kG²mm²，不符合要求",
    )


def test_a_long_stretch_that_stays_is_shortened_to_what_stands_beside_the_change() -> None:
    before, after = "前" * 100, "后" * 100

    left, right = pieces(f"{before}旧款{after}", f"{before}新款{after}")

    assert marked(left) == f"{GAP}{'前' * 12}[旧]款{'后' * 11}{GAP}"
    assert marked(right) == f"{GAP}{'前' * 12}[新]款{'后' * 11}{GAP}"


def test_texts_with_little_in_common_are_two_texts() -> None:
    assert pieces("经检验不合格", "请于三日内下架并报送销量") == (
        [Piece("经检验不合格", True)],
        [Piece("请于三日内下架并报送销量", True)],
    )


def test_a_text_too_long_to_compare_on_a_page_is_shown_whole() -> None:
    long = "字" * (LONGEST + 1)

    assert pieces(long, long + "完") == ([Piece(long, True)], [Piece(long + "完", True)])


@given(st.text(max_size=40), st.text(max_size=40))
def test_nothing_of_a_short_text_is_lost(old: str, new: str) -> None:
    left, right = pieces(old, new)

    assert "".join(each.text for each in left) in (old, *shortenings(old))
    assert "".join(each.text for each in right) in (new, *shortenings(new))


def shortenings(text: str) -> list[str]:
    """What is left of it when one stretch is taken out: a stretch that stays may be shortened."""
    return [text[:i] + GAP + text[j:] for i in range(len(text) + 1) for j in range(i, len(text) + 1)]
