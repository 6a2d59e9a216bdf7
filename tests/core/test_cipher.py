"""Protected values open with their key, in their place, and nowhere else."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.core.cipher import Cipher, Unreadable

OLD, NEW, OTHER, INDEX = (bytes([n]) * 32 for n in range(4))


@given(value=st.text(max_size=200), about=st.text(max_size=50))
def test_what_was_encrypted_is_read_again(value: str, about: str) -> None:
    cipher = Cipher([NEW], INDEX)
    assert cipher.decrypt(cipher.encrypt(value, about=about), about=about) == value


def test_the_newest_key_encrypts_and_the_old_ones_still_read() -> None:
    old = Cipher([OLD], INDEX).encrypt("13800000000", about="task:1")
    rotated = Cipher([NEW, OLD], INDEX)
    assert rotated.decrypt(old, about="task:1") == "13800000000"
    fresh = rotated.encrypt("13800000000", about="task:1")
    assert Cipher([NEW], INDEX).decrypt(fresh, about="task:1") == "13800000000"
    with pytest.raises(Unreadable):
        Cipher([OLD], INDEX).decrypt(fresh, about="task:1")


def test_the_same_value_is_never_written_alike_twice() -> None:
    cipher = Cipher([NEW], INDEX)
    assert cipher.encrypt("1", about="x") != cipher.encrypt("1", about="x")


def test_a_value_moved_to_another_row_or_altered_does_not_open() -> None:
    cipher = Cipher([NEW], INDEX)
    sealed = cipher.encrypt("13800000000", about="task:1")
    raw = bytearray(base64.b64decode(sealed))
    raw[-1] ^= 1
    for text, about in ((sealed, "task:2"), (base64.b64encode(raw).decode(), "task:1"), ("no base64!", "task:1")):
        with pytest.raises(Unreadable):
            cipher.decrypt(text, about=about)


def test_equal_values_of_one_kind_have_one_index_however_they_are_typed() -> None:
    cipher = Cipher([NEW], INDEX)
    assert cipher.blind_index("order_number", " AB１２ ") == cipher.blind_index("order_number", "AB12")
    assert cipher.blind_index("order_number", "AB12") != cipher.blind_index("account", "AB12")
    assert cipher.blind_index("order_number", "AB12") != Cipher([NEW], OTHER).blind_index("order_number", "AB12")
