"""Whether an announcement's remark says that the named producer did not make the goods: found, not merely claimed."""

from __future__ import annotations

import re
import unicodedata

# fmt: off
FOUND = r"(?:^|[,:;。!])经(?P<by>[^,:;。!]{0,40}?)(?:核实|核查|查实|查证|确认|认定|鉴定)后?,?(?:确认|认定)?"
GOODS = r"(?:该|此|上述|涉案|抽检|本)(?:批次|批)?的?(?:产品|商品|样品|食品|货物)"
WHO   = r"(?P<who>[^,:;。!、的]{2,60}?)"
ENDS  = r"(?=[,;。!]|$)"
DENIALS = [re.compile(FOUND + denial + ENDS) for denial in (
    rf"{GOODS}[与和同跟]{WHO}(?:没有|并无|无)(?:任何)?(?:关系|关联|联系)",
    rf"{GOODS}(?:并非|不是|非)由?{WHO}所?(?:受托|委托)?(?:生产|制造|加工|出品)的?(?:产品)?",
    rf"{GOODS}(?:并非|不是|非)(?:来自|源自|出自){WHO}",
    rf"{WHO}(?:从未|未曾|未|没有)(?:受托|委托)?(?:生产|制造|加工)过?{GOODS}",
    rf"{GOODS}(?:系|属于?|为)(?:假冒|冒用|仿冒){WHO}的?(?:产品|商品|食品)",
)]
AUTHORITY = re.compile(r"(?:局|部门|委员会|机关|院)(?:调查|检查|现场|进一步|协查)?$")
NOT_YET   = re.compile(r"[未待尚拟]|无法|正在|初步|不能")
PRODUCER  = re.compile(
    r"(?:标称)?的?(?:生产(?:企业|单位|厂家|厂商|厂|商|者|方|公司)"
    r"|(?:受委托|被委托|受托|委托|出品|制造)(?:生产)?(?:企业|单位|厂家|商|者|方|公司))"
)
# fmt: on
SHORTEST_NAME = 4  # characters: 公司 alone stands in every producer's cell


def says_the_product_is_not_theirs(remark: str, producer: str) -> bool:
    """Whether `remark` tells of a successful authenticity objection by `producer`, the row's own cell.

    Three things must stand in one sentence, in this order and with nothing between: an authority has found it
    (经…局核实); the goods themselves are meant (该批次产品), not why they failed; and who has nothing to do with
    them is the named producer, by role (标称生产企业) or by a name that the cell holds. What a company says of itself,
    what is still looked into, a seller or a platform that is meant: all of that is none. A denial that is not
    recognised costs the mark `producer_denies` and nothing else: the remark itself is published as it stands.

    Source of the phrasings: notes in the market regulator's announcements of 2019.
    """
    text, cell = squeezed(remark), squeezed(producer)
    found = (match for denial in DENIALS for match in denial.finditer(text))
    return any(was_found_by_an_authority(match["by"]) and is_producer(match["who"], cell) for match in found)


def was_found_by_an_authority(by: str) -> bool:
    """`by` is what stands between 经 and 核实; nothing there means the authority that announces."""
    return not by or (AUTHORITY.search(by) is not None and NOT_YET.search(by) is None)


def is_producer(who: str, cell: str) -> bool:
    name = PRODUCER.sub("", who, count=1) if PRODUCER.match(who) else who.removeprefix("标称")
    return not name or (len(name) >= SHORTEST_NAME and name in cell)


def squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
