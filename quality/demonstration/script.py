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


def flux(value: str, uncertainty: str) -> ResultEntry:
    return ResultEntry(FLUX, value, "kG²mm²", uncertainty)


def phthalates(value: str, uncertainty: str) -> ResultEntry:
    return ResultEntry(PHTHALATES, value, "%", uncertainty)


def lead(value: str, uncertainty: str) -> ResultEntry:
    return ResultEntry(LEAD, value, "mg/kg", uncertainty)


NO_LEAD     = ResultEntry(LEAD, "未检出", "mg/kg", lod="0.5")
NO_SOFTENER = ResultEntry(PHTHALATES, "<0.003", "%", lod="0.003")
MUCH_BARIUM = ResultEntry(BARIUM, "948", "mg/kg", "71")  # meets the limit by less than U: passes conditionally
BARIUM_LOW  = ResultEntry(BARIUM, "112", "mg/kg", "9")
STAYS_WHOLE = ResultEntry(SMALL_PARTS, "符合")
COMES_APART = ResultEntry(SMALL_PARTS, "不符合")

WEAK_MAGNETS:     Measured = (flux("31.6", "2.4"), lead("12.4", "1.9"), STAYS_WHOLE)
STRONG_MAGNETS:   Measured = (flux("128", "9"), NO_LEAD, COMES_APART)
STRONGER_MAGNETS: Measured = (flux("211", "15"), lead("3.1", "0.5"), STAYS_WHOLE)
LOOSE_MAGNETS:    Measured = (flux("96.5", "7"), NO_LEAD, COMES_APART)
ARGUED_OVER:      Measured = (flux("58.2", "4.1"), lead("8.8", "1.3"), STAYS_WHOLE)
CLEAN:            Measured = (NO_SOFTENER, NO_LEAD, MUCH_BARIUM, STAYS_WHOLE)
SOFTENED:         Measured = (phthalates("0.23", "0.02"), lead("12.4", "1.9"), BARIUM_LOW, STAYS_WHOLE)
JUST_SOFTENED:    Measured = (phthalates("0.108", "0.012"), NO_LEAD, BARIUM_LOW, STAYS_WHOLE)  # fails conditionally
LEADED:           Measured = (NO_SOFTENER, lead("186", "14"), MUCH_BARIUM, STAYS_WHOLE)
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
        Story(measured=STRONG_MAGNETS, finding=CONFIRMED, notice="answered in part", listing=ItemStatus.VERIFIED),
        Story(measured=STRONGER_MAGNETS, finding=CONFIRMED, notice="answered in part", listing=ItemStatus.CLAIMED),
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
        Story(measured=JUST_SOFTENED, finding=CONFIRMED, notice="not sent"),
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
