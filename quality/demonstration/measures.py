"""What is tested of each category, against which limit, and what laboratories measured."""

from __future__ import annotations

from quality.campaigns.operations import ItemPlan
from quality.demonstration.days import spread
from quality.lab.operations import ResultEntry

PLUSH, PLASTIC, MAGNETIC = "毛绒布制玩具", "塑胶玩具", "磁性玩具"
TOPS, TROUSERS = "儿童上衣", "儿童裤装"
CHARGERS, BRUSHES = "手机充电器", "儿童电动牙刷"
PENCILS, GLUES = "彩色铅笔", "胶粘剂与橡皮"

FLUX, PHTHALATES, LEAD, BARIUM, SMALL_PARTS = (
    "磁通量指数", "邻苯二甲酸酯总量", "可迁移元素：铅", "可迁移元素：钡", "小零件",
)  # fmt: skip
FORMALDEHYDE, ACIDITY, CORDS, FASTNESS = "甲醛含量", "pH值", "绳带要求", "耐湿摩擦色牢度"
TOUCH, WITHSTAND, MARKING, TUFTS, SHOCK = "接触电流", "抗电强度", "标记和说明", "毛束强度", "防触电保护"
BENZENE, SWALLOWED = "苯", "小零件（仿食品形）"

# fmt: off
TOY_ITEMS = [
    ItemPlan(FLUX,         "＜50 kG²mm²", "GB 6675.2—2014，5.25", "non_binary", "GB 6675.2—2014，4.21", MAGNETIC),
    ItemPlan(PHTHALATES,   "≤0.1 %",      "GB/T 22048—2015",      "non_binary", "GB 6675.1—2014，5.3.7", PLASTIC),
    ItemPlan(BARIUM,       "≤1000 mg/kg", "GB 6675.4—2014",       "non_binary", "GB 6675.4—2014，4", PLASTIC),
    ItemPlan(LEAD,         "≤90 mg/kg",   "GB 6675.4—2014",       "non_binary", "GB 6675.4—2014，4"),
    ItemPlan(SMALL_PARTS,  "符合",        "GB 6675.2—2014，5.2",  "simple",     "GB 6675.2—2014，4.4"),
]
CLOTHES_ITEMS = [
    ItemPlan(FORMALDEHYDE, "≤75 mg/kg",   "GB/T 2912.1—2009",     "non_binary", "GB 31701—2015，5.1"),
    ItemPlan(ACIDITY,      "4.0～8.5",    "GB/T 7573—2009",       "simple",     "GB 31701—2015，5.1"),
    ItemPlan(FASTNESS,     "≥3 级",       "GB/T 3920—2008",       "simple",     "GB 31701—2015，5.1"),
    ItemPlan(CORDS,        "符合",        "GB/T 22705—2019",      "simple",     "GB 31701—2015，5.4"),
]
ELECTRIC_ITEMS = [
    ItemPlan(TOUCH,        "≤0.25 mA",    "GB 4943.1—2022，5.7",  "non_binary", "GB 4943.1—2022，5.2.2", CHARGERS),
    ItemPlan(WITHSTAND,    "符合",        "GB 4943.1—2022，5.4.9", "simple",    "GB 4943.1—2022，5.4.9", CHARGERS),
    ItemPlan(MARKING,      "符合",        "GB 4943.1—2022，附录F", "simple",    "GB 4943.1—2022，4.1.15", CHARGERS),
    ItemPlan(TUFTS,        "≥15 N",       "GB 30002—2013，5.4",   "non_binary", "GB 30002—2013，4.4", BRUSHES),
    ItemPlan(SHOCK,        "符合",        "GB 4706.1—2005，8",    "simple",     "GB 4706.59—2008，8", BRUSHES),
    ItemPlan(LEAD,         "≤90 mg/kg",   "GB 6675.4—2014",       "non_binary", "GB 30002—2013，4.2", BRUSHES),
]
STATIONERY_ITEMS = [
    ItemPlan(LEAD,         "≤90 mg/kg",   "GB 21027—2020，5.1",   "non_binary", "GB 21027—2020，4.1"),
    ItemPlan(BENZENE,      "≤0.2 g/kg",   "GB 18583—2008，附录B", "non_binary", "GB 21027—2020，4.3", GLUES),
    ItemPlan(SWALLOWED,    "符合",        "GB 6675.2—2014，5.2",  "simple",     "GB 21027—2020，4.6", GLUES),
]

