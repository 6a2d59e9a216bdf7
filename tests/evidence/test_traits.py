"""What a file says of itself is read from the original, whatever a broken camera wrote there."""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from quality.evidence.traits import EPOCH, Traits, is_framed, kept, read_back, taken_at, traits_of
from tests.evidence.files import FILES, box, film, heic, photograph

NOON = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
SINCE_1904 = int((NOON - EPOCH).total_seconds())


def of(data: bytes, media_type: str) -> Traits:
    return traits_of(io.BytesIO(data), media_type)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_moment_of_taking_is_read_as_beijing_time(kind: str) -> None:
    traits = of(photograph(kind=kind), f"image/{kind.lower()}")
    assert taken_at(traits) == datetime(2026, 9, 1, 2, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize("taken", [None, "", "0000:00:00 00:00:00", "昨天"])
def test_a_picture_that_does_not_say_when_has_no_moment(taken: str | None) -> None:
    assert taken_at(of(photograph(taken), "image/jpeg")) is None


@pytest.mark.parametrize("media_type", ["image/heic", "video/mp4", "text/plain"])
def test_what_is_no_picture_that_we_can_read_has_no_moment(media_type: str) -> None:
    assert taken_at(of(FILES[media_type], media_type)) is None


def test_a_heic_says_all_that_a_jpeg_says() -> None:
    traits = of(heic(), "image/heic")
    assert (traits.taken, traits.offset, traits.make, traits.model) == (
        "2026:09:01 10:15:30", "+08:00", "TheMaker", "TheModel",
    )  # fmt: skip
    assert (traits.has_place, traits.trouble) == (True, "")
    assert "23" not in str(kept(traits).get("has_place"))


def test_traits_come_back_from_their_row_as_they_went_in() -> None:
    for traits in (of(photograph(), "image/jpeg"), of(heic(), "image/heic"), Traits()):
        assert read_back({name: str(v) if isinstance(v, int) and not isinstance(v, bool) else v
                          for name, v in kept(traits).items()}) == traits  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_of_a_picture_stops_it_from_being_evidence(data: st.DataObject) -> None:
    whole = bytearray(photograph())
    for _time in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(2, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(4, len(whole)))])

    moment = taken_at(of(cut, "image/jpeg"))

    assert moment is None or moment.tzinfo is UTC


def with_exif(*entries: bytes, ends: int = 0) -> bytes:
    """A JPEG whose EXIF holds these entries of twelve bytes each, well made or not."""
    listed = struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", ends)
    written = b"Exif\0\0II*\0\x08\0\0\0" + listed
    plain = photograph(None)
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(written) + 2) + written + bare(plain)


def bare(picture: bytes) -> bytes:
    """Without its beginning and the EXIF that Pillow wrote."""
    file = io.BytesIO()
    Image.open(io.BytesIO(picture)).save(file, "JPEG", exif=b"")
    return file.getvalue()[2:]


@pytest.mark.parametrize(
    "entries",
    [
        [struct.pack("<HHII", 0x8769, 4, 1, 8)],  # EXIF that lies in itself
        [struct.pack("<HHII", 0x8825, 4, 1, 8), struct.pack("<HHII", 0x8769, 4, 1, 8)],
        [struct.pack("<HHII", 0x010F, 2, 0xFFFFFFF0, 8)],  # a maker of four gigabytes
        [struct.pack("<HHII", 0x0112, 2, 900_000, 70_000)],
        [struct.pack("<HHII", 0x8769, 4, 1, 0xFFFFFFFF)],  # outside of the file
        [struct.pack("<HHII", 0x8769, 7, 4_000_000, 3)] * 200,
    ],
)
def test_exif_that_loops_or_lies_about_its_length_is_read_as_far_as_it_goes(entries: list[bytes]) -> None:
    traits = of(with_exif(*entries, ends=8), "image/jpeg")
    assert (traits.width, traits.height, traits.taken, traits.make) == (8, 8, "", "")


def test_what_a_device_calls_itself_is_short_and_can_be_read() -> None:
    picture, exif = io.BytesIO(), Image.Exif()
    exif[0x0110] = "a\nb\x07" + "c" * 5_000
    Image.new("RGB", (8, 8)).save(picture, "JPEG", exif=exif)
    model = of(picture.getvalue(), "image/jpeg").model
    assert (model[:3], len(model) <= 100) == ("abc", True)


@pytest.mark.parametrize("version", [0, 1])
def test_a_film_says_when_it_was_made_and_that_it_knows_the_place(version: int) -> None:
    plain = of(film(SINCE_1904, version=version), "video/mp4")
    placed = of(film(SINCE_1904, notes=box(b"\xa9xyz", b"+23.1291+113.2644/")), "video/mp4")
    assert (datetime.fromisoformat(plain.created), plain.has_place, plain.trouble) == (NOON, False, "")
    assert (placed.has_place, "113" in str(kept(placed))) == (True, False)


def test_a_film_whose_clock_nobody_set_says_nothing_of_it() -> None:
    assert of(film(0), "video/mp4") == Traits()
    assert of(film(2**63, version=1), "video/mp4").created == ""


def test_a_film_without_an_index_is_known() -> None:
    assert of(film(None), "video/mp4").trouble == "no_index"


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_no_boxes_of_a_film_lead_into_a_loop(inside: bytes) -> None:
    assert of(box(b"ftyp", b"isom") + inside, "video/mp4").make == ""
    assert of(film(SINCE_1904)[:-40] + inside, "video/mp4").make == ""


def test_of_a_paper_the_last_dates_count() -> None:
    paper = b"%PDF-1.7\n/CreationDate (D:20260901120000+08'00') /ModDate (D:20260901)\n/ModDate (D:20260902043000Z)"
    traits = of(paper, "application/pdf")
    assert datetime.fromisoformat(traits.created) == NOON
    assert datetime.fromisoformat(traits.modified) == datetime(2026, 9, 2, 4, 30, tzinfo=UTC)
    assert of(b"%PDF-1.7\n/CreationDate (D:20269999)", "application/pdf") == Traits()


def screenshot(size: tuple[int, int] = (108, 234)) -> Image.Image:
    picture = Image.effect_noise(size, 90).convert("RGB")
    ImageDraw.Draw(picture).rectangle((0, 0, size[0], size[1] // 20), "gray")
    return picture


def test_a_smaller_picture_of_the_same_shape_in_the_middle_is_seen() -> None:
    whole, around = screenshot(), Image.new("RGB", (108, 234), "black")
    inner = whole.resize((86, 187))
    around.paste(inner, ((108 - 86) // 2, (234 - 187) // 2))
    assert is_framed(around)
    assert not is_framed(whole)


@pytest.mark.parametrize(
    ("size", "at"),
    [((108, 120), (0, 57)), ((40, 40), (34, 97)), ((86, 187), (0, 0)), ((20, 43), (44, 95))],
)
def test_a_picture_of_another_shape_or_aside_is_a_page_like_any_other(
    size: tuple[int, int], at: tuple[int, int]
) -> None:
    around = Image.new("RGB", (108, 234), "white")
    around.paste(screenshot(size), at)
    assert not is_framed(around)
    assert not is_framed(Image.new("RGB", (108, 234), "white"))
