"""Sealed pieces: whatever was sealed is opened, and whatever was altered is not."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.field import envelope
from quality.field.envelope import CHUNK, HEAD, TAG, Unopened, key_id, opened, private_key, public_point
from tests.harness.field import plaintext, sealed_to

OURS, OLDER = (hashlib.sha256(name).digest() for name in (b"ours", b"older"))
POINT = public_point(private_key(OURS))


def read(sealed: bytes, *keys: bytes) -> tuple[dict[str, Any], bytes]:
    into = io.BytesIO()
    return opened(io.BytesIO(sealed), keys or (OURS,), into), into.getvalue()


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4), st.binary(max_size=200))
def test_what_was_sealed_is_opened(told: dict[str, str], file: bytes) -> None:
    assert read(sealed_to(POINT, plaintext(told, file))) == (told, file)


@pytest.mark.parametrize("beyond", [-1, 0, 1])
def test_a_file_of_several_chunks_comes_out_whole(beyond: int) -> None:
    said = {"does": "evidence"}
    file = bytes(2 * CHUNK - len(plaintext(said)) + beyond)
    sealed = sealed_to(POINT, plaintext(said, file))
    assert len(sealed) == HEAD + 2 * CHUNK + beyond + (2 + (beyond > 0)) * TAG
    assert read(sealed) == (said, file)


@given(st.data())
def test_no_byte_can_be_changed(data: st.DataObject) -> None:
    sealed = bytearray(sealed_to(POINT, plaintext({"a": "b"}, b"file")))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Unopened):
        read(bytes(sealed))


@given(st.integers(0, HEAD + 35))
def test_no_end_can_be_cut_off(left: int) -> None:
    with pytest.raises(Unopened):
        read(sealed_to(POINT, plaintext({"a": "b"}, b"a file"))[:left])


def test_a_chunk_is_neither_dropped_nor_swapped_nor_repeated_and_nothing_is_put_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(envelope, "CHUNK", 32)
    sealed = sealed_to(POINT, plaintext({"a": "b"}, bytes(100)), chunk=32)
    head, size = sealed[:HEAD], 32 + TAG
    chunks = [sealed[at : at + size] for at in range(HEAD, len(sealed), size)]
    one, two, *rest = chunks
    assert read(head + b"".join(chunks))[1] == bytes(100)
    wrong = [
        [one, *rest],
        [two, one, *rest],
        [one, one, two, *rest],
        chunks[:-1],
        [*chunks, chunks[-1]],
        [*chunks, b"x"],
    ]
    for each in wrong:
        with pytest.raises(Unopened, match="altered"):
            read(head + b"".join(each))


def test_an_older_key_still_opens_and_an_unknown_one_is_named() -> None:
    sealed = sealed_to(public_point(private_key(OLDER)), plaintext({"a": "b"}))
    assert read(sealed, OURS, OLDER)[0] == {"a": "b"}
    with pytest.raises(Unopened, match="unknown_key"):
        read(sealed)


@pytest.mark.parametrize("plain", [b"", b"\0\0", b"\xff\xff\xff\xff{}", b"\0\0\0\2[]", b"\0\0\0\2{x", b"\0\0\0\x09{}"])
def test_what_is_no_piece_inside_is_said(plain: bytes) -> None:
    with pytest.raises(Unopened):
        read(sealed_to(POINT, plain) if plain else sealed_to(POINT, b"x")[: HEAD + TAG])


def test_the_vector_that_clients_can_be_tried_with() -> None:
    told = json.loads(Path(__file__).with_name("vector.json").read_text())
    raw = {name: base64.b64decode(told[name]) for name in told if name not in {"about", "json", "key_id"}}
    assert key_id(public_point(private_key(raw["private_key"]))).hex() == told["key_id"]
    ephemeral = private_key(raw["ephemeral_private_key"])
    again = sealed_to(raw["public_key"], raw["plaintext"], ephemeral=ephemeral, prefix=raw["nonce_prefix"])
    assert again == raw["sealed"]
    assert read(raw["sealed"], raw["private_key"]) == (told["json"], raw["file"])