FEES = {  # fen, of one sample
    FLUX: 12_000, PHTHALATES: 38_000, LEAD: 16_000, BARIUM: 16_000, SMALL_PARTS: 8_000,
    FORMALDEHYDE: 9_000, ACIDITY: 4_000, CORDS: 6_000, FASTNESS: 6_000,
    TOUCH: 18_000, WITHSTAND: 12_000, MARKING: 5_000, TUFTS: 9_000, SHOCK: 10_000,
    BENZENE: 22_000, SWALLOWED: 8_000,
}  # fmt: skip

Measured = tuple[ResultEntry, ...]


def flux(value: str, u: str) -> ResultEntry:
    return ResultEntry(FLUX, value, "kG²mm²", u)


def phthalates(value: str, u: str) -> ResultEntry:
    return ResultEntry(PHTHALATES, value, "%", u)


def barium(value: str, u: str) -> ResultEntry:
    return ResultEntry(BARIUM, value, "mg/kg", u)


def lead(value: str, u: str) -> ResultEntry:
    return ResultEntry(LEAD, value, "mg/kg", u)


def formaldehyde(value: str, u: str) -> ResultEntry:
    return ResultEntry(FORMALDEHYDE, value, "mg/kg", u)


def touch(value: str, u: str) -> ResultEntry:
    return ResultEntry(TOUCH, value, "mA", u)


def tufts(value: str, u: str) -> ResultEntry:
    return ResultEntry(TUFTS, value, "N", u)


def benzene(value: str, u: str) -> ResultEntry:
    return ResultEntry(BENZENE, value, "g/kg", u)


def acidity(value: str) -> ResultEntry:
    return ResultEntry(ACIDITY, value)


def fastness(value: str) -> ResultEntry:
    return ResultEntry(FASTNESS, value, "级")


NO_LEAD         = ResultEntry(LEAD, "未检出", "mg/kg", lod="0.5")
NO_SOFTENER     = ResultEntry(PHTHALATES, "<0.003", "%", lod="0.003")
NO_FORMALDEHYDE = ResultEntry(FORMALDEHYDE, "未检出", "mg/kg", lod="20")
NO_BENZENE      = ResultEntry(BENZENE, "<0.02", "g/kg", lod="0.02")


def met(item: str) -> ResultEntry:
    return ResultEntry(item, "符合")


def not_met(item: str) -> ResultEntry:
    return ResultEntry(item, "不符合")


WHOLE, SAFE_CORDS = met(SMALL_PARTS), met(CORDS)
ELECTRIC, GOOD_BRUSH = (met(WITHSTAND), met(MARKING)), (met(SHOCK), NO_LEAD)

