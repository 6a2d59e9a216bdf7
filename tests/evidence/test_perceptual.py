"""A picture is known again: made smaller, paler, turned. All that is near is found."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageOps

from quality.evidence.perceptual import (
    BITS,
    NEAR,
    NEAR_TURNED,
    Hashes,
    distance,
    hashes_of,
    hashes_of_points,
    kept,
    pieces,
    pieces_near,
    read,
)
from tests.harness.looks import as_jpeg, parcel

HASH = st.integers(0, (1 << BITS) - 1)


def hashes(picture: Image.Image) -> Hashes:
    found = hashes_of(as_jpeg(picture))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "points, hexadecimal",
    [  # each as `imagehash.phash` 4.3.2 gives it for the same points
        ([[(7 * x * y + 13 * x) % 256 for x in range(32)] for y in range(32)], "800957299f1d4fdb"),
        ([[(3 * x * x + 17 * y + 5 * x * y * y) % 251 for x in range(32)] for y in range(32)], "cc335d025bb39a63"),
        ([[255 if (x // 5 + y // 9) % 2 else 31 for x in range(32)] for y in range(32)], "81010101fefe7efe"),
    ],
)
def test_the_hash_is_the_one_that_others_reckon(points: list[list[int]], hexadecimal: str) -> None:
    found = hashes_of_points(points)
    assert found is not None
    assert f"{found.upright:016x}" == hexadecimal


@pytest.mark.parametrize(
    "changed",
    [
        lambda picture: picture.resize((picture.width // 3, picture.height // 3)),
        lambda picture: ImageEnhance.Brightness(picture).enhance(1.3),
        lambda picture: ImageOps.grayscale(picture).convert("RGB"),
        lambda picture: Image.open(io.BytesIO(as_jpeg(picture, quality=15))),
        lambda picture: ImageOps.expand(picture, border=6, fill="black"),
    ],
    ids=["smaller", "brighter", "grey", "coarse", "with a frame"],
)
def test_a_picture_that_was_changed_a_little_is_near(changed: object) -> None:
    picture = parcel(1)
    assert callable(changed)
    assert distance(hashes(picture).upright, hashes(changed(picture)).upright) <= NEAR


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_picture_that_was_turned_is_near_in_one_of_its_turns(quarters: int) -> None:
    picture = parcel(2)
    turned = picture.rotate(-90 * quarters, expand=True)
    sent = turned.resize((turned.width // 2, turned.height // 2))
    assert distance(hashes(picture)[quarters], hashes(sent).upright) <= NEAR_TURNED
    assert distance(hashes(picture).upright, hashes(turned).upright) > NEAR


def test_other_pictures_are_far() -> None:
    several = [hashes(parcel(number)).upright for number in range(12)]
    assert all(distance(one, other) > NEAR for at, one in enumerate(several) for other in several[:at])


@pytest.mark.parametrize("colour", ["white", "black", (120, 119, 122)])
def test_there_is_nothing_to_know_a_blank_picture_by(colour: object) -> None:
    blank = Image.new("RGB", (400, 300), colour)  # type: ignore[arg-type]
    noisy = Image.new("RGB", (400, 300), "white")
    chance = random.Random(1)
    for _point in range(300):
        noisy.putpixel((chance.randrange(400), chance.randrange(300)), (240, 240, 240))
    assert hashes_of(as_jpeg(blank)) is None
    assert hashes_of(as_jpeg(noisy)) is None


@given(HASH)
def test_a_database_keeps_all_bits(bits: int) -> None:
    assert read(kept(bits)) == bits
    assert -(1 << BITS - 1) <= kept(bits) < 1 << BITS - 1


@given(HASH, st.sets(st.integers(0, BITS - 1), max_size=NEAR))
def test_whatever_is_near_stands_under_a_piece_that_is_asked_for(bits: int, differ: set[int]) -> None:
    other = bits ^ sum(1 << bit for bit in differ)
    assert distance(kept(bits), kept(other)) == len(differ)
    assert any(piece in wanted for piece, wanted in zip(pieces(other), pieces_near(bits), strict=True))


@given(HASH, st.sets(st.integers(0, BITS - 1), max_size=NEAR_TURNED))
def test_whatever_is_near_to_a_turned_one_has_one_of_its_pieces(bits: int, differ: set[int]) -> None:
    other = bits ^ sum(1 << bit for bit in differ)
    assert any(one == same for one, same in zip(pieces(other), pieces(bits), strict=True))
