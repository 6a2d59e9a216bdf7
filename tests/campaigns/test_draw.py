import csv
import hashlib
import io
import json
from collections import Counter
from contextlib import nullcontext

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.campaigns import choosing
from quality.campaigns.design import parse_design
from quality.campaigns.frame.bands import Reads
from quality.campaigns.frame.drawable import frame_hash, write_frame_csv
from quality.campaigns.sampling import DrawRole, draw, draw_to_file
from quality.core.errors import Invalid
from tests.campaigns.independent_draw import independent_draw
from tests.campaigns.published import drawn_in_here
from tests.campaigns.refusals import refuses

SEED = "5f0c"
DESIGN = json.dumps(
    {"strata": ["platform", "category"], "allocation": {"method": "proportional", "n": 6}, "reserve": 2}
)
FRAME = "listing_id,platform,category\n" + "".join(
    f"L{i},{'棠梨商城' if i % 3 else '青禾优选'},{'玩具' if i % 2 else '童装'}\n" for i in range(40)
)


@pytest.fixture
def drawn(tmp_path):
    """Draw by files, as the command does, and give the bytes."""

    def drawn(frame, design=DESIGN, seed=SEED):
        source = frame
        if not hasattr(frame, "open"):
            source = tmp_path / "frame.csv"
            source.write_bytes(frame if isinstance(frame, bytes) else frame.encode())
        (tmp_path / "design.json").write_text(design, encoding="utf-8")
        draw_to_file(source, tmp_path / "design.json", seed, tmp_path / "out.csv")
        return (tmp_path / "out.csv").read_bytes()

    return drawn


def parquet(path, sql):
    with duckdb.connect() as con:
        con.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
    return path


# --- against the independent program

names = st.text(st.characters(exclude_characters="/", exclude_categories=["C"]), min_size=1, max_size=5)


@st.composite
def frames_and_designs(draw):
    platforms, categories = (draw(st.lists(names, min_size=1, max_size=3, unique=True)) for _ in "pc")
    ids = draw(st.lists(names, min_size=1, max_size=40, unique=True))
    rows = [(i, draw(st.sampled_from(platforms)), draw(st.sampled_from(categories))) for i in ids]
    strata = draw(st.sampled_from([["platform", "category"], ["category"], []]))
    index = {"platform": 1, "category": 2}
    stratum_names = sorted({"/".join(row[index[column]] for column in strata) for row in rows})
    method = draw(st.sampled_from(["proportional", "equal", "neyman", "fixed"]))
    allocation = {"method": method, "n": draw(st.integers(0, len(ids) + 2))}
    allocation["S"] = {name: draw(st.integers(1, 900)) / 100 for name in stratum_names}
    if draw(st.booleans()):
        allocation["cost"] = {name: draw(st.integers(1, 90_000)) / 100 for name in stratum_names}
    allocation["fixed"] = {name: draw(st.integers(0, 5)) for name in draw(st.sets(st.sampled_from(stratum_names)))}
    allocation["min_per_stratum"] = draw(st.integers(0, 3))
    design = {"strata": strata, "allocation": allocation, "reserve": draw(st.integers(0, 4))}
    return rows, json.dumps(design)


@settings(max_examples=25, deadline=None)
@given(frames_and_designs(), names, st.booleans())
def test_an_independent_program_draws_the_same_bytes(tmp_path_factory, case, seed, with_bom):
    rows, design = case
    folder = tmp_path_factory.mktemp("draw")
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([("listing_id", "platform", "category"), *rows])
    frame = folder / "frame.csv"
    frame.write_text(text.getvalue(), encoding="utf-8-sig" if with_bom else "utf-8", newline="")
    (folder / "design.json").write_text(design, encoding="utf-8")
    expected = independent_draw(text.getvalue(), design, seed)

    if expected is None:
        with pytest.raises(Invalid):
            draw_to_file(frame, folder / "design.json", seed, folder / "out.csv")
        assert not (folder / "out.csv").exists()
    else:
        draw_to_file(frame, folder / "design.json", seed, folder / "out.csv")
        assert (folder / "out.csv").read_bytes() == expected
        published = parse_design(design)
        (folder / "design.json").write_text(published.canonical_json(), encoding="utf-8")
        write_frame_csv(frame, published.reads, folder / "published.csv")
        assert drawn_in_here(folder / "published.csv", folder / "design.json", seed) == expected


