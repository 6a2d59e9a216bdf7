import hashlib
import json
from decimal import Decimal

import pytest

from quality.campaigns.allocation import Method
from quality.campaigns.design import Design, design_hash, parse_design
from quality.core.errors import Invalid
from tests.campaigns.refusals import refuses

WHOLE = {
    "strata": ["platform", "category"],
    "allocation": {"method": "neyman", "n": 100, "S": {"棠梨/玩具": 1.50, "青禾/玩具": "2"}, "fixed": {"a": 1},
                   "min_per_stratum": 2},
    "reserve": 3,
}  # fmt: skip


def changed(**fields):
    design = json.loads(json.dumps(WHOLE))
    for name, value in fields.items():
        place = design if name in ("strata", "reserve", "allocation", "note") else design["allocation"]
        place[name] = value
    return json.dumps(design)


def test_a_design_is_read_exactly():
    assert parse_design(json.dumps(WHOLE)) == Design(
        strata=("platform", "category"),
        method=Method.NEYMAN,
        n=100,
        deviations={"棠梨/玩具": Decimal("1.5"), "青禾/玩具": Decimal(2)},
        fixed={"a": 1},
        min_per_stratum=2,
        reserve=3,
    )


def test_minimum_and_reserve_are_0_when_left_out():
    design = parse_design(b'\xef\xbb\xbf{"strata": [], "allocation": {"method": "equal", "n": 5, "S": null}}')
    assert (design.min_per_stratum, design.reserve, design.strata) == (0, 0, ())


def test_fixed_needs_no_n():
    design = parse_design('{"strata": ["platform"], "allocation": {"method": "fixed", "fixed": {"a": 1}}}')
    assert design.allocate({"a": 2, "b": 2}) == {"a": 1, "b": 0}


def test_a_deviation_loses_no_digit():
    s = "0.1234567890123456789012345678"
    design = parse_design(f'{{"strata": [], "allocation": {{"method": "neyman", "n": 1, "S": {{"": {s}}}}}}}')
    assert design.deviations[""] == Decimal(s)


def test_the_canonical_form_reads_back_as_the_same_design_and_does_not_depend_on_how_it_was_typed():
    design = parse_design(json.dumps(WHOLE))
    turned = {key: WHOLE[key] for key in reversed(WHOLE)}

    assert parse_design(design.canonical_json()) == design
    assert design_hash(parse_design(json.dumps(turned, indent=3))) == design_hash(design)
    assert design.canonical_json() == (
        '{"allocation":{"S":{"棠梨/玩具":"1.5","青禾/玩具":"2"},"fixed":{"a":1},"method":"neyman",'
        '"min_per_stratum":2,"n":100},"reserve":3,"strata":["platform","category"]}'
    )
    assert design_hash(design) == hashlib.sha256(design.canonical_json().encode()).hexdigest()


# As the first version wrote and hashed them. Published hashes rest on these lines: docs/decisions/0050.
PINNED = [
    (
        '{"strata": ["platform"], "allocation": {"method": "proportional", "n": 120}}',
        '{"allocation":{"S":{},"fixed":{},"method":"proportional","min_per_stratum":0,"n":120},"reserve":0,'
        '"strata":["platform"]}',
        "ae9aa497d0fde5f6095687c1a23dbb4077e1dbf048b9434ee8bd4c59bf85d584",
    ),
    (
        '{"strata": [], "allocation": {"method": "equal", "n": 5, "S": null, "fixed": null}, "reserve": 2}',
        '{"allocation":{"S":{},"fixed":{},"method":"equal","min_per_stratum":0,"n":5},"reserve":2,"strata":[]}',
        "efae6e73042399ee4f4d929b28e99756a81e3a0036767ca47a389e3f011723b6",
    ),
    (
        '{"reserve": 3, "allocation": {"min_per_stratum": 8, "S": {"棠梨商城/玩具": 0.310, "青禾集市/玩具": "1e-1"},'
        ' "n": 240, "method": "neyman"}, "strata": ["platform", "category"]}',
        '{"allocation":{"S":{"棠梨商城/玩具":"0.31","青禾集市/玩具":"0.1"},"fixed":{},"method":"neyman",'
        '"min_per_stratum":8,"n":240},"reserve":3,"strata":["platform","category"]}',
        "b483a785647b22791819f1e828154e70767f638e75013f950532c2b15e5b4932",
    ),
    (
        '{"strata": ["platform", "地区"], "allocation": {"method": "fixed", "fixed": {"b/2": 0, "a/1": 7}}}',
        '{"allocation":{"S":{},"fixed":{"a/1":7,"b/2":0},"method":"fixed","min_per_stratum":0,"n":null},"reserve":0,'
        '"strata":["platform","地区"]}',
        "d2e1328a208cfbe0429415cc5ba1c4a78bbe922b4882a2e27e78b7d13bc8e1db",
    ),
    (
        '{"strata": ["platform", "price_band"], "allocation": {"method": "neyman", "n": 60, "S": {"a/<50": 2.0,'
        ' "a/≥50": 0.5}, "fixed": {"a/<50": 1}, "min_per_stratum": 2}, "reserve": 4}',
        '{"allocation":{"S":{"a/<50":"2","a/≥50":"0.5"},"fixed":{"a/<50":1},"method":"neyman","min_per_stratum":2,'
        '"n":60},"reserve":4,"strata":["platform","price_band"]}',
        "eb9380daf7564500ce307040e2339dcb50902b77053ac3633665655036223764",
    ),
]


