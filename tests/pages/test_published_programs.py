"""Python and SQL on the page of a closed draw: cut out, run on what is served, and byte for byte `mingcha draw`."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quality.campaigns.frame import import_frame
from quality.campaigns.models import Campaign, CampaignStatus
from quality.campaigns.operations import set_frame
from quality.campaigns.overlap import drawn_until
from quality.campaigns.sampling import draw_to_file
from quality.campaigns.workflow import APPROVE, CLOSE, START, SUBMIT
from quality.core.workflow import perform
from quality.pages import draws
from tests.campaigns.published import drawn_by_python, drawn_by_sql, taken_from
from tests.harness.campaigns import campaign_at, commit_to, drawn, planned
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.harness.purchases import settings

pytestmark = on_sqlite
CATEGORIES = ["玩具,积木", '"益智"玩具', "it's a toy", "童 装"]  # a comma, quotation marks, an apostrophe, a blank
DESIGN = {
    "strata": ["platform", "category"],
    "allocation": {
        "method": "neyman",
        "n": 11,
        "S": {f"{p}/{c}": f"0.{1 + i}" for p in ("棠梨商城", "青禾集市") for i, c in enumerate(CATEGORIES)},
        "cost": {f"{p}/{c}": str(20 + 7 * i) for p in ("棠梨商城", "青禾集市") for i, c in enumerate(CATEGORIES)},
        "min_per_stratum": 1,
    },
    "reserve": 2,
}
BY_SIZE = DESIGN | {"size": {"column": "monthly_sales"}}


def closed(session: Session, cast: Cast, folder: Path, kind: str, design: dict[str, Any] = DESIGN) -> Campaign:
    """A campaign of a frame that came as CSV or as Parquet, drawn and closed."""
    source = folder / f"frame.{kind}"
    heading = (
        "listing_id",
        "platform",
        "category",
        "shop_id",
        "shop_name",
        "title",
        "url",
        "price_fen",
        "monthly_sales",
    )
    rows = [
        (
            f"L{i:04d}",
            p,
            c,
            "S1",
            "小满童品旗舰店",
            "磁力棒",
            f"https://item.example/{i}",
            3990,
            900 if i % 8 == 2 else 1 + i,
        )
        for i, (p, c, _each) in enumerate(
            (p, c, each) for p in ("棠梨商城", "青禾集市") for c in CATEGORIES for each in range(4)
        )
    ]
    with (folder / "frame.csv").open("w", encoding="utf-8", newline="") as written:
        csv.writer(written).writerows([heading, *rows])
    if kind == "parquet":
        with duckdb.connect() as con:
            con.execute(f"COPY (FROM read_csv('{folder}/frame.csv', all_varchar = true)) TO '{source}'")
    campaign = planned(session, cast, design=design)
    frames = settings().frames_folder
    set_frame(session, campaign, import_frame(source, frames), by=cast.coordinator, frames=frames)
    perform(session, campaign, SUBMIT, by=cast.coordinator)
    perform(session, campaign, APPROVE, by=cast.reviewer)
    commit_to(session, campaign, cast, frames)
    drawn(session, campaign, cast, frames)
    perform(session, campaign, START, by=cast.coordinator)
    perform(session, campaign, CLOSE, by=cast.coordinator)
    session.commit()
    return campaign


def public(client: FlaskClient, campaign: Campaign) -> Any:
    return client.get(f"/draws/{campaign.number}.json").json


@pytest.mark.parametrize("kind", ["csv", "parquet", "parquet, by size"])
def test_what_is_cut_out_of_the_page_draws_the_same_bytes(
    client: FlaskClient, session: Session, cast: Cast, tmp_path: Path, kind: str
) -> None:
    source, by_size, _end = kind.partition(", by size")
    campaign = closed(session, cast, tmp_path, source, BY_SIZE if by_size else DESIGN)
    page = client.get(f"/draws/{campaign.number}")
    said = public(client, campaign)
    folder = tmp_path / "saved"
    folder.mkdir()
    frame, design = folder / f"{campaign.number}-frame.csv", folder / f"{campaign.number}-design.json"
    frame.write_bytes(client.get(said["frame"]).data)
    design.write_bytes(client.get(said["design_file"]).data)
    draw_to_file(frame, design, said["seed"], folder / "again.csv")
    again = (folder / "again.csv").read_bytes()

    assert drawn_by_python(taken_from(page.text, "draw.py"), frame, design, said["seed"]) == again
    assert drawn_by_sql(taken_from(page.text, "draw.sql"), folder) == again
    rows = list(csv.DictReader(io.StringIO(again.decode(), newline="")))
    inclusions = [unit.pop("inclusion", None) for unit in said["result"]]
    assert [row | {"rank": int(row["rank"])} for row in rows] == said["result"]
    assert (">certain<" in client.get(f"/draws/{campaign.number}?lang=en").text) == ("1" in inclusions)
    if by_size:
        main = [u for u, unit in zip(inclusions, said["result"], strict=True) if unit["role"] == "main"]
        assert all(0 < Fraction(each) <= 1 for each in main)
        assert "1" in main
    else:
        assert set(inclusions) == {None}
    assert {row["stratum"].split("/")[1] for row in rows} == set(CATEGORIES)
    straight = folder / "straight.csv"
    draw_to_file(settings().frames_folder / f"{campaign.frame_sha256}.parquet", design, said["seed"], straight)
    assert straight.read_bytes() == again


@pytest.mark.parametrize("first", ["above", "below"])
def test_a_draw_by_permanent_numbers_is_repeated_too_and_leaves_out_or_draws_again(
    client: FlaskClient, session: Session, cast: Cast, tmp_path: Path, first: str
) -> None:
    before = closed(session, cast, tmp_path, "csv")
    below = {name: str(bound) for name, bound in drawn_until(session, before).items()}
    assert len(below) == 8
    numbers = {"seed": before.seed, "below": below, "first": first}
    campaign = closed(session, cast, tmp_path, "csv", DESIGN | {"numbers": numbers, "reserve": 1})
    page = client.get(f"/draws/{campaign.number}?lang=en")
    said_before, said = (public(client, each) for each in (before, campaign))
    frame, design = tmp_path / f"{campaign.number}-frame.csv", tmp_path / f"{campaign.number}-design.json"
    frame.write_bytes(client.get(said["frame"]).data)
    design.write_bytes(client.get(said["design_file"]).data)
    draw_to_file(frame, design, said["seed"], tmp_path / "again.csv")
    again = (tmp_path / "again.csv").read_bytes()
    assert drawn_by_python(taken_from(page.text, "draw.py"), frame, design, said["seed"]) == again
    assert drawn_by_sql(taken_from(page.text, "draw.sql"), tmp_path) == again
    assert f"What campaign {before.number} drew" in page.text

    main = [{unit["listing_id"] for unit in each["result"] if unit["role"] == "main"} for each in (said_before, said)]
    assert len(main[0] & main[1]) == (0 if first == "above" else 11)


def test_before_closing_the_program_is_there_and_says_nothing_of_the_campaign(
    client: FlaskClient, session: Session, cast: Cast
) -> None:
    campaign = campaign_at(session, cast, CampaignStatus.DRAWN, settings().frames_folder)
    session.commit()
    page = client.get(f"/draws/{campaign.number}").text
    assert taken_from(page, "draw.py") == draws.python_program()
    assert 'id="draw-sql"' not in page


def test_the_public_list_is_read_a_page_at_a_time(
    client: FlaskClient, session: Session, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = closed(session, cast, tmp_path, "csv")
    monkeypatch.setattr(draws, "A_PAGE", 20)
    said = public(client, campaign)
    ids = [unit["listing_id"] for unit in said["result"]]
    first = client.get(f"/draws/{campaign.number}")
    listed = [i for i in ids if f">{i}<" in first.text]
    assert listed == ids[:20]
    behind = first.text.split("before=")[1].split('"')[0]
    second = client.get(f"/draws/{campaign.number}?before={behind}").text
    assert [i for i in ids if f">{i}<" in second] == ids[20:]
    assert "after=" in second