def test_an_independent_program_draws_the_same_from_a_bigger_frame(tmp_path, drawn):
    rows = """SELECT 'L' || i AS listing_id, 'P' || (hash(i) % 7) AS platform, '类' || (hash(i * 31) % 11) AS category,
              i % 5 AS grade, 'x' AS title FROM range(20000) t(i)"""
    frame = parquet(tmp_path / "frame.parquet", rows)
    with duckdb.connect() as con:
        con.execute(f"COPY ({rows}) TO '{tmp_path / 'same.csv'}' (HEADER)")
    allocation = {"method": "proportional", "n": 3000, "min_per_stratum": 2}
    design = json.dumps({"strata": ["platform", "category", "grade"], "allocation": allocation, "reserve": 3})
    by_hand = independent_draw((tmp_path / "same.csv").read_text(), design, SEED)

    assert drawn(frame, design) == by_hand
    assert drawn(tmp_path / "same.csv", design) == by_hand


# --- what a draw promises


def test_the_same_call_gives_the_same_bytes_and_another_seed_others(drawn):
    assert drawn(FRAME) == drawn(FRAME)
    assert drawn(FRAME) != drawn(FRAME, seed="other")


def test_the_order_of_rows_means_nothing(drawn):
    heading, *rows = FRAME.splitlines(keepends=True)
    assert drawn(heading + "".join(reversed(rows))) == drawn(FRAME)


@settings(max_examples=10, deadline=None)
@given(frames_and_designs(), names, st.randoms())
def test_a_larger_n_contains_the_smaller_and_rows_may_come_in_any_order(tmp_path_factory, case, seed, chance):
    rows, design = case
    frame = tmp_path_factory.mktemp("draw") / "frame.csv"
    small, large = ({**json.loads(design), "reserve": reserve} for reserve in (0, 3))
    sizes = Counter("/".join(row[{"platform": 1, "category": 2}[c]] for c in small["strata"]) for row in rows)
    small["allocation"] = {"method": "fixed", "fixed": {s: chance.randint(0, n) for s, n in sizes.items()}}
    large["allocation"] = {"method": "fixed", "fixed": {s: chance.randint(small["allocation"]["fixed"][s], n)
                                                        for s, n in sizes.items()}}  # fmt: skip
    taken = []
    for plan in (small, large):
        chance.shuffle(rows)
        with frame.open("w", encoding="utf-8", newline="") as written:
            csv.writer(written, lineterminator="\n").writerows([("listing_id", "platform", "category"), *rows])
        taken.append([unit._replace(role=DrawRole.MAIN) for unit in draw(frame, parse_design(json.dumps(plan)), seed)])
    assert set(taken[0]) <= set(taken[1])
    assert len(taken[0]) == sum(small["allocation"]["fixed"].values())


@pytest.mark.parametrize("ids", [range(11_000), [*range(10_998), 5, 6], [5, 6, 5]])
def test_an_id_that_is_doubled_is_found_wherever_it_stands(tmp_path, drawn, ids):
    rows = f"SELECT 'L' || printf('%06d', unnest({list(ids)})) AS listing_id, 'p' AS platform, 'c' AS category"
    frame = parquet(tmp_path / "frame.parquet", rows)
    if len(set(ids)) == len(ids):
        assert drawn(frame).count(b"\n") == 9
    else:
        with pytest.raises(Invalid) as refused:
            drawn(frame)
        assert {(problem.field, problem.code) for problem in refused.value.problems} == {
            (f"row {place + 1}, listing_id", "doubled")
            for place, i in enumerate(ids)
            if i in [5, 6] and i in list(ids)[:place]
        }


@pytest.mark.parametrize("doubled", [(), ("L17660796",)])
def test_ids_whose_hashes_only_begin_alike_are_no_doubles(tmp_path, drawn, doubled):
    alike = ["L17660796", "L10758519"]  # found among 60 million: 48 of their hashes' 64 bits are the same
    first, second = duckdb.sql(f"SELECT hash('{alike[0]}') >> 16, hash('{alike[1]}') >> 16").fetchall()[0]
    assert first == second
    ids = [*alike, *"abcdef", *doubled]
    rows = f"SELECT unnest({ids}) AS listing_id, 'p' AS platform, 'c' AS category"
    with refuses("row 9, listing_id: doubled") if doubled else nullcontext():
        assert drawn(parquet(tmp_path / "frame.parquet", rows)).count(b"\n") == 9


