"""Listings elsewhere that are like a tested one: in a frame that is imported later, found by the job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.frame import import_frame
from quality.campaigns.operations import set_frame
from quality.core import clock
from quality.lab.models import Finding
from quality.likeness.jobs import look_for_alike
from quality.likeness.models import Alike, Decision
from quality.likeness.queries import of_finding
from quality.notices.models import Notice
from quality.notices.operations import Choice, decide
from tests.harness.campaigns import planned
from tests.harness.people import Cast
from tests.harness.purchases import FACTS, settings

BARCODE = FACTS.barcode
# What is on sale of it: the product by its barcode on both platforms, by its names, and the seller's under another name
SHELF = [
    {"listing_id": "A1", "platform": "青禾集市", "barcode": BARCODE, "shop_id": "Q1", "shop_name": "青青玩具",
     "title": "磁力棒 64 件"},
    {"listing_id": "A2", "platform": "棠梨商城", "barcode": BARCODE, "shop_id": "T9", "shop_name": "豆丁店",
     "title": "磁力棒 特价"},
    {"listing_id": "A3", "platform": "青禾集市", "brand": "小满", "model": "ＣＬ-64", "shop_id": "Q2",
     "shop_name": "云朵店", "title": "磁力积木", "producer_name": "云州市童乐玩具厂"},
    {"listing_id": "A4", "platform": "青禾集市", "shop_id": "Q3", "shop_name": "小满 童品旗舰店", "title": "积木"},
    {"listing_id": "A5", "platform": "青禾集市", "shop_id": "Q4", "shop_name": "无关店", "title": "跳棋"},
]  # fmt: skip


def shelve(session: Session, cast: Cast, rows: list[dict[str, str]] = SHELF, **changed: Any) -> None:
    """A later campaign of the agency, whose frame has these listings."""
    folder = Path(settings().frames_folder)
    columns = [
        "listing_id",
        "platform",
        "category",
        *sorted({key for row in rows for key in row} - {"listing_id", "platform"}),
    ]
    lines = [",".join((row | {"category": "儿童玩具"}).get(column, "") for column in columns) for row in rows]
    source = folder / "shelf.csv"
    source.write_text("\n".join([",".join(columns), *lines]), encoding="utf-8")
    campaign = planned(
        session, cast, design={"strata": ["platform"], "allocation": {"method": "equal", "n": 2}}, **changed
    )
    set_frame(session, campaign, import_frame(source, folder), by=cast.coordinator, frames=folder)


def look(session: Session) -> int:
    session.commit()
    made = look_for_alike(sessionmaker(session.get_bind()), settings().frames_folder, clock.now())
    session.expire_all()
    return made


def alike_to(session: Session, cast: Cast, finding: Finding) -> dict[str, Alike]:
    """What is on the shelf of the finding's product and seller, by the listings' ids."""
    shelve(session, cast)
    look(session)
    return {each.listing_id: each for each in of_finding(session, finding) if each.listing_id.startswith("A")}


def confirmed_for(session: Session, cast: Cast, notice: Notice) -> Alike:
    """A listing of the notice's platform that is like the first on it, and may be put on."""
    found = alike_to(session, cast, notice.items[0].finding)
    like_it = next(each for each in found.values() if each.platform_id == notice.platform_id)
    decide(session, [Choice(like_it, 1)], Decision.CONFIRMED, by=cast.coordinator)
    return like_it
