"""Seal numbers with a check character: a slip is found, what was not issued is refused, others are as allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from quality.core.errors import Invalid, NotPermitted, Refused
from quality.purchases.operations import SealedPortion, seal
from quality.purchases.seals import (
    Doubt,
    Rule,
    as_issued,
    check_of,
    doubt_about,
    issue_seals,
    newest_of,
    numbers_from,
    rule_of,
    set_series,
    written,
)
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.harness.purchases import FACTS, ready_to_seal

RULE = Rule("YZ", False, 5_000)
LOOSE = RULE._replace(others_too=True)
ours = st.integers(1, 5_000).filter(lambda serial: check_of("YZ", serial) != "*").map(lambda n: written("YZ", n))
SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@given(ours, st.integers(0, 10), st.sampled_from(SIGNS))
def test_one_wrong_sign_is_always_found(number: str, place: int, sign: str) -> None:
    assert doubt_about(number, RULE) is None
    if number[place] not in {"-", sign}:
        wrong = number[:place] + sign + number[place + 1 :]
        assert doubt_about(wrong, RULE) is Doubt.MISTYPED
        assert doubt_about(wrong, LOOSE) is Doubt.MISTYPED  # it is no other maker's either


@given(ours, st.integers(3, 9))
def test_two_neighbours_exchanged_are_always_found(number: str, place: int) -> None:
    signs = number.replace("-", "")
    if place + 1 < len(signs) and signs[place] != signs[place + 1]:
        wrong = signs[:place] + signs[place + 1] + signs[place] + signs[place + 2 :]
        assert doubt_about(wrong, RULE) in {Doubt.MISTYPED, Doubt.NOT_ISSUED}


@pytest.mark.parametrize(("number", "strict", "loose"), [
    (written("YZ", 123), None, None),
    (written("YZ", 123).replace("-", ""), None, None),
    (written("YZ", 5_001), Doubt.NOT_ISSUED, Doubt.NOT_ISSUED),
    (written("YZ", 123)[:-1], Doubt.MISTYPED, Doubt.MISTYPED),
    ("HX-2026-0017", Doubt.NOT_OURS, None),
    ("88012345", Doubt.NOT_OURS, None),
])  # fmt: skip
def test_what_is_said_of_a_number(number: str, strict: Doubt | None, loose: Doubt | None) -> None:
    assert (doubt_about(number, RULE), doubt_about(number, LOOSE)) == (strict, loose)
    assert doubt_about(number, Rule()) is None  # without a series any number goes


def test_numbers_are_kept_with_their_hyphens_and_none_ends_in_a_star() -> None:
    first = list(numbers_from("YZ", 1, 400))
    assert len(first) == len(set(first)) < 400 and not any(each.endswith("*") for each in first)
    assert as_issued(first[0].replace("-", ""), RULE) == first[0]
    assert as_issued("HX20260017", RULE) == "HX20260017"


@on_sqlite
def test_an_agency_issues_its_seals_and_seals_with_nothing_else(session: Session, in_field: Cast) -> None:
    cast = in_field
    with pytest.raises(NotPermitted):
        set_series(session, "YZ", False, edition=0, by=cast.buyer)
    for prefix, others, field in (("Y", True, "prefix"), ("Y1", True, "prefix"), ("", False, "others_too")):
        with pytest.raises(Invalid, match=field):
            set_series(session, prefix, others, edition=0, by=cast.coordinator)
    with pytest.raises(Refused, match="no_series"):
        issue_seals(session, 10, by=cast.coordinator)
    set_series(session, "yz", False, edition=0, by=cast.coordinator)
    with pytest.raises(Refused, match="other_edition"):
        set_series(session, "YY", False, edition=0, by=cast.coordinator)
    with pytest.raises(Invalid, match="many"):
        issue_seals(session, 0, by=cast.coordinator)
    first, second = (issue_seals(session, 20, by=cast.coordinator) for _twice in range(2))
    assert (len(first.numbers), second.first) == (20, first.last + 1)
    assert not set(first.numbers) & set(second.numbers)

    task, (one, two, *_rest) = ready_to_seal(session, cast), first.numbers
    typed = one[:-1] + ("A" if one[-1] != "A" else "B")
    for number, code in ((typed, "mistyped_seal"), ("HX-17", "seal_not_ours"), (written("YZ", 900), "seal_not_issued")):
        bad = SealedPortion(number, "2 件")
        with pytest.raises(Invalid) as wrong:
            seal(session, task, by=cast.buyer, facts=FACTS, test=bad, backup=SealedPortion(two, "1 件"))
        assert [(each.field, each.code) for each in wrong.value.problems] == [("test.seal_no", code)]
    test, backup = SealedPortion(one.replace("-", "").lower(), "2 件"), SealedPortion(two, "1 件")
    sample = seal(session, task, by=cast.buyer, facts=FACTS, test=test, backup=backup)
    assert {portion.seal_no for portion in sample.portions} == {one, two}
    newest = newest_of(session, cast.coordinator.organisation_id)
    assert newest and rule_of(session, newest.agency_id).last == second.last
