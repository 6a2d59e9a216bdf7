"""What becomes of each drawn listing, as a table: how far it has come, what was measured, what the platform did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from quality.campaigns.operations import ItemPlan
from quality.demonstration.people import LABORATORY, ORGANISATIONS, PLATFORM, SECOND_LABORATORY, SECOND_PLATFORM
from quality.lab.models import FindingStatus
from quality.lab.operations import ResultEntry
from quality.notices.models import ItemStatus, NoticeKind, NoticeStatus
from quality.purchases.models import SampleStatus, TaskStatus

MAGNETIC, SOFT = "磁性玩具", "软胶玩具"
FLUX, PHTHALATES, LEAD, BARIUM, SMALL_PARTS = (
    "磁通量指数", "邻苯二甲酸酯总量", "可迁移元素：铅", "可迁移元素：钡", "小零件",
)  # fmt: skip
A_STRATUM = 5  # listings drawn in each, as many as the script has lines for
RESERVE = 2

# fmt: off
ITEMS = [  # the limits of GB 6675.1 to 6675.4 (2014)
    ItemPlan(FLUX,        "＜50 kG²mm²", "GB 6675.2—2014，5.25", "non_binary", "GB 6675.2—2014，4.21", MAGNETIC),
    ItemPlan(PHTHALATES,  "≤0.1 %",      "GB/T 22048—2015",      "non_binary", "GB 6675.1—2014，5.3.7", SOFT),
    ItemPlan(LEAD,        "≤90 mg/kg",   "GB 6675.4—2014",       "non_binary", "GB 6675.4—2014，4"),
    ItemPlan(BARIUM,      "≤1000 mg/kg", "GB 6675.4—2014",       "non_binary", "GB 6675.4—2014，4", SOFT),
    ItemPlan(SMALL_PARTS, "符合",        "GB 6675.2—2014，5.2",  "simple",     "GB 6675.2—2014，4.4"),
]

Measured = tuple[ResultEntry, ...]
TRACES  = ResultEntry(LEAD, "未检出", "mg/kg", lod="0.5")
WHOLE   = ResultEntry(SMALL_PARTS, "符合")
NONE    = ResultEntry(PHTHALATES, "<0.003", "%", lod="0.003")
BARELY  = ResultEntry(BARIUM, "948", "mg/kg", "71")  # within U of the limit: passes conditionally
LITTLE  = ResultEntry(BARIUM, "112", "mg/kg", "9")

WEAK_MAGNETS:    Measured = (ResultEntry(FLUX, "31.6", "kG²mm²", "2.4"), ResultEntry(LEAD, "12.4", "mg/kg", "1.9"), WHOLE)
STRONG_MAGNETS:  Measured = (ResultEntry(FLUX, "128", "kG²mm²", "9"), TRACES, ResultEntry(SMALL_PARTS, "不符合"))
STRONGER_ONES:   Measured = (ResultEntry(FLUX, "211", "kG²mm²", "15"), ResultEntry(LEAD, "3.1", "mg/kg", "0.5"), WHOLE)
LOOSE_MAGNETS:   Measured = (ResultEntry(FLUX, "96.5", "kG²mm²", "7"), TRACES, ResultEntry(SMALL_PARTS, "不符合"))
ARGUED_OVER:     Measured = (ResultEntry(FLUX, "58.2", "kG²mm²", "4.1"), ResultEntry(LEAD, "8.8", "mg/kg", "1.3"), WHOLE)
CLEAN:           Measured = (NONE, TRACES, BARELY, WHOLE)
SOFTENED:        Measured = (ResultEntry(PHTHALATES, "0.23", "%", "0.02"), ResultEntry(LEAD, "12.4", "mg/kg", "1.9"), LITTLE, WHOLE)
BARELY_SOFTENED: Measured = (ResultEntry(PHTHALATES, "0.108", "%", "0.012"), TRACES, LITTLE, WHOLE)
LEADED:          Measured = (NONE, ResultEntry(LEAD, "186", "mg/kg", "14"), BARELY, WHOLE)
# fmt: on


@dataclass(frozen=True, kw_only=True)
class Story:
    """How far one drawn listing has come: what is left out has not happened to it yet."""

    task: TaskStatus = TaskStatus.SEALED
    sample: SampleStatus = SampleStatus.CONCLUDED
    measured: Measured = ()
    finding: FindingStatus | None = None
    is_objected_to: bool = False
    notice: str = ""  # the key in NOTICES
    listing: ItemStatus = ItemStatus.OPEN
    is_published: bool = False


class NoticeStory(NamedTuple):
    kind: NoticeKind
    goes_as_far_as: NoticeStatus


NOTICES = {
    "answered in part": NoticeStory(NoticeKind.ORDER, NoticeStatus.ACKNOWLEDGED),
    "done": NoticeStory(NoticeKind.NOTICE, NoticeStatus.CLOSED),
    "not sent": NoticeStory(NoticeKind.ORDER, NoticeStatus.IN_REVIEW),
}
CONFIRMED, PROPOSED = FindingStatus.CONFIRMED, FindingStatus.PROPOSED


def stratum(platform: str, category: str) -> str:
    return f"{ORGANISATIONS[platform][1]}/{category}"


SCRIPT = {  # stratum → what becomes of its main units, by rank
    stratum(PLATFORM, MAGNETIC): [
        Story(
            measured=STRONG_MAGNETS, finding=CONFIRMED, notice="answered in part", listing=ItemStatus.VERIFIED
        ),
        Story(measured=STRONGER_ONES, finding=CONFIRMED, notice="answered in part", listing=ItemStatus.CLAIMED),
        Story(measured=LOOSE_MAGNETS, finding=CONFIRMED, notice="answered in part", listing=ItemStatus.RETURNED),
        Story(measured=ARGUED_OVER, finding=CONFIRMED, notice="answered in part", is_objected_to=True),
        Story(sample=SampleStatus.REPORTED, measured=WEAK_MAGNETS, finding=PROPOSED),
    ],
    stratum(PLATFORM, SOFT): [
        Story(measured=CLEAN, finding=CONFIRMED, is_published=True),
        Story(task=TaskStatus.UNOBTAINABLE),
        Story(sample=SampleStatus.SEALED),
        Story(sample=SampleStatus.DISPATCHED),
        Story(sample=SampleStatus.REFUSED_BY_LAB),
    ],
    stratum(SECOND_PLATFORM, SOFT): [
        Story(measured=SOFTENED, finding=CONFIRMED, notice="done", listing=ItemStatus.VERIFIED, is_published=True),
        Story(measured=BARELY_SOFTENED, finding=CONFIRMED, notice="not sent"),
        Story(sample=SampleStatus.TESTING, measured=LEADED),
        Story(sample=SampleStatus.AT_LAB),
        Story(sample=SampleStatus.REPORTED, measured=CLEAN),
    ],
    stratum(SECOND_PLATFORM, MAGNETIC): [
        Story(task=TaskStatus.TRANSFERRED_UNTESTED),
        Story(task=TaskStatus.RECEIVED),
        Story(task=TaskStatus.ORDERED),
        Story(task=TaskStatus.ASSIGNED),
        Story(task=TaskStatus.PLANNED),
    ],
}
STAND_IN = Story(task=TaskStatus.SHIPPED)  # of a reserve that took the place of an unobtainable listing
TESTED_BY = {ORGANISATIONS[PLATFORM][1]: LABORATORY, ORGANISATIONS[SECOND_PLATFORM][1]: SECOND_LABORATORY}
