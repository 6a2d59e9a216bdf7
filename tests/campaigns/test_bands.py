"""Strata by price or sales: made from the number where the frame has it, read from frame.csv where it has not."""

import json

import pytest

from quality.campaigns.design import parse_design
from quality.campaigns.frame.bands import Band
from quality.campaigns.frame.drawable import frame_hash, write_frame_csv
from quality.campaigns.sampling import draw_to_file, sizes_of
from tests.campaigns.published import drawn_in_here
from tests.campaigns.refusals import refuses

DESIGN = {
    "strata": ["platform", "price_band"],
    "bands": {"price_band": {"column": "price_fen", "edges": [5000, 20000]}},
    "allocation": {"method": "proportional", "n": 8, "min_per_stratum": 1},
    "reserve": 1,
}
PRICES = ["0", "4999", "5000", "19999", "20000", "123456", ""]
FRAME = "listing_id,platform,price_fen\n" + "".join(
    f"L{p}{i},{platform},{price}\n" for p, platform in enumerate("甲乙") for i, price in enumerate(PRICES)
)


@pytest.fixture
def written(tmp_path):
    def written(frame=FRAME, **changed):
        (tmp_path / "frame.csv").write_text(frame, encoding="utf-8")
        (tmp_path / "design.json").write_text(json.dumps(DESIGN | changed), encoding="utf-8")
        return tmp_path / "frame.csv", parse_design((tmp_path / "design.json").read_text(encoding="utf-8"))

    return written


def drawn(frame, seed="5f0c"):
    draw_to_file(frame, frame.parent / "design.json", seed, frame.parent / "out.csv")
    return (frame.parent / "out.csv").read_bytes()


def test_every_price_is_in_one_band_and_none_in_that_of_those_without(written):
    frame, design = written()
    assert sizes_of(frame, design.strata, design.bands) == {
        f"{platform}/{band}": n for platform in "甲乙" for band, n in
        {"<5000": 2, "5000-19999": 2, ">=20000": 2, "none": 1}.items()
    }  # fmt: skip
    assert design.columns == ("platform",)
    assert Band("x", (7,)).values == ["<7", ">=7", "none"]


def test_frame_csv_holds_the_band_and_no_price_and_draws_the_same(written):
    frame, design = written()
    straight = drawn(frame)
    published = frame.with_name("published.csv")
    digest = write_frame_csv(frame, design.reads, published)
    assert published.read_text(encoding="utf-8").splitlines()[:2] == ["listing_id,platform,price_band", "L00,甲,<5000"]
    assert frame_hash(published, design.reads) == digest
    assert drawn(published) == straight
    (frame.parent / "design.json").write_text(design.canonical_json(), encoding="utf-8")
    assert drawn_in_here(published, frame.parent / "design.json", "5f0c") == straight


@pytest.mark.parametrize(
    ("frame", "problem"),
    [
        ("listing_id,platform,price_fen\nL1,甲,12.5\n", "row 2, price_fen: bad_number"),
        ("listing_id,platform,price_fen\nL1,甲,-3\n", "row 2, price_fen: bad_number"),
        ("listing_id,platform,price_band\nL1,甲,none\nL2,甲,cheap\n", "row 3, price_band: unknown_band"),
        ("listing_id,platform,price_band\nL1,甲,\n", "row 2, price_band: unknown_band"),
        ("listing_id,platform,price_band,price_fen\nL1,甲,<5000,4\nL2,甲,none,7\n", "row 3, price_band: band_differs"),
        ("listing_id,platform\nL1,甲\n", "price_fen: column_missing"),
    ],
)  # fmt: skip
def test_a_row_that_is_in_no_band_is_named(written, frame, problem):
    with refuses(problem):
        drawn(written(frame)[0])


def test_a_band_stands_in_the_design_where_it_is_used_and_only_there(written):
    _frame, design = written()
    assert '"bands":{"price_band":{"column":"price_fen","edges":[5000,20000]}}' in design.canonical_json()
    assert parse_design(design.canonical_json()) == design
    assert '"bands"' not in written(strata=["platform"], bands={})[1].canonical_json()


@pytest.mark.parametrize(
    ("bands", "problem"),
    [
        ({"price_band": {"column": "price_fen", "edges": []}}, "bands.price_band.edges: not_rising"),
        ({"price_band": {"column": "price_fen", "edges": [5, 5]}}, "bands.price_band.edges: not_rising"),
        ({"price_band": {"column": "price_fen", "edges": [0, 5]}}, "bands.price_band.edges: not_rising"),
        ({"price_band": {"column": "price_band", "edges": [5]}}, "bands.price_band.column: missing"),
        ({"other": {"column": "price_fen", "edges": [5]}}, "bands.other: not_a_stratum"),
    ],
)
def test_a_band_that_means_nothing_is_refused_by_its_name(written, bands, problem):
    with refuses(problem):
        written(bands=bands)
