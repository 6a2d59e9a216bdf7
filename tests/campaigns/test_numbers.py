"""Permanent random numbers: what an earlier campaign drew comes last or first, and the new seed decides the rest."""

import csv
import hashlib
import io
import json
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.campaigns import choosing
from quality.campaigns.design import parse_design
from quality.campaigns.numbers import bound_in_hex
from quality.campaigns.sampling import draw, draw_to_file
from quality.core.errors import Invalid
from tests.campaigns.published import drawn_in_here
from tests.campaigns.refusals import refuses

EARLIER, SEED = "c10ced", "5f0c"
DESIGN = {
    "strata": ["platform"],
    "allocation": {"method": "equal", "n": 6},
    "numbers": {"seed": EARLIER, "below": {"甲": "0.3"}, "first": "above"},
    "reserve": 2,
}
FRAME = "listing_id,platform\n" + "".join(f"L{p}{i},{p}\n" for p in "甲乙" for i in range(40))


def written(folder, frame=FRAME, **changed):
    (folder / "frame.csv").write_text(frame, encoding="utf-8")
    design = parse_design(json.dumps(DESIGN | changed))
    (folder / "design.json").write_text(design.canonical_json(), encoding="utf-8")
    return folder / "frame.csv", design


def permanent(listing_id):
    return Fraction(int(hashlib.sha256(f"{EARLIER},{listing_id}".encode()).hexdigest(), 16), 2**256)


@st.composite
def cases(draw):
    there = {name: draw(st.integers(1, 30)) for name in "甲乙丙丁"}
    shares = st.decimals("0.001", "0.999", places=3).map(str)
    below = {name: draw(shares) for name in draw(st.sets(st.sampled_from("甲乙丙丁"), min_size=1))}
    small = {name: draw(st.integers(0, most)) for name, most in there.items()}
    large = {name: draw(st.integers(small[name], most)) for name, most in there.items()}
    text = "listing_id,platform\n" + "".join(f"L{p}{i},{p}\n" for p, most in there.items() for i in range(most))
    numbers = {"seed": EARLIER, "below": below, "first": draw(st.sampled_from(["above", "below"]))}
    return text, there, numbers, small, large


@settings(max_examples=10, deadline=None)
@given(cases(), st.sampled_from(["a", "5f0c"]))
def test_the_part_that_is_asked_for_comes_first_and_a_larger_n_contains_the_smaller(tmp_path_factory, case, seed):
    text, there, numbers, small, large = case
    folder, drawn = tmp_path_factory.mktemp("draw"), []
    for asked in (small, large):
        allocation = {"method": "fixed", "fixed": asked}
        frame, _design = written(folder, text, numbers=numbers, allocation=allocation, reserve=0)
        draw_to_file(frame, folder / "design.json", seed, folder / "out.csv")
        out = (folder / "out.csv").read_text(encoding="utf-8")
        assert drawn_in_here(frame, folder / "design.json", seed) == out.encode()
        drawn.append([(row["stratum"], row["listing_id"]) for row in csv.DictReader(io.StringIO(out))])
    assert set(drawn[0]) <= set(drawn[1])
    for name, size in there.items():
        own = [listing_id for stratum, listing_id in drawn[0] if stratum == name]
        assert len(own) == small[name]
        if name in numbers["below"]:
            bound = Fraction(numbers["below"][name])
            is_first = [(permanent(each) < bound) == (numbers["first"] == "below") for each in own]
            there_are = sum((permanent(f"L{name}{i}") < bound) == (numbers["first"] == "below") for i in range(size))
            assert is_first == [place < there_are for place in range(small[name])]


def test_nobody_is_drawn_again_while_the_others_suffice_and_everybody_where_overlap_is_asked(tmp_path):
    """Forty listings; the earlier campaign drew ten of them, and its bound lies just above the tenth."""
    before = draw(written(tmp_path)[0], parse_design(json.dumps({**DESIGN, "numbers": None} | {
        "allocation": {"method": "fixed", "fixed": {"甲": 10}}, "reserve": 0})), EARLIER)  # fmt: skip
    bound = str((int(before[-1].digest, 16) + 1) / 2**256 + 1e-9)
    for first, n, together in (("above", 30, 0), ("above", 33, 3), ("below", 10, 10), ("below", 4, 4)):
        changed = {"numbers": {"seed": EARLIER, "below": {"甲": bound}, "first": first}, "reserve": 0}
        frame, design = written(tmp_path, **changed, allocation={"method": "fixed", "fixed": {"甲": n}})
        again = {unit.listing_id for unit in draw(frame, design, SEED)}
        assert len(again & {unit.listing_id for unit in before}) == together, (first, n)


def test_a_bound_that_cut_too_deep_is_lifted_and_the_order_of_rows_means_nothing(tmp_path, monkeypatch):
    frame, design = written(tmp_path)
    expected = draw(frame, design, SEED)
    monkeypatch.setattr(choosing, "SLACK", -1)
    assert draw(frame, design, SEED) == expected
    heading, *rows = FRAME.splitlines(keepends=True)
    assert draw(written(tmp_path, heading + "".join(reversed(rows)))[0], design, SEED) == expected


def test_a_part_that_does_not_exist_changes_nothing(tmp_path):
    frame, design = written(tmp_path, numbers={"seed": EARLIER, "below": {"丙": "0.5"}, "first": "above"})
    assert draw(frame, design, SEED) == draw(frame, parse_design(json.dumps({**DESIGN, "numbers": None})), SEED)


def test_the_bound_in_hex_parts_where_the_fraction_does():
    for bound in (Fraction(1, 3), Fraction(1, 2), Fraction(1, 2**256), Fraction(999_999_999, 10**9)):
        at = int(bound_in_hex(bound), 16)
        assert Fraction(at - 1, 2**256) < bound <= Fraction(at, 2**256)
    assert bound_in_hex(Fraction(1, 2)) == "8" + "0" * 63


@pytest.mark.parametrize(
    ("numbers", "problem"),
    [
        ({"seed": ""}, "numbers.seed: missing"),
        ({"below": {}}, "numbers.below: missing"),
        ({"below": {"甲": "0"}}, "numbers.below.甲: not_a_share"),
        ({"below": {"甲": 1}}, "numbers.below.甲: not_a_share"),
        ({"below": {"甲": "a"}}, "numbers.below.甲: not_a_number"),
        ({"first": "middle"}, "numbers.first: unknown_part"),
        ({"first": None}, "numbers.first: unknown_part"),
        ({"second": 1}, "numbers.second: unknown_field"),
    ],
)
def test_numbers_that_mean_nothing_are_refused_by_their_names(numbers, problem):
    with pytest.raises(Invalid) as refused:
        parse_design(json.dumps(DESIGN | {"numbers": DESIGN["numbers"] | numbers}))
    assert problem in {f"{each.field}: {each.code}" for each in refused.value.problems}


def test_size_and_numbers_together_are_refused_and_each_stands_in_the_design_only_where_it_is_used():
    with refuses("numbers: not_with_size"):
        parse_design(json.dumps(DESIGN | {"size": {"column": "monthly_sales"}}))
    design = parse_design(json.dumps(DESIGN))
    assert '"numbers":{"below":{"甲":"0.3"},"first":"above","seed":"c10ced"}' in design.canonical_json()
    assert parse_design(design.canonical_json()) == design
    assert "numbers" not in parse_design(json.dumps({**DESIGN, "numbers": None})).canonical_json()
