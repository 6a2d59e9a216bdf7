"""A blind number tells nothing, and a mistyped one is nobody's."""

from __future__ import annotations

import re
import string

from hypothesis import given, settings
from hypothesis import strategies as st

from quality.purchases.blind import ALPHABET, RANDOM, as_written, is_blind_number, new_blind_number, with_check

numbers = st.text(ALPHABET, min_size=RANDOM, max_size=RANDOM).map(with_check)


def test_new_numbers_are_valid_different_and_quotable() -> None:
    made = {new_blind_number() for _n in range(2_000)}
    assert len(made) == 2_000
    assert all(is_blind_number(number) and re.fullmatch(r"[A-Z0-9-]{12}", number) for number in made)


def test_numbers_are_drawn_from_the_whole_alphabet() -> None:
    assert set("".join(new_blind_number()[3:] for _n in range(500))) == {*ALPHABET, "-"}


def test_no_two_characters_look_alike() -> None:
    for alike in ("0OQD", "1IL", "2Z", "5S", "6G", "8B", "UV"):
        assert len(set(alike) & set(ALPHABET)) <= 1


@settings(max_examples=60)
@given(numbers)
def test_every_single_wrong_character_is_found(number: str) -> None:
    for place, right in enumerate(number):
        for wrong in set(string.ascii_uppercase + string.digits + "-") - {right}:
            assert not is_blind_number(number[:place] + wrong + number[place + 1 :])


@settings(max_examples=200)
@given(numbers)
def test_every_exchange_of_two_neighbours_is_found(number: str) -> None:
    signs = number[3:7] + number[8:]
    for place in range(len(signs) - 1):
        a, b = signs[place], signs[place + 1]
        exchanged = signs[:place] + b + a + signs[place + 2 :]
        assert is_blind_number(f"MY-{exchanged[:4]}-{exchanged[4:]}") == (a == b)
    for place in range(len(number) - 1):  # as it stands on paper, hyphens too
        a, b = number[place], number[place + 1]
        assert is_blind_number(number[:place] + b + a + number[place + 2 :]) == (a == b)


@settings(max_examples=200)
@given(st.text(max_size=20))
def test_anything_may_be_asked(text: str) -> None:
    assert is_blind_number(text) in {True, False}


def test_what_was_typed_is_read_as_it_was_meant() -> None:
    number = with_check("7K3X9AM")
    assert as_written(f" {number.lower()}\n") == number
    assert as_written("ＭＹ－７Ｋ３Ｘ") == "MY-7K3X"
    assert not is_blind_number(number.lower())