MEASURED: dict[str, dict[str, list[Measured]]] = {  # by category and outcome; of several one is taken by the listing
    PLUSH: {
        "clean": [(NO_LEAD, WHOLE), (lead("3.2", "0.5"), WHOLE), (lead("8.6", "1.1"), WHOLE)],
        "near":  [(lead("84", "9"), WHOLE)],
        "fails": [(NO_LEAD, not_met(SMALL_PARTS)), (lead("6.1", "0.9"), not_met(SMALL_PARTS))],
    },
    PLASTIC: {
        "clean": [(NO_SOFTENER, barium("112", "9"), NO_LEAD, WHOLE),
                  (phthalates("0.012", "0.002"), barium("64", "6"), lead("12.4", "1.9"), WHOLE)],
        "near":  [(phthalates("0.094", "0.011"), barium("948", "71"), lead("12.4", "1.9"), WHOLE)],
        "just":  [(phthalates("0.108", "0.012"), barium("310", "24"), NO_LEAD, WHOLE)],
        "fails": [(phthalates("0.23", "0.02"), barium("948", "71"), lead("12.4", "1.9"), WHOLE),
                  (phthalates("4.7", "0.4"), barium("205", "17"), lead("21", "3"), WHOLE),
                  (NO_SOFTENER, barium("420", "33"), lead("186", "14"), WHOLE)],
    },
    MAGNETIC: {
        "clean": [(flux("31.6", "2.4"), lead("12.4", "1.9"), WHOLE), (flux("12.8", "1.1"), NO_LEAD, WHOLE)],
        "near":  [(flux("48.9", "3.6"), NO_LEAD, WHOLE)],
        "just":  [(flux("52.4", "3.9"), lead("8.8", "1.3"), WHOLE)],
        "fails": [(flux("128", "9"), NO_LEAD, not_met(SMALL_PARTS)), (flux("211", "15"), lead("3.1", "0.5"), WHOLE),
                  (flux("96.5", "7"), NO_LEAD, not_met(SMALL_PARTS))],
    },
    TOPS: {
        "clean": [(NO_FORMALDEHYDE, acidity("6.8"), fastness("4"), SAFE_CORDS),
                  (formaldehyde("24", "3"), acidity("7.2"), fastness("3"), SAFE_CORDS)],
        "near":  [(formaldehyde("71", "6"), acidity("7.9"), fastness("3"), SAFE_CORDS)],
        "fails": [(NO_FORMALDEHYDE, acidity("7.0"), fastness("4"), not_met(CORDS)),
                  (formaldehyde("96", "7"), acidity("7.1"), fastness("3"), SAFE_CORDS)],
    },
    TROUSERS: {
        "clean": [(NO_FORMALDEHYDE, acidity("7.1"), fastness("4"), SAFE_CORDS),
                  (formaldehyde("31", "4"), acidity("6.4"), fastness("3"), SAFE_CORDS)],
        "near":  [(formaldehyde("70", "6"), acidity("8.4"), fastness("3"), SAFE_CORDS)],
        "fails": [(NO_FORMALDEHYDE, acidity("9.1"), fastness("2"), SAFE_CORDS),
                  (NO_FORMALDEHYDE, acidity("7.4"), fastness("3"), not_met(CORDS))],
    },
    CHARGERS: {
        "clean": [(touch("0.08", "0.01"), *ELECTRIC), (touch("0.11", "0.01"), *ELECTRIC)],
        "near":  [(touch("0.24", "0.02"), *ELECTRIC)],
        "fails": [(touch("0.62", "0.04"), not_met(WITHSTAND), met(MARKING)),
                  (touch("0.19", "0.02"), not_met(WITHSTAND), not_met(MARKING))],
    },
    BRUSHES: {
        "clean": [(tufts("21.4", "1.2"), *GOOD_BRUSH), (tufts("18.9", "1.0"), *GOOD_BRUSH)],
        "near":  [(tufts("15.6", "0.9"), *GOOD_BRUSH)],
        "fails": [(tufts("11.2", "0.8"), met(SHOCK), NO_LEAD), (tufts("12.6", "0.8"), not_met(SHOCK), NO_LEAD)],
    },
    PENCILS: {
        "clean": [(lead("4.4", "0.6"),), (NO_LEAD,)],
        "fails": [(lead("142", "11"),)],
    },
    GLUES: {
        "clean": [(NO_LEAD, NO_BENZENE, met(SWALLOWED))],
        "fails": [(NO_LEAD, benzene("0.61", "0.05"), met(SWALLOWED))],
    },
}
# fmt: on


def measured(category: str, outcome: str, key: str) -> Measured:
    """What the laboratory reads of this sample: one of the known ways to come out so."""
    known = MEASURED[category].get(outcome) or MEASURED[category]["clean"]
    return known[spread(f"{key}, measured", len(known))]


def measured_again(category: str, key: str, items: list[str], *, confirms: bool) -> Measured:
    """What the second laboratory finds of the disputed items: much the same, or a conforming product."""
    first = measured(category, "fails" if confirms else "clean", key)
    return tuple(entry for entry in first if entry.item in items)
