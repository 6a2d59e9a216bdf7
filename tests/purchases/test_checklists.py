"""What a step of a purchase has to show: how lists are laid together, what counts, and what is wrong with one. Pure."""

from __future__ import annotations

import pytest
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st

from quality.evidence.models import EvidenceKind as K
from quality.purchases.checklists import (
    EARLIEST,
    KINDS,
    STEPS,
    Need,
    Piece,
    Shape,
    Standing,
    Step,
    kept,
    problems_of,
    read_need,
    said_of,
    shown_at,
    standing,
    together,
    usual,
)

needs = st.builds(
    Need, st.sampled_from(KINDS), st.sampled_from(STEPS), st.integers(0, 4), st.sampled_from(list(Shape))
)  # fmt: skip
pieces = st.lists(
    st.builds(Piece, st.sampled_from(KINDS), st.sampled_from(["image/jpeg", "video/mp4"]), st.integers(0, 9)),
    max_size=30,
)


def open_steps(asked: list[Need], there: list[Piece]) -> set[Step]:
    """Steps that nothing of this list stands in the way of."""
    waiting = [each for each in standing(asked, there) if each.lacks]
    return {step for step in Step if all(STEPS.index(step) < STEPS.index(each.need.step) for each in waiting)}


def test_the_usual_list_is_sound_and_asks_for_both_seals() -> None:
    assert not list(problems_of(usual(), ""))
    assert {need.kind for need in usual()} == set(KINDS)
    required = {need.step: {n.kind for n in usual() if n.least and n.step is need.step} for need in usual()}
    assert required[Step.ORDER] == {K.SELLER, K.PRODUCT_PAGE, K.ORDER, K.PAYMENT}
    assert required[Step.SEAL] == {K.PARCEL, K.PACKAGING, K.MARKS, K.SEAL_TEST, K.SEAL_BACKUP}


@given(st.lists(needs, max_size=8), st.lists(needs, max_size=8), pieces)
def test_together_lets_no_step_go_that_either_would_hold(
    base: list[Need], more: list[Need], there: list[Piece]
) -> None:
    both = open_steps(list(together(base, more)), there)
    assert both <= open_steps(base, there) & open_steps(more, there)


@given(st.lists(needs, max_size=8))
def test_a_list_laid_upon_itself_stays_as_it_is_and_is_kept_as_it_is(asked: list[Need]) -> None:
    once = together(asked, ())
    assert together(once, once) == once
    assert tuple(read_need(kept(each)) for each in once) == once


def test_a_category_asks_for_a_video_and_for_more_pictures() -> None:
    film = Need(K.OPENING, Step.SEAL, 1, Shape.VIDEO, "film it", "拍视频")
    sides = Need(K.MARKS, Step.SEAL, 3)
    asked = together(usual(), [film, sides])
    assert [each.name for each in asked if each.kind is K.OPENING] == ["opening-video"]  # good to have is met by it
    [marks] = [each for each in asked if each.kind is K.MARKS]
    assert (marks.least, marks.hint) == (3, "Label, marks and warnings, close enough to be read")
    there = [Piece(K.OPENING, "image/jpeg", 1), Piece(K.MARKS, "image/jpeg", 2), Piece(K.MARKS, "image/jpeg", 2)]
    lacks = {each.need.name: each.lacks for each in standing(asked, there) if each.need.kind in {K.OPENING, K.MARKS}}
    assert lacks == {"opening-video": 1, "marks": 2}  # the same bytes twice are one piece, and a picture is no video
    there += [Piece(K.OPENING, "video/mp4", 3)]
    excused = standing(asked, there, excused=["marks"])
    assert not [each for each in excused if each.lacks and each.need.kind in {K.OPENING, K.MARKS}]


@pytest.mark.parametrize(("language", "said"), [
    ("en", "payment record, opening of the parcel (video), parcel: 2 more"),
    ("zh", "支付记录、拆封过程（视频）、包裹（还差2件）"),
])  # fmt: skip
def test_what_is_missing_is_said_in_words(sqlite_app: object, language: str, said: str) -> None:
    lacking = [
        Standing(Need(K.PAYMENT, Step.ORDER, 1), 0),
        Standing(Need(K.OPENING, Step.SEAL, 1, Shape.VIDEO), 0),
        Standing(Need(K.PARCEL, Step.SEAL, 3), 1),
    ]
    with sqlite_app.app_context(), force_locale(language):  # type: ignore[attr-defined]
        assert str(said_of(lacking)) == said


def test_what_can_be_taken_is_shown_from_then_until_it_is_needed() -> None:
    parcel = next(each for each in usual() if each.kind is K.PARCEL)
    assert [step for step in Step if shown_at(parcel, step)] == [Step.RECEIVE, Step.CHECK_LABEL, Step.SEAL]


@pytest.mark.parametrize(("asked", "category", "code"), [
    ([each for each in usual() if each.kind is not K.SEAL_TEST], "", "seal_unseen"),
    ([Need(K.SEAL_TEST, Step.SEAL, 0), Need(K.SEAL_BACKUP, Step.SEAL, 1)], "", "seal_unseen"),
    ([Need(K.MARKS, Step.ORDER, 1)], "玩具", "too_early"),
    ([Need(K.MARKS, Step.SEAL, 21)], "玩具", "out_of_range"),
    ([Need(K.MARKS, Step.SEAL, 1), Need(K.MARKS, Step.SEAL, 2)], "玩具", "twice"),
    ([Need(K.MARKS, Step.SEAL, 1, Shape.ANY, "close", "")], "玩具", "one_language"),
    ([Need(K.MARKS, Step.SEAL, 1, Shape.ANY, "x" * 201, "x")], "玩具", "too_long"),
    ([Need(K.HAND_OVER, Step.SEAL, 1)], "玩具", "too_early"),
])  # fmt: skip
def test_a_list_that_cannot_be_meant_is_refused(asked: list[Need], category: str, code: str) -> None:
    assert code in {each.code for each in problems_of(asked, category)}


def test_a_category_may_ask_for_nothing_more() -> None:
    assert not list(problems_of([], "玩具"))
    assert set(EARLIEST) == set(KINDS)