@pytest.mark.parametrize(
    ("typed", "canonical", "sha256"), PINNED, ids=["proportional", "equal", "neyman", "fixed", "everything"]
)
def test_a_design_of_the_first_version_is_written_and_hashed_as_it_always_was(typed, canonical, sha256):
    for design in (parse_design(typed), parse_design(canonical)):
        assert (design.canonical_json(), design_hash(design)) == (canonical, sha256)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"note": "x"}, "note: unknown_field"),
        ({"min_per_strata": 2}, "allocation.min_per_strata: unknown_field"),
        ({"allocation": 3}, "allocation: not_an_object"),
        ({"strata": "platform"}, "strata: not_a_list"),
        ({"strata": [1]}, "strata: not_a_list"),
        ({"strata": [""]}, "strata: not_a_list"),
        ({"strata": ["platform", "platform"]}, "strata: doubled"),
        ({"strata": ["listing_id"]}, "strata: doubled"),
        ({"method": "quota"}, "allocation.method: unknown_method"),
        ({"method": 1}, "allocation.method: unknown_method"),
        ({"n": None}, "allocation.n: missing"),
        ({"n": -1}, "allocation.n: not_a_count"),
        ({"n": 1.5}, "allocation.n: not_a_count"),
        ({"n": "100"}, "allocation.n: not_a_count"),
        ({"n": True}, "allocation.n: not_a_count"),
        ({"n": 10**16}, "allocation.n: not_a_count"),
        ({"reserve": -3}, "reserve: not_a_count"),
        ({"min_per_stratum": []}, "allocation.min_per_stratum: not_a_count"),
        ({"S": []}, "allocation.S: not_an_object"),
        ({"S": {"a": -1}}, "allocation.S.a: not_a_number"),
        ({"S": {"a": "1/3"}}, "allocation.S.a: not_a_number"),
        ({"S": {"a": "1e999"}}, "allocation.S.a: not_a_number"),
        ({"S": {"a": float("nan")}}, "allocation.S.a: not_a_number"),
        ({"S": {"a": None}}, "allocation.S.a: not_a_number"),
        ({"fixed": {"a": "１"}}, "allocation.fixed.a: not_a_count"),
        ({"method": "fixed", "fixed": None}, "allocation.fixed: missing"),
    ],
)
def test_a_bad_field_is_named(fields, problem):
    with refuses(problem):
        parse_design(changed(**fields))


def test_every_bad_field_is_named_at_once():
    with pytest.raises(Invalid) as refused:
        parse_design(changed(n=-1, reserve="x", method="?", strata=None))
    assert {problem.field for problem in refused.value.problems} == {
        "allocation.n", "reserve", "allocation.method", "strata",
    }  # fmt: skip


def test_a_number_beyond_all_bounds_is_told_the_bound():
    with refuses("reserve: not_a_count") as no:
        parse_design(json.dumps(WHOLE | {"reserve": 10**15}))
    assert "less than 1,000,000,000,000,000" in str(no.value.problems[0].text)


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"\xff", b'{"strata": [], "strata": []}', b"[" * 100_000, b'{"strata": ["\\ud800"]}'],
    ids=["empty", "cut", "no UTF-8", "doubled key", "deep", "half a character"],
)
def test_what_is_no_json_is_said_to_be_none(text):
    with refuses("design: not_json"):
        parse_design(text)


def test_a_design_that_is_no_object_is_refused():
    with refuses("design: not_an_object"):
        parse_design("[]")


def test_a_cost_is_in_the_design_where_there_is_one_and_buys_less_of_what_is_dear():
    plain = {"strata": ["platform"], "allocation": {"method": "neyman", "n": 30, "S": {"甲": "0.3", "乙": "0.3"}}}
    dear = {**plain, "allocation": {**plain["allocation"], "cost": {"甲": "400", "乙": 100}}}
    read = parse_design(json.dumps(dear))
    assert '"cost":{"乙":"100","甲":"400"}' in read.canonical_json()
    assert parse_design(read.canonical_json()) == read
    assert read.allocate({"甲": 500, "乙": 500}) == {"甲": 10, "乙": 20}
    without = parse_design(json.dumps({**plain, "allocation": {**plain["allocation"], "cost": {}}}))
    assert without.canonical_json() == parse_design(json.dumps(plain)).canonical_json()
    with refuses("allocation.cost.甲: cost_missing"):
        parse_design(json.dumps(dear).replace('"400"', '"0"')).allocate({"甲": 500, "乙": 500})
