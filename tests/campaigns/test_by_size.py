"""A draw by size: chances that grow with it, the same bytes by the published program, one order on every engine."""

import csv
import hashlib
import io
import json
from dataclasses import replace
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.campaigns import choosing
from quality.campaigns.allocation import Method
from quality.campaigns.design import parse_design
from quality.campaigns.frame.bands import Reads
from quality.campaigns.frame.drawable import frame_hash, write_frame_csv
from quality.campaigns.order_sampling import ranked
from quality.campaigns.sampling import DrawRole, draw, draw_to_file, spread_of
from quality.figures.rates import NORMAL_95, score_interval
from quality.figures.unequal import Unit, expected, total
from tests.campaigns.published import drawn_in_here
from tests.campaigns.refusals import refuses

SEED = "5f0c"
SIZES = [*range(1, 30), 29, 29, 500, 10**14]
FRAME = "listing_id,platform,monthly_sales\n" + "".join(
    f"L{i},{platform},{size}\n" for platform in "甲乙" for i, size in enumerate(SIZES, 100 * (platform == "乙"))
)
DESIGN = {
    "strata": ["platform"],
    "allocation": {"method": "equal", "n": 12},
    "size": {"column": "monthly_sales"},
    "reserve": 3,
}


def written(folder, frame=FRAME, **changed):
    (folder / "frame.csv").write_text(frame, encoding="utf-8")
    design = parse_design(json.dumps(DESIGN | changed))
    (folder / "design.json").write_text(design.canonical_json(), encoding="utf-8")
    return folder / "frame.csv", design


def by_hand(frame_text, design, seed=SEED):
    """By the pure functions: (stratum, rank, listing_id, digest, inclusion)."""
    strata: dict[str, list[tuple[str, int, str]]] = {}
    for row in csv.DictReader(io.StringIO(frame_text)):
        digest = hashlib.sha256(f"{seed},{row['listing_id']}".encode()).hexdigest()
        strata.setdefault(row["platform"], []).append((row["listing_id"], int(row["monthly_sales"]), digest))
    numbers = design.allocate({name: len(units) for name, units in strata.items()})
    return [
        (name, rank, *unit)
        for name in sorted(strata)
        for rank, unit in enumerate(ranked(strata[name], numbers[name])[: numbers[name] + design.reserve], 1)
    ]


def as_drawn(units):
    return [(unit.stratum, unit.rank, unit.listing_id, unit.digest, unit.inclusion) for unit in units]


NAMES = "甲乙丙丁戊"


@st.composite
def frames(draw):
    sizes = st.one_of(st.integers(1, 9), st.integers(1, 10**15 - 1))
    rows = draw(st.lists(st.tuples(st.sampled_from(NAMES), sizes), min_size=1, max_size=60))
    text = "".join(f"L{i},{platform},{size}\n" for i, (platform, size) in enumerate(rows))
    there = [sum(platform == name for platform, _size in rows) for name in NAMES]
    fixed = {name: draw(st.integers(0, most)) for name, most in zip(NAMES, there, strict=True) if most}
    changed = {"allocation": {"method": "fixed", "fixed": fixed}, "reserve": draw(st.integers(0, 4))}
    return "listing_id,platform,monthly_sales\n" + text, changed


@settings(max_examples=10, deadline=None)
@given(frames(), st.sampled_from(["a", "5f0c"]))
def test_the_draw_the_pure_functions_and_the_published_program_agree(tmp_path_factory, case, seed):
    text, changed = case
    folder = tmp_path_factory.mktemp("draw")
    frame, design = written(folder, text, **changed)
    assert as_drawn(draw(frame, design, seed)) == by_hand(text, design, seed)
    draw_to_file(frame, folder / "design.json", seed, folder / "out.csv")
    write_frame_csv(frame, design.reads, folder / "published.csv")
    assert drawn_in_here(folder / "published.csv", folder / "design.json", seed) == (folder / "out.csv").read_bytes()


def test_a_bigger_frame_in_parquet_is_drawn_as_by_hand_however_much_the_bound_lets_through(tmp_path, monkeypatch):
    rows = """SELECT 'L' || i AS listing_id, 'P' || (hash(i) % 5) AS platform,
              CAST(1 + 900 / (1 + hash(i * 7) % 900) + CASE WHEN i % 997 = 0 THEN 400000 ELSE 0 END AS BIGINT)
              AS monthly_sales FROM range(6000) t(i)"""
    with duckdb.connect() as con:
        con.execute(f"COPY ({rows}) TO '{tmp_path / 'frame.parquet'}' (FORMAT parquet)")
        con.execute(f"COPY ({rows}) TO '{tmp_path / 'same.csv'}' (HEADER)")
    _frame, design = written(tmp_path, allocation={"method": "equal", "n": 500}, reserve=40)
    expected = by_hand((tmp_path / "same.csv").read_text(), design)
    assert as_drawn(draw(tmp_path / "frame.parquet", design, SEED)) == expected
    assert {unit[-1] == 1 for unit in expected} == {True, False}
    monkeypatch.setattr(choosing, "WIDER", (0.1,))
    assert as_drawn(draw(tmp_path / "frame.parquet", design, SEED)) == expected


