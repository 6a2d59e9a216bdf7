"""Verification codes are read back as they were given, and a slip of the finger is found."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from quality.documents.codes import ALPHABET, LENGTH, new_code, read_code

PLACES = st.integers(0, LENGTH - 1)


def test_a_new_code_is_read_back_as_it_was_given():
    codes = {new_code() for _ in range(200)}

    assert len(codes) == 200
    assert all(read_code(code) == code for code in codes)


def test_a_code_may_be_typed_in_any_width_case_and_grouping():
    code = new_code()

    assert read_code(code.lower().replace("-", " ")) == code
    assert read_code(code.replace("-", "")) == code
    assert read_code("".join(chr(ord(c) + 0xFEE0) if c != "-" else "－" for c in code)) == code


@settings(deadline=None)
@given(place=PLACES, other=st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(place, other):
    code = new_code()
    plain = code.replace("-", "")
    typed = plain[:place] + other + plain[place + 1 :]

    assert read_code(typed) == (code if typed == plain else None)


def test_nearly_every_swap_of_neighbours_is_found():
    missed = swapped = 0
    for _ in range(2_000):
        plain = list(new_code().replace("-", ""))
        place = random.randrange(LENGTH - 1)
        if plain[place] == plain[place + 1]:
            continue
        plain[place], plain[place + 1] = plain[place + 1], plain[place]
        swapped += 1
        missed += read_code("".join(plain)) is not None

    assert missed < swapped / 100


def test_what_no_document_can_have_is_no_code():
    for typed in ("", "7F3K", new_code() + "2", "0000-0000-0000", "IIII-OOOO-LLLL", "核验码核验码核验码核验码"):
        assert read_code(typed) is None
