"""What is left out of a frame, or added to it: the draw reads another file, and everybody can repeat that one."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns import sampling
from quality.campaigns.design import parse_design
from quality.campaigns.frame.bands import Reads
from quality.campaigns.frame.drawable import frame_hash
from quality.campaigns.frame.engine import text
from quality.campaigns.frame.layered import file_to_draw, keep_layer, layered, laying, stored
from quality.campaigns.jobs import throw_away_unused_layers
from quality.campaigns.models import Campaign, Drawn, FrameLayer, LayerKind
from quality.campaigns.operations import Layer, layers_of, set_frame, set_layer
from quality.campaigns.workflow import APPROVE, CLOSE, START, SUBMIT
from quality.core.errors import Invalid, NotPermitted, Refused, Stale
from quality.core.events import Event
from quality.core.workflow import perform
from tests.harness.campaigns import DESIGN, commit_to, drawn, frame_of, framed, planned
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.harness.purchases import settings as told

EXCLUSIONS, SCORES = LayerKind
ONE = {**DESIGN, "allocation": {"method": "equal", "n": 4}, "reserve": 1}


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    return tmp_path / "frames"


def without(frame: Path, ids: Sequence[str], why: str = "same_product") -> Layer:
    """A layer that leaves these listings out."""
    listed = ", ".join(f"({text(each)}, {text(why)})" for each in ids) or "(NULL, NULL)"
    query = f"SELECT * FROM (VALUES {listed}) t(listing_id, reason) WHERE listing_id IS NOT NULL"
    with laying(frame) as opened:
        return Layer(keep_layer(opened, query, frame.parent), len(ids), {why: len(ids)} if ids else {}, {})


def scored(frame: Path, column: str = "score") -> Layer:
    query = f"SELECT listing_id, 10 AS {column} FROM whole WHERE platform = '棠梨商城'"
    with laying(frame) as opened:
        sha256 = keep_layer(opened, query, frame.parent)
    return Layer(sha256, 6, {}, {"weights": 3})


def rows_of(file: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as con:
        return con.execute(f"FROM read_parquet({text(file)}) ORDER BY listing_id").fetchall()


def frame_in(folder: Path) -> Path:
    return folder / frame_of(folder).path.name


def framed_draft(session: Session, cast: Cast, frames: Path, **changed: Any) -> tuple[Campaign, Path]:
    campaign = planned(session, cast, **changed)
    framed(session, campaign, cast, frames)
    return campaign, frames / f"{campaign.frame_sha256}.parquet"


# --- files ---


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gone=st.sets(st.integers(0, 11), max_size=11))
def test_what_is_left_out_is_never_drawn_and_the_rest_is_the_frame(tmp_path: Path, gone: set[int]) -> None:
    frame = frame_in(tmp_path)
    ids = [str(row[0]) for row in rows_of(frame)]
    out = [ids[place] for place in sorted(gone)]

    made = layered(frame, without=[without(frame, out).sha256])
    assert made is not None
    file = stored(tmp_path, "", made)
    assert rows_of(file) == [row for row in rows_of(frame) if row[0] not in out]
    design = parse_design(
        json.dumps({**ONE, "allocation": {"method": "proportional", "n": min(4, 12 - len(out))}, "reserve": 0})
    )
    assert not {unit.listing_id for unit in sampling.draw(file, design, "seed")} & set(out)


def test_rows_are_left_out_and_columns_added_at_once(tmp_path: Path) -> None:
    frame = frame_in(tmp_path)
    whole = rows_of(frame)
    one, other = without(frame, ["L00001", "L10000"]).sha256, without(frame, ["L00002"]).sha256
    made = layered(frame, without=[one, other], added=[scored(frame).sha256])
    assert made is not None
    file = stored(tmp_path, "", made)

    kept = [row for row in whole if row[0] not in {"L00001", "L00002", "L10000"}]
    assert rows_of(file) == [(*row, 10 if row[1] == "棠梨商城" else None) for row in kept]
    assert layered(frame) is None


def test_a_frame_of_which_nothing_remains_and_a_column_that_is_there_are_refused(tmp_path: Path) -> None:
    frame = frame_in(tmp_path)
    with pytest.raises(Invalid) as refused:
        layered(frame, without=[without(frame, [str(row[0]) for row in rows_of(frame)]).sha256])
    assert refused.value.problems[0].code == "nothing_left"
    with pytest.raises(Invalid) as refused:
        layered(frame, added=[scored(frame, "Title").sha256])
    assert [(each.field, each.code) for each in refused.value.problems] == [("Title", "column_doubled")]


# --- campaigns ---


def test_freezing_and_drawing_read_what_is_left(session: Session, cast: Cast, frames: Path) -> None:
    campaign, frame = framed_draft(session, cast, frames, design=ONE)
    whole = campaign.frame_hash
    gone = ["L00000", "L00001", "L00002", "L10003", "L10004"]
    set_layer(session, campaign, EXCLUSIONS, without(frame, gone), by=cast.coordinator, frames=frames, note="近期抽过")
    file, design = file_to_draw(campaign, frames), parse_design(campaign.design)

    assert campaign.frame_sha256 == frame.name.removesuffix(".parquet")
    assert campaign.frame_hash == frame_hash(file, design.reads) != whole
    told_of = session.scalars(sa.select(Event).where(Event.action == "set_exclusions")).one()
    assert (told_of.actor, told_of.details["counts"]) == (cast.coordinator.signature, {"same_product": "5"})
    assert told_of.note_digest
    for move, by in ((SUBMIT, cast.coordinator), (APPROVE, cast.reviewer)):
        perform(session, campaign, move, by=by)
    commit_to(session, campaign, cast, frames)
    drawn(session, campaign, cast, frames)
    assert campaign.seed
    units = sampling.draw(file, design, campaign.seed)
    kept = session.scalars(sa.select(Drawn).order_by(Drawn.stratum, Drawn.role, Drawn.rank)).all()
    assert [unit.listing_id for unit in units] == [each.listing_id for each in kept]
    assert not {each.listing_id for each in kept} & set(gone)
    assert len(units) == 2 + 1 + 2 + 1


@on_sqlite
def test_layers_lie_over_the_whole_frame_whichever_came_first(session: Session, cast: Cast, frames: Path) -> None:
    made = []
    for kinds in ((EXCLUSIONS, SCORES), (SCORES, EXCLUSIONS)):
        campaign, frame = framed_draft(session, cast, frames)
        layers = {EXCLUSIONS: without(frame, ["L00001"]), SCORES: scored(frame)}
        for kind in kinds:
            set_layer(session, campaign, kind, layers[kind], by=cast.coordinator, frames=frames)
        made.append(campaign.drawn_from)
        assert {kind: each.rows for kind, each in layers_of(session, campaign).items()} == {EXCLUSIONS: 1, SCORES: 6}
        assert layers_of(session, campaign)[EXCLUSIONS].rows_by_reason == {"same_product": 1}
    assert made[0] == made[1] is not None

    set_layer(session, campaign, SCORES, None, by=cast.coordinator, frames=frames)
    assert len(rows_of(file_to_draw(campaign, frames))) == 11
    set_layer(session, campaign, EXCLUSIONS, None, by=cast.coordinator, frames=frames)
    assert (campaign.drawn_from, layers_of(session, campaign)) == (None, {})
    set_layer(session, campaign, EXCLUSIONS, without(frame, []), by=cast.coordinator, frames=frames)
    assert (campaign.drawn_from, *layers_of(session, campaign)) == (None, EXCLUSIONS)  # looked for, and none found


@on_sqlite
def test_another_frame_has_none_of_the_layers_of_the_one_before(session: Session, cast: Cast, frames: Path) -> None:
    campaign, frame = framed_draft(session, cast, frames)
    set_layer(session, campaign, EXCLUSIONS, without(frame, ["L00001"]), by=cast.coordinator, frames=frames)
    set_frame(session, campaign, frame_of(frames, per_platform=7), by=cast.coordinator, frames=frames)
    assert (campaign.drawn_from, session.scalars(sa.select(FrameLayer)).all()) == (None, [])
    assert campaign.frame_hash == frame_hash(file_to_draw(campaign, frames), Reads(("platform", "category")))


@on_sqlite
def test_only_who_plans_a_draft_with_a_frame_changes_what_it_is_drawn_from(
    session: Session, cast: Cast, frames: Path
) -> None:
    campaign, frame = framed_draft(session, cast, frames)
    layer = without(frame, ["L00001"])
    with pytest.raises(NotPermitted):
        set_layer(session, campaign, EXCLUSIONS, layer, by=cast.reviewer, frames=frames)
    with pytest.raises(Stale):
        set_layer(session, campaign, EXCLUSIONS, layer, by=cast.coordinator, frames=frames, version=1)
    with pytest.raises(Refused, match="no_frame"):
        set_layer(session, planned(session, cast), EXCLUSIONS, layer, by=cast.coordinator, frames=frames)
    perform(session, campaign, SUBMIT, by=cast.coordinator)
    with pytest.raises(Refused, match="wrong_status"):
        set_layer(session, campaign, EXCLUSIONS, layer, by=cast.coordinator, frames=frames)


@on_sqlite
def test_what_no_campaign_reads_any_more_is_thrown_away_the_day_after(
    session: Session, cast: Cast, frames: Path
) -> None:
    campaign, frame = framed_draft(session, cast, frames)
    for ids in (["L00001"], ["L00002"]):
        set_layer(session, campaign, EXCLUSIONS, without(frame, ids), by=cast.coordinator, frames=frames)
    session.commit()
    sessions, now = sessionmaker(session.get_bind()), datetime.now(UTC)
    there = {each.name for each in frames.iterdir()}
    assert throw_away_unused_layers(sessions, frames, now) == 0
    assert throw_away_unused_layers(sessions, frames, now + timedelta(days=2)) == 2
    gone = there - {each.name for each in frames.iterdir()}
    assert {Path(each).suffix for each in gone} == {".layer", ".drawn", ".json"}
    assert file_to_draw(campaign, frames).is_file()
    set_layer(session, campaign, EXCLUSIONS, without(frame, ["L00001"]), by=cast.coordinator, frames=frames)
    assert len(rows_of(file_to_draw(campaign, frames))) == 11  # it is made again


@on_sqlite
def test_a_drawn_file_that_changed_after_freezing_is_not_drawn(session: Session, cast: Cast, frames: Path) -> None:
    campaign, frame = framed_draft(session, cast, frames)
    set_layer(session, campaign, EXCLUSIONS, without(frame, ["L00001"]), by=cast.coordinator, frames=frames)
    for move, by in ((SUBMIT, cast.coordinator), (APPROVE, cast.reviewer)):
        perform(session, campaign, move, by=by)
    commit_to(session, campaign, cast, frames)
    file_to_draw(campaign, frames).write_bytes(frame.read_bytes())
    with pytest.raises(Refused, match="frame_changed"):
        drawn(session, campaign, cast, frames)


@on_sqlite
def test_anybody_repeats_the_draw_from_the_published_file(client: FlaskClient, session: Session, cast: Cast) -> None:
    frames = told().frames_folder
    campaign, frame = framed_draft(session, cast, frames)
    gone = ["L00001", "L10001", "L10002"]
    set_layer(session, campaign, EXCLUSIONS, without(frame, gone), by=cast.coordinator, frames=frames)
    for move, by in ((SUBMIT, cast.coordinator), (APPROVE, cast.reviewer)):
        perform(session, campaign, move, by=by)
    commit_to(session, campaign, cast, frames)
    drawn(session, campaign, cast, frames)
    for move in (START, CLOSE):
        perform(session, campaign, move, by=cast.coordinator)
    session.commit()

    said: Any = client.get(f"/draws/{campaign.number}.json").json
    published = client.get(said["frame"]).data
    assert hashlib.sha256(published).hexdigest() == said["frame_hash"]
    listed = list(csv.DictReader(io.StringIO(published.decode())))
    assert len(listed) == 9
    assert not {row["listing_id"] for row in listed} & set(gone)
    saved = frames / "frame.csv"
    saved.write_bytes(published)
    again = sampling.draw(saved, parse_design(campaign.design), said["seed"])
    assert [unit.listing_id for unit in again] == [unit["listing_id"] for unit in said["result"]]
