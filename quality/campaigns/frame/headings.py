"""Columns of a frame, and the headings that mean them in either language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _

# fmt: off
COLUMNS: dict[str, tuple[str, ...]] = {
    "listing_id":       ("商品编号", "商品ID", "商品编码", "链接编号"),
    "platform":         ("平台", "平台名称", "电商平台"),
    "category":         ("类别", "品类", "商品类别", "产品类别"),
    "shop_id":          ("店铺编号", "店铺ID"),
    "shop_name":        ("店铺", "店铺名称", "网店名称"),
    "title":            ("商品名称", "商品标题", "标题"),
    "url":              ("链接", "商品链接", "网址", "链接地址", "listing_url"),
    "region":           ("地区", "所在地", "发货地"),
    "price_fen":        ("价格(分)", "单价(分)"),
    "price_yuan":       ("价格", "价格(元)", "单价", "单价(元)"),
    "monthly_sales":    ("月销量", "销量"),
    "shop_uscc":        ("统一社会信用代码", "店铺统一社会信用代码"),
    "barcode":          ("条码", "商品条码"),
    "brand":            ("品牌", "商标"),
    "model":            ("型号", "规格型号"),
    "spec":             ("规格",),
    "producer_name":    ("生产者", "生产企业", "生产单位", "生产者名称", "producer"),
    "producer_address": ("生产者地址", "生产企业地址", "生产单位地址"),
    "picture_hash":     ("主图哈希", "商品主图哈希"),  # 16 hexadecimal digits: the 64 bits of a dHash
}
CALLED: dict[str, Text] = {
    "listing_id":       _("number of the listing"),
    "platform":         _("platform"),
    "category":         _("category"),
    "shop_id":          _("number of the shop"),
    "shop_name":        _("name of the shop"),
    "title":            _("title of the listing"),
    "url":              _("address of the listing"),
    "region":           _("region"),
    "price_fen":        _("price"),
    "price_yuan":       _("price"),
    "monthly_sales":    _("monthly sales"),
    "shop_uscc":        _("credit code of the shop"),
    "barcode":          _("barcode"),
    "brand":            _("brand"),
    "model":            _("model"),
    "spec":             _("specification"),
    "producer_name":    _("name of the producer"),
    "producer_address": _("address of the producer"),
    "picture_hash":     _("hash of the main picture"),
}
# fmt: on
REQUIRED = ("listing_id", "platform", "category")
KEPT = tuple(column for column in COLUMNS if column != "price_yuan")  # yuan are kept as fen
MOST_COLUMNS = 200
OWN, LEFT_OUT = "", "-"  # what a heading may mean besides: its own name, or nothing that is kept
NOTHING: Mapping[str, str] = MappingProxyType({})
TO_MEND = "明察：要改的地方 To mend"  # the column that a dry run puts before all others; read again, it says nothing


def _written_alike(heading: str) -> str:
    """Without differences that the eye does not see: width, case, blanks, underscores."""
    return re.sub(r"[\s_\ufeff]", "", unicodedata.normalize("NFKC", heading)).casefold()


_MEANINGS = {_written_alike(word): column for column, words in COLUMNS.items() for word in (column, *words)}


def meaning(heading: str) -> str | None:
    """The column that a heading means, or None where it is the source's own."""
    return _MEANINGS.get(_written_alike(heading))


def column_called(column: str) -> Text:
    """In the language of the reader, beside what the file calls it; a column of the source's own has one name only."""
    if column not in CALLED:
        return column
    return _("%(name)s (%(heading)s)", name=CALLED[column], heading=column)


def is_ours(heading: str) -> bool:
    return _written_alike(heading) == _written_alike(TO_MEND)


def column_of(heading: str, mapping: Mapping[str, str] = NOTHING) -> str:
    """The column that a heading means, as somebody said of it in `mapping`, or by itself; "" where nothing is kept."""
    if is_ours(heading):
        return ""
    said = mapping.get(heading.strip())
    if said is None:
        return meaning(heading) or heading.strip()
    return "" if said == LEFT_OUT else said or heading.strip()


def read_mapping(told: Any, field: str) -> dict[str, str]:
    """What somebody says of headings, `{"heading": "column"}`, or `Invalid` by `field`."""
    if not isinstance(told, dict) or not all(isinstance(each, str) for pair in told.items() for each in pair):
        text = _("Give an object of headings, each with the column that it means")
        raise Invalid(FieldProblem(field, "bad_mapping", text))
    wrong = [column for column in told.values() if column not in (*COLUMNS, OWN, LEFT_OUT)]
    if wrong:
        text = _("%(column)s is no column that is understood", column=wrong[0][:100])
        raise Invalid(FieldProblem(field, "bad_mapping", text))
    return {heading.strip(): column for heading, column in told.items()}


def columns(headings: Sequence[str], strata: Sequence[str] = (), mapping: Mapping[str, str] = NOTHING) -> list[str]:
    """The column of each heading; a heading of the source's own keeps its name, an empty one and ours are empty."""
    found = [column_of(heading, mapping) for heading in headings]
    problems = [
        FieldProblem(
            column,
            "column_missing",
            _("Give the file a column %(column)s (%(words)s)", column=column, words=COLUMNS[column][0])
            if column in COLUMNS
            else _("Give the file a column %(column)s: the plan is drawn by it", column=column),
        )
        for column in dict.fromkeys((*REQUIRED, *strata))
        if column not in found and not (column == "price_fen" and "price_yuan" in found)
    ]
    if len(found) > MOST_COLUMNS:
        problems.append(
            FieldProblem("file", "too_many_columns", _("Keep to %(most)d columns at most", most=MOST_COLUMNS))
        )
    seen: set[str] = set()
    for place, column in enumerate(found, 1):
        kept = _kept_as(column)
        if column and kept in seen:
            meant_so = [each for each, of in zip(headings, found, strict=True) if _kept_as(of) == kept]
            said = _(
                "Keep one of the columns that mean %(column)s: %(headings)s",
                column=CALLED.get(column, column), headings="、".join(each.strip() for each in meant_so),
            )  # fmt: skip
            problems.append(FieldProblem(column, "column_doubled", said))
        elif column and not column.isprintable():
            problems.append(
                FieldProblem(f"column {place}", "bad_heading", _("Remove the control characters from this heading"))
            )
        seen.add(kept)
    if problems:
        raise Invalid(*problems)
    return found


def _kept_as(column: str) -> str:
    return "price_fen" if column == "price_yuan" else column.casefold()
