"""What DuckDB writes beside each listing is what the rule says of it."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quality.campaigns.floor import SCORE
from quality.campaigns.frame.layered import layer_file
from quality.likeness.frames import Sought
from quality.likeness.matching import keys_of
from quality.targeting.risk import known, scores
from quality.targeting.risk.known import Concluded, Known, Told, facts_of, known_of
from quality.targeting.risk.scores import By, Facts, score_of
from quality.targeting.risk.scoring import FACTS, Earlier, write_scores
from quality.targeting.risk.weights import FIRST

PLATFORMS = {"棠梨商城": 1, "TL": 1, "青禾集市": 2}
TEXTS = {
    "barcode": ["", "9521234567899", "９５２1234-567899", "无"],
    "brand": ["", "小满", "小 满", "ＸＭ", "xm", "无"],
    "model": ["", "CL-64", "ｃｌ６４", "CL1"],
    "producer_name": ["", "童乐有限公司", "童乐股份有限公司", "別的"],
    "shop_uscc": ["", "91110000600037341L"],
    "shop_id": ["", "1", " 1 ", "2"],
    "title": ['{"x"}', "积木"],
}
CATEGORY = st.sampled_from(["玩具", "童装"])
ROW = st.fixed_dictionaries(
    {"platform": st.sampled_from(list(PLATFORMS)), "category": CATEGORY}
    | {column: st.sampled_from(words) for column, words in TEXTS.items()}
    | {
        "price_fen": st.none() | st.sampled_from([0, 100, 2_000, 4_500, 9_000, 10_000, 12_000]),
        "monthly_sales": st.none() | st.integers(0, 300_000),
    }
)
ROWS = st.lists(ROW, min_size=1, max_size=30)


def frozen(rows: list[dict[str, Any]], file: Path) -> Path:
    columns = {"listing_id": "VARCHAR"} | dict.fromkeys(rows[0], "VARCHAR")
    columns |= {"price_fen": "BIGINT", "monthly_sales": "BIGINT"}
    named = [{"listing_id": f"L{place}"} | row for place, row in enumerate(rows)]
    listed = ", ".join(f'unnest(?::{kind}[]) AS "{column}"' for column, kind in columns.items())
    with duckdb.connect(":memory:") as con:
        cells = [[None if row[column] == "" else row[column] for row in named] for column in columns]
        con.execute(f"CREATE TABLE kept AS SELECT {listed}", cells)
        con.execute(f"COPY kept TO '{file}' (FORMAT parquet)")
    return file


def rows_of(file: Path) -> list[dict[str, Any]]:
    with duckdb.connect(":memory:") as con:
        found = con.execute(f"SELECT * FROM read_parquet('{file}') ORDER BY listing_id")
        columns = [each[0] for each in found.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def whose(row: dict[str, Any]) -> tuple[int, bool, str]:
    shop = (row["shop_id"] or "").strip()
    return PLATFORMS[row["platform"]], bool(shop), shop or row["listing_id"]


def said_of(row: dict[str, Any], there: list[dict[str, Any]], is_known: Known, before: dict[Any, int]) -> Facts:
    prices = [each["price_fen"] for each in there if each["category"] == row["category"] and each["price_fen"]]
    kinds = {(platform, is_shop) for platform, is_shop, _id in before}
    return facts_of(row["listing_id"], keys_of(row, PLATFORMS[row["platform"]]), is_known)._replace(
        price_fen=row["price_fen"],
        median_fen=statistics.median_low(prices) if len(prices) >= scores.FEWEST_PRICES else None,
        monthly_sales=row["monthly_sales"],
        known_days=before.get(whose(row), 0) if whose(row)[:2] in kinds else None,
    )


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(ROWS, ROWS, ROWS, st.lists(ROWS, max_size=2)), st.lists(st.booleans(), min_size=30, max_size=30))
def test_the_file_says_of_each_listing_what_the_rule_says(tmp_path: Path, rows: Any, bad: list[bool]) -> None:
    here, tested, told, earlier = rows
    asked = bad[-1]
    findings = [
        Concluded(Sought(place, f"L{place}", keys_of(row, PLATFORMS[row["platform"]])), bad[place])
        for place, row in enumerate(tested)
    ]
    complaints = [
        Told(PLATFORMS[row["platform"]], f"L{place}" if place % 2 else "", row["shop_id"].strip(), "")
        for place, row in enumerate(told)
        if asked and (place % 2 or row["shop_id"])
    ]
    is_known = known_of(findings, complaints)
    frames = [Earlier(frozen(rows, tmp_path / f"{n}.parquet"), 40 * n) for n, rows in enumerate(earlier)]
    before: dict[Any, int] = {}
    for each in frames:
        for row in rows_of(each.path):
            before[whose(row)] = max(each.days, before.get(whose(row), 0))

    sha256 = write_scores(
        frozen(here, tmp_path / "frame.parquet"), tmp_path, known=is_known, weights=FIRST,
        strata=["category"], platforms=PLATFORMS, earlier=frames,
    )  # fmt: skip

    there = rows_of(tmp_path / "frame.parquet")
    written = {row["listing_id"]: row for row in rows_of(layer_file(tmp_path, sha256))}
    assert len(written) == len(here)
    for whole in there:
        row = whole | written[whole["listing_id"]]
        wanted = said_of(row, there, is_known, before)
        shown = Facts(
            **{fact: row[column] for fact, column in FACTS.items()},
            price_fen=row["price_fen"],
            monthly_sales=row["monthly_sales"],
        )
        assert shown == wanted
        assert row[SCORE] == score_of(wanted, FIRST.points)


def test_the_same_knowledge_gives_the_same_bytes(tmp_path: Path) -> None:
    row = dict.fromkeys(TEXTS, "") | {"platform": "TL", "category": "玩具", "price_fen": 100, "monthly_sales": 5}
    frame = frozen([row] * 7, tmp_path / "frame.parquet")

    def scored(source: Path) -> str:
        return write_scores(
            source, tmp_path, known=known_of([], []), weights=FIRST, strata=["category"], platforms=PLATFORMS
        )

    once = scored(frame)
    assert scored(frame) == once
    assert {each[SCORE] for each in rows_of(layer_file(tmp_path, once))} == {2}  # 10 points × 3 of 17 doublings


def test_a_finding_under_two_keys_is_one_and_the_worst_key_counts() -> None:
    row = {"brand": "小满", "model": "CL-64", "shop_id": "7", "category": "玩具"}
    keys = keys_of(row, 1)
    findings = [
        Concluded(Sought(1, "A", keys), True),
        Concluded(Sought(2, "B", keys_of({"shop_id": "7"}, 1)), False),
        Concluded(Sought(3, "C", keys_of({"shop_id": "7"}, 2)), True),  # another platform's shop 7
    ]
    found = facts_of("X", keys, known_of(findings, []))

    assert (found.bad, found.tested, found.found_by) == (1, 1, By.MODEL)
    assert facts_of("B", keys_of({"shop_id": "7"}, 1), known_of(findings, [])).found_by is By.SHOP  # 1 of 2 is worse
    assert facts_of("Y", keys_of({"shop_id": "8"}, 1), known_of(findings, [])).tested is None


def test_nobody_asked_about_complaints_is_not_no_complaint() -> None:
    keys = keys_of({"shop_id": "7"}, 1)

    assert facts_of("X", keys, known_of([], [])).complaints is None
    assert facts_of("X", keys, known_of([], [Told(1, "", "8", "")])).complaints == 0
    assert facts_of("X", keys, known_of([], [Told(1, "X", "7", ""), Told(1, "", "7", "")])) == Facts(
        complaints=2, told_by=By.SHOP
    )
    assert known.key(By.SHOP, 1, "7") == "shop|1|7"