def test_main_and_reserve_are_disjoint_and_ranked_through(tmp_path):
    (tmp_path / "frame.csv").write_text(FRAME, encoding="utf-8")
    units = draw(tmp_path / "frame.csv", parse_design(DESIGN), SEED)
    main = {unit.listing_id for unit in units if unit.role is DrawRole.MAIN}
    reserve = {unit.listing_id for unit in units if unit.role is DrawRole.RESERVE}

    assert len(main) == 6
    assert len(reserve) == 8
    assert not main & reserve
    for stratum in {unit.stratum for unit in units}:
        own = [unit for unit in units if unit.stratum == stratum]
        assert [unit.rank for unit in own] == list(range(1, len(own) + 1))
        assert [unit.digest for unit in own] == sorted(unit.digest for unit in own)


def test_the_reserve_takes_what_a_stratum_still_has(drawn):
    design = json.dumps({"strata": [], "allocation": {"method": "equal", "n": 39}, "reserve": 10**6})
    lines = drawn(FRAME, design).decode().splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == ["main"] * 39 + ["reserve"]


def test_a_bound_that_cut_too_deep_is_lifted(drawn, monkeypatch):
    expected = drawn(FRAME)
    monkeypatch.setattr(choosing, "SLACK", -1)
    assert drawn(FRAME) == expected


def test_parquet_with_numbers_draws_as_its_csv_does(tmp_path, drawn):
    rows = "SELECT i AS listing_id, i % 3 AS platform, 'a,\"b' AS category FROM range(100) t(i)"
    frame = "listing_id,platform,category\n" + "".join(f'{i},{i % 3},"a,""b"\n' for i in range(100))
    assert drawn(parquet(tmp_path / "frame.parquet", rows)) == drawn(frame)


@pytest.mark.parametrize(
    "frame",
    [
        FRAME.replace("\n", "\r\n"),
        "\ufeff" + FRAME,
        FRAME.replace("\n", "\n\n"),
        FRAME.replace("\n", "\r\n", 3),
        "\n" + FRAME,
        FRAME.rstrip(),
        FRAME.replace("玩具", '"玩具"'),
    ],
    ids=["CRLF", "BOM", "blank lines", "mixed line ends", "blank line first", "no last line end", "quoted"],
)
def test_how_a_csv_is_written_means_nothing(drawn, frame):
    assert drawn(frame) == drawn(FRAME)


# --- what is refused, with the row


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("L1,棠梨商城,玩具", "row 42, listing_id: doubled"),
        ("L1,青禾优选,童装", "row 42, listing_id: doubled"),
        (",棠梨商城,玩具", "row 42, listing_id: missing"),
        ("L/1,棠梨商城,玩具", "row 42, listing_id: slash"),
        ("L\t1,棠梨商城,玩具", "row 42, listing_id: control_character"),
        ('"L\n1",棠梨商城,玩具', "row 42, listing_id: control_character"),
        ("L\x851,棠梨商城,玩具", "row 42, listing_id: control_character"),
        ("L\x001,棠梨商城,玩具", "row 42, listing_id: control_character"),
        ("N1,,玩具", "row 42, platform: missing"),
        ("N1,棠梨/商城,玩具", "row 42, platform: slash"),
        ("N1,棠梨商城,玩\x07具", "row 42, category: control_character"),
        ("N1,棠梨商城", "row 42: too_few_fields"),
        ("N1,棠梨商城,玩具,玩具", "row 42: too_many_fields"),
        ('"N1"x,棠梨商城,玩具', "row 42: quotes"),
        ('"N1,棠梨商城,玩具', "row 42: never_closed"),
    ],
)
def test_a_bad_row_stops_the_draw_and_is_named(drawn, tmp_path, row, problem):
    with refuses(problem):
        drawn(FRAME + row + "\n")
    assert not (tmp_path / "out.csv").exists()


def test_all_bad_rows_are_named(drawn):
    with pytest.raises(Invalid) as refused:
        drawn(FRAME + "N1,,\nL3,a,b\nshort\n")
    assert [problem.field for problem in refused.value.problems] == [
        "row 42, category", "row 42, platform", "row 43, listing_id", "row 44",
    ]  # fmt: skip