def test_frame_csv_ends_with_the_size_and_has_one_hash_however_it_is_written(tmp_path):
    frame, design = written(tmp_path, "monthly_sales,listing_id,platform\n007,b,甲\n3,a,甲\n")
    digest = write_frame_csv(frame, design.reads, tmp_path / "published.csv")
    assert (tmp_path / "published.csv").read_text(
        encoding="utf-8"
    ) == "listing_id,platform,monthly_sales\na,甲,3\nb,甲,7\n"
    assert frame_hash(tmp_path / "published.csv", design.reads) == digest
    assert frame_hash(frame, Reads(("platform",))) != digest


@pytest.mark.parametrize("size", ["", "0", "000", "-3", "2.5", "many", "1234567890123456"])
def test_a_row_without_a_size_is_named(tmp_path, size):
    frame, _design = written(tmp_path, FRAME + f"N,甲,{size}\n")
    with refuses(f"row {2 * len(SIZES) + 2}, monthly_sales: bad_size"):
        draw_to_file(frame, tmp_path / "design.json", SEED, tmp_path / "out.csv")


def test_a_frame_without_the_column_and_sizes_beyond_counting_are_refused(tmp_path):
    for frame, problem in (
        ("listing_id,platform\na,甲\n", "monthly_sales: column_missing"),
        ("listing_id,platform,monthly_sales\n" + "".join(f"L{i},甲,{10**15 - 1}\n" for i in range(9300)),
         "size.column: sizes_too_large"),
    ):  # fmt: skip
        with refuses(problem):
            draw_to_file(*written(tmp_path, frame)[:1], tmp_path / "design.json", SEED, tmp_path / "out.csv")


def test_what_is_certain_beside_thousands_passes_no_machine_number(tmp_path):
    """10¹⁵ times 9,300 is beyond 2⁶³: what is certain is never multiplied."""
    text = "listing_id,platform,monthly_sales\n" + "".join(f"L{i},甲,1\n" for i in range(9400)) + f"N,甲,{10**15 - 1}\n"
    frame, design = written(tmp_path, text, allocation={"method": "equal", "n": 9300}, reserve=0)
    drawn = draw(frame, design, SEED)
    assert (drawn[0].listing_id, drawn[0].inclusion, len(drawn)) == ("N", 1, 9300)


@pytest.mark.parametrize("size", [{}, {"column": ""}, {"column": "platform"}, {"column": "listing_id"}, {"column": 3}])
def test_a_size_that_means_nothing_is_refused_by_its_name(size):
    with refuses("size.column: missing"):
        parse_design(json.dumps(DESIGN | {"size": size}))


def test_a_size_stands_in_the_design_where_it_is_used_and_only_there():
    assert '"size":{"column":"monthly_sales"}' in parse_design(json.dumps(DESIGN)).canonical_json()
    assert '"size"' not in parse_design(json.dumps(DESIGN | {"size": None})).canonical_json()


GROUPS = 400


def test_the_estimate_is_right_on_average_over_samples_of_the_program(tmp_path):
    """Horvitz and Thompson: hits by their chances. 400 strata alike are 400 samples of one draw, within four errors."""
    sizes = [1 + (i * i) % 41 for i in range(60)] + [4000]
    hits = {i for i, size in enumerate(sizes) if size % 3 == 0 or size > 30}
    rows = (f"{g}-{i},{g},{size}\n" for g in range(GROUPS) for i, size in enumerate(sizes))
    text = "listing_id,platform,monthly_sales\n" + "".join(rows)
    frame, design = written(tmp_path, text, allocation={"method": "equal", "n": 15 * GROUPS}, reserve=2)
    samples: dict[str, list[Unit]] = {}
    for unit in draw(frame, design, SEED):
        if unit.role is DrawRole.MAIN and unit.inclusion:
            is_hit = int(unit.listing_id.split("-")[1]) in hits
            samples.setdefault(unit.stratum, []).append(Unit(unit.inclusion, is_hit))
    found = [estimate for units in samples.values() if (estimate := total(units))]
    mean = sum(float(estimate.value) for estimate in found) / GROUPS
    spread = (sum(float(estimate.error) ** 2 for estimate in found) / GROUPS) ** 0.5
    assert len(found) == GROUPS
    assert abs(mean - len(hits)) < 4 * spread / GROUPS**0.5


def test_what_a_plan_may_expect_is_what_its_samples_have_on_average(tmp_path):
    """Σ (1/λ − 1) over the frame, against the chances worked out by hand; nothing for a stratum that is left out."""
    frame, design = written(tmp_path)
    chances = {unit[2]: unit[4] for unit in by_hand(FRAME, replace(design, reserve=100))}
    spread = spread_of(frame, design.canonical_json())
    assert spread is not None
    assert float(spread) == pytest.approx(float(sum(1 / chance - 1 for chance in chances.values())))
    effective, interval = expected(len(chances), spread, Decimal("0.1"))
    assert effective is not None
    assert effective < 24
    assert [float(end) for end in interval] == pytest.approx(
        [float(end) for end in score_interval(Decimal("0.1"), effective, NORMAL_95)]
    )
    left_out = replace(design, method=Method.FIXED, n=None, fixed={"甲": 5})
    assert spread_of(frame, left_out.canonical_json()) is None
    assert expected(7, Decimal(0), Decimal("0.1")) == (None, (Decimal("0.1"), Decimal("0.1")))
