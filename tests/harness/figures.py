"""Closed campaigns by their counts, as if they had been counted: for what is worked out of them, and its pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from quality.figures.survival import Spell
from quality.publication.counting import Counted, RegionCount, StratumCount, UnitCount, as_kept
from quality.publication.figures import keep
from quality.publication.models import FiguresKind
from quality.statistics import takedowns
from quality.statistics.takedowns import Takedowns

HANDED_OVER = "transferred_untested"
Counts = tuple[str, int, int, int]  # platform, its listings, tested, nonconforming
NAMES = {"TL": "棠梨商城", "LM": "鹿鸣优选", "CY": "川野小店"}
# DOMAIN §4, as R `survey` has them of its schools (apistrat by type, N and "sch.wide")
DOMAIN: list[Counts] = [("TL", 4421, 100, 91), ("LM", 1018, 50, 35), ("CY", 755, 50, 26)]


def stratum(counts: Counts, name: str = "", untested: dict[str, int] | None = None) -> StratumCount:
    platform, size, tested, bad = counts
    lost = sum((untested or {}).values())
    return StratumCount(
        name or platform, platform, size, tested + lost, tested + lost, tested, bad, 0, 0, untested or {}
    )


def counted(
    strata: Sequence[Counts],
    *,
    number: str = "C-YZ-2026-0001",
    kind: str = "probability",
    category: str = "儿童玩具",
    ended_on: date = date(2026, 8, 31),
    units: Sequence[UnitCount] = (),
    regions: Sequence[RegionCount] = (),
    untested: dict[str, int] | None = None,
) -> Counted:
    """`untested` were bought in the first stratum."""
    made = [stratum(each, untested=untested if place == 0 else None) for place, each in enumerate(strata)]
    bad = sum(each.nonconforming for each in made)
    return Counted(
        number=number,
        title=f"{category}买样抽检",
        kind=kind,
        category=category,
        agency="云州市市场监督管理局",
        ended_on=ended_on,
        strata=tuple(made),
        units=tuple(units),
        regions=tuple(regions),
        platforms={code: NAMES[code] for code in sorted({each.platform for each in made})},
        why={"delisted": 2},
        told=bad,
        said=bad,
        seen=max(bad - 1, 0),
    )


def kept(session: Session, *found: Counted) -> None:
    for each in found:
        now = datetime(2026, 9, 1, tzinfo=UTC)
        keep(session, (FiguresKind.CAMPAIGN, each.number), as_kept(each), now, each.ended_on)
    session.commit()


def some_figures(session: Session, number: str = "C-YZ-2026-0001") -> None:
    """The three strata of the domain, one category in two quarters, one campaign by risk, one too small, takedowns."""
    regions = [RegionCount("云州市", "TL", 30, 3), RegionCount("临浦市", "LM", 3, 1)]
    kept(
        session,
        counted(DOMAIN, number=number, regions=regions),
        counted([("TL", 9000, 224, 29)], number="C-YZ-2026-0092", category="食品", untested={HANDED_OVER: 54}),
        counted([("TL", 900, 80, 48)], number="C-YZ-2026-0093", category="食品", ended_on=date(2026, 4, 1)),
        counted([("TL", 900, 60, 8)], number="C-YZ-2026-0094", kind="risk_targeted"),
        counted([("TL", 900, 4, 4)], number="C-YZ-2026-0095", category="文具"),
    )
    spells = (*(Spell(hours, True) for hours in (2, 9, 20, 30, 50)), Spell(200, False))
    told = takedowns.as_kept(Takedowns("TL", "棠梨商城", spells, spells[1:]))
    keep(session, (FiguresKind.TAKEDOWNS, "TL"), told, datetime(2026, 9, 2, tzinfo=UTC))
    session.commit()