def test_a_damaged_character_is_named(drawn):
    with refuses("row 42: damaged_text"):
        drawn(FRAME.encode() + b"N\xff1,a,b\n")


def test_rows_of_parquet_are_named_by_their_place(tmp_path, drawn):
    rows = "SELECT unnest(['a', 'b', 'a', NULL]) AS listing_id, 'p' AS platform, 'c' AS category"
    with refuses("row 3, listing_id: doubled", "row 4, listing_id: missing"):
        drawn(parquet(tmp_path / "frame.parquet", rows))


@pytest.mark.parametrize(
    ("frame", "problem"),
    [
        (b"", "file: empty"),
        (b"\n\n", "file: empty"),
        (b"listing_id,platform,category\n", "file: empty"),
        (b"listing_id,platform\nL1,a\n", "category: column_missing"),
        (b"listing_id;platform;category\nL1;a;b\n", "listing_id: column_missing"),
        (b"listing_id,platform,category,platform\nL1,a,b,c\n", "platform: column_doubled"),
        (b"PK\x03\x04...", "file: wrong_kind"),
        (b"\xd0\xcf\x11\xe0...", "file: wrong_kind"),
        (FRAME.encode("gb18030"), "file: wrong_encoding"),
        (FRAME.encode("utf-16"), "file: wrong_encoding"),
        (b"PAR1 but no more", "file: unreadable"),
    ],
)
def test_a_file_that_is_no_frame_is_refused(drawn, frame, problem):
    with refuses(problem):
        drawn(frame)


def test_damage_in_the_middle_of_parquet_is_found(tmp_path, drawn):
    rows = "SELECT 'L' || hash(i) AS listing_id, 'p' AS platform, 'c' AS category FROM range(50000) t(i)"
    frame = parquet(tmp_path / "frame.parquet", rows)
    sound = frame.read_bytes()
    frame.write_bytes(sound[:1000] + bytes(2000) + sound[3000:])
    with refuses("file: unreadable"):
        drawn(frame)


@pytest.mark.parametrize("seed", ["", "\ud800"])
def test_a_seed_is_a_text_that_is_not_empty(drawn, seed):
    with refuses("seed: missing"):
        drawn(FRAME, seed=seed)


def test_files_that_are_not_there_are_named(tmp_path):
    frame, design, out = tmp_path / "frame.csv", tmp_path / "design.json", tmp_path / "out.csv"
    with refuses("design: no_such_file"):
        draw_to_file(frame, design, SEED, out)
    design.write_text(DESIGN)
    with refuses("file: no_such_file"):
        draw_to_file(frame, design, SEED, out)
    frame.write_text(FRAME, encoding="utf-8")
    with refuses("out: not_written"):
        draw_to_file(frame, design, SEED, tmp_path / "nowhere" / "out.csv")


def test_a_draw_never_overwrites_its_frame(tmp_path):
    frame, design = tmp_path / "frame.csv", tmp_path / "design.json"
    frame.write_text(FRAME, encoding="utf-8")
    design.write_text(DESIGN)
    with refuses("out: same_file"):
        draw_to_file(frame, design, SEED, frame)
    assert frame.read_text(encoding="utf-8") == FRAME


def test_a_name_that_is_a_glob_or_holds_quotation_marks_is_a_name(tmp_path, drawn):
    frame = tmp_path / "it's [a]*.csv"
    frame.write_text(FRAME, encoding="utf-8")
    assert drawn(frame) == drawn(FRAME)


# --- the frame's hash


def test_frame_csv_is_sorted_by_bytes_and_its_hash_is_the_frame_hash(tmp_path):
    frame, out = tmp_path / "frame.csv", tmp_path / "out.csv"
    frame.write_text('title,listing_id,地区,platform\nx,é,b,"p,1"\nx,Z,a,"p""2"\nx,汉,c,p\n', encoding="utf-8")

    digest = write_frame_csv(frame, Reads(("platform", "地区")), out)

    assert out.read_text(encoding="utf-8") == 'listing_id,platform,地区\nZ,"p""2",a\né,"p,1",b\n汉,p,c\n'
    assert digest == frame_hash(frame, Reads(("platform", "地区")))
    assert digest == hashlib.sha256(out.read_bytes()).hexdigest()
