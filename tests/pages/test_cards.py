"""What stands on a picture fits, whatever it is; what stands in a page as data does not end it."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from quality.pages.cards import SIZE, Card, broken, drawn, fitted, width_of
from quality.pages.sharing import as_data


@pytest.mark.parametrize(
    "text", ["磁力棒" * 60, "A long English sentence with words. " * 9, "x" * 900, "短", "", "\n 空\t 白\ud800\x00 "]
)
def test_lines_fit_whatever_is_written(text: str) -> None:
    found = broken(text, 34, 600, 3)
    assert len(found) <= 3
    assert all(width_of(line, 34) <= 600 for line in found)
    assert "".join("".join(found).split()).rstrip("…") in "".join(text.split())
    assert width_of(fitted(text, 34, 100), 34) <= 100


def test_a_card_of_the_longest_words_is_drawn_in_its_size() -> None:
    long = "检" * 500
    card = Card(long, long, long, (long,), verdict=long, figure=long)
    with Image.open(io.BytesIO(drawn(card))) as picture:
        assert picture.size == SIZE


def test_no_name_of_a_product_ends_the_data() -> None:
    said = {"name": "</script><!--<script>&amp;'\u2028"}
    written = as_data(said)
    assert "<" not in written
    assert json.loads(written) == said
