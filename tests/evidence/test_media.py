"""A file is what its bytes say."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.evidence.media import HEAD, recognise, taken_at
from tests.evidence.files import FILES, photograph


@pytest.mark.parametrize("media_type", FILES)
def test_every_kind_that_we_take_is_known_by_its_bytes(media_type: str) -> None:
    assert recognise(FILES[media_type]) == media_type


@pytest.mark.parametrize(
    "head",
    [
        b"\x7fELF\x02\x01\x01" + bytes(64),
        b"MZ\x90\x00" + bytes(64),
        b"PK\x03\x04\x14\x00\x00\x00",
        b"GIF89a\x01\x00",
        b"\x00\x00\x00\x18ftyp",  # cut before its brand
        b"\xff\xfe\xfd",
    ],
)
def test_what_we_do_not_take_is_not_known(head: bytes) -> None:
    assert recognise(head) is None


def test_text_may_be_in_gb18030_and_begin_with_a_mark() -> None:
    assert recognise("磁力棒，3岁以上".encode("gb18030")) == "text/plain"
    assert recognise(b"\xef\xbb\xbf" + '["磁力棒"]'.encode()) == "application/json"


def test_a_page_of_html_is_only_text() -> None:
    assert recognise(b"<script>alert(1)</script>") == "text/plain"


def test_text_may_be_cut_within_a_character() -> None:
    assert recognise(("磁" * HEAD).encode()[:HEAD]) == "text/plain"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_moment_of_taking_is_read_as_beijing_time(kind: str) -> None:
    media_type = f"image/{kind.lower()}"
    assert taken_at(io.BytesIO(photograph(kind=kind)), media_type) == datetime(2026, 9, 1, 2, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize("taken", [None, "", "0000:00:00 00:00:00", "昨天"])
def test_a_picture_that_does_not_say_when_has_no_moment(taken: str | None) -> None:
    assert taken_at(io.BytesIO(photograph(taken)), "image/jpeg") is None


@pytest.mark.parametrize("media_type", ["image/heic", "video/mp4", "text/plain"])
def test_what_is_no_picture_that_we_can_read_has_no_moment(media_type: str) -> None:
    assert taken_at(io.BytesIO(FILES[media_type]), media_type) is None


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_of_a_picture_stops_it_from_being_evidence(data: st.DataObject) -> None:
    whole = bytearray(photograph())
    for _time in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(2, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(4, len(whole)))])

    moment = taken_at(io.BytesIO(cut), "image/jpeg")

    assert moment is None or moment.tzinfo is UTC


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_recognising_never_fails(head: bytes) -> None:
    assert recognise(head) in {None, *FILES}
