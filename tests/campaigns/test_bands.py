"""Strata by price or sales: made from the number where the frame has it, read from frame.csv where it has not."""

import json

import pytest

from quality.campaigns.design import parse_design
from quality.campaigns.frame.bands import Band
from quality.campaigns.frame.drawable import frame_hash, write_frame_csv
from quality.campaigns.sampling import draw_to_file, sizes_of
from quality.campaigns.strata import (
    called_in_plan,
    edges_called,
    in_order,
    meant,
    ordered_in_plan,
    stratum_called,
    with_names,
)
from quality.core.words import _
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


def test_people_read_bands_of_a_price_in_yuan_and_may_type_them_so():
    design = parse_design(json.dumps(DESIGN | {"strata": ["platform", "price_band"]}))
    names = {
        "甲/<5000": "甲/<¥50",
        "甲/5000-19999": "甲/¥50–199.99",
        "甲/>=20000": "甲/≥¥200",
        "甲/none": "甲/no price",
    }
    plan = {"strata": "platform/price_band", "bands": {"price_band": "price_fen: 5000, 20000"}}
    for name, called in names.items():
        assert stratum_called(name, design) == stratum_called(name, design.canonical_json()) == called
        assert called_in_plan(name, plan) == called
        assert meant(called, design.strata, design.bands) == meant(name, design.strata, design.bands) == name
    assert meant("甲/50-199.99", design.strata, design.bands) == "甲/5000-19999"
    assert edges_called("price_fen: 5000, 19990") == "¥50, ¥199.90"


def test_what_is_no_band_of_a_price_is_called_as_it_is():
    sales = {"sales_band": {"column": "monthly_sales", "edges": [10]}}
    design = parse_design(json.dumps(DESIGN | {"strata": ["platform", "sales_band"], "bands": sales}))
    assert stratum_called("甲/<10", design) == "甲/<10"
    assert stratum_called("甲/none", design) == "甲/no number"
    assert stratum_called("甲", design) == meant("甲", design.strata, design.bands) == "甲"
    assert stratum_called("", design) == "The whole frame"
    assert edges_called("monthly_sales: 10") == "monthly_sales: 10"
    assert str(with_names("as it is", design.strata, design.bands)) == "as it is"
    assert str(with_names(_("The frame"), design.strata, design.bands)) == "The frame"
    assert str(with_names(_("In %(stratum)s", stratum="甲/none"), design.strata, design.bands)) == "In 甲/no number"


def test_bands_stand_from_the_lowest_up_and_what_has_no_price_last(written):
    _frame, design = written()
    bands = ["<5000", "5000-19999", ">=20000", "none"]
    read = [f"{platform}/{band}" for platform in ("乙", "甲") for band in bands]
    assert in_order(sorted(read), design) == read
    assert in_order(sorted(read), design.canonical_json()) == read
    plan = {"strata": "platform/price_band", "bands": {"price_band": "price_fen: 5000, 20000"}}
    assert ordered_in_plan(plan | {"allocated": {name: {} for name in sorted(read)}}) == read
    assert ordered_in_plan(plan | {"allocated": None}) == []
    assert in_order(["of/another/edition", "甲/none", "甲/<5000"], design)[1:] == ["甲/<5000", "甲/none"]
