"""Where the agency looks first: complaints of consumers, its own weights, and one plan that is drawn by scores."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from quality.campaigns.models import Campaign
from quality.core import clock
from quality.demonstration.days import spread
from quality.demonstration.listings import Row, listing
from quality.demonstration.people import PLATFORMS
from quality.demonstration.plans import Plan
from quality.demonstration.stage import Stage
from quality.demonstration.timeline import day_of
from quality.targeting.risk.complaints.columns import COMPLAINTS, KINDS
from quality.targeting.risk.complaints.uploads import take_in
from quality.targeting.risk.editions import set_weights
from quality.targeting.risk.operations import score
from quality.targeting.risk.scores import Part
from quality.targeting.risk.weights import FIRST
from quality.workbooks.keeping import read_at_once

NAME = "12315投诉举报.csv"
MANY = 18  # complaints, a third of them on one shop
MORE_ON_COMPLAINTS = "近期充电器投诉增多：投诉一项加5分，销量一项减5分；分段起点相应提高。"


def target(stage: Stage, campaign: Campaign, plan: Plan) -> None:
    """What consumers said is taken in, the weights are set, and the plan's frame is scored."""
    table = io.BytesIO(complaints(plan).encode())
    take_in(stage.session, read_at_once(table, NAME, COMPLAINTS).rows, NAME, by=stage.coordinator, only_good=False)
    points = {**FIRST.points, Part.COMPLAINTS: 30, Part.SALES: 5}
    set_weights(
        stage.session,
        FIRST._replace(points=points, edges=(30, 45)),
        MORE_ON_COMPLAINTS,
        by=stage.coordinator,
        edition=0,
    )
    score(stage.session, campaign, by=stage.coordinator, frames=stage.settings.frames_folder)


def complaints(plan: Plan) -> str:
    """As a hotline exports them: some name the listing, some the shop only."""
    out, today = io.StringIO(), day_of(clock.now())
    written = csv.writer(out)
    written.writerow(COMPLAINTS.headings)
    rows = [listing(plan.key, platform, plan.categories[0], place) for platform in PLATFORMS for place in range(MANY)]
    worst = rows[0]["shop_id"]
    some = [row for row in rows if row["shop_id"] == worst][: MANY // 3]
    some += rows[1 :: max(1, len(rows) // (MANY - len(some)))][: MANY - len(some)]
    for number, row in enumerate(some, 1):
        said: Row = {"platform": row["platform"], "listing_id": row["listing_id"] if number % 3 else ""}
        received = today - timedelta(days=3 + spread(f"complaint {number}", 150))
        kind = list(KINDS)[spread(f"complaint {number}, kind", len(KINDS))]
        reference = f"TS{received:%Y%m%d}{number:04}"
        written.writerow([reference, received.isoformat(), said["platform"], said["listing_id"], row["shop_id"],
                          row["barcode"], kind])  # fmt: skip
    return out.getvalue()
