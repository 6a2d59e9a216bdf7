"""Columns of a table of complaints, and the words for what was complained of."""

from __future__ import annotations

from quality.targeting.risk.models import ComplaintKind
from quality.workbooks.columns import Columns

# fmt: off
COMPLAINTS = Columns(
    sheet="complaints",
    names={
        "reference":   "投诉编号",
        "received_on": "收到日期",
        "platform":    "平台",
        "listing_id":  "商品编号",
        "shop_id":     "店铺编号",
        "barcode":     "条码",
        "kind":        "问题类别",
    },
    also={  # as hotlines write them
        "reference":   ("工单编号", "举报编号", "编号"),
        "received_on": ("受理日期", "登记日期", "投诉日期"),
        "platform":    ("平台名称", "电商平台"),
        "listing_id":  ("商品ID", "链接编号"),
        "shop_id":     ("店铺ID",),
        "barcode":     ("商品条码",),
        "kind":        ("类别", "投诉类型", "问题类型"),
    },
    needed=("reference", "received_on", "platform", "kind"),
    most_rows=20_000,
    most_bytes=8 << 20,
    most_unpacked=64 << 20,
    days=("received_on",),
)
KINDS = {
    "安全":     ComplaintKind.SAFETY,
    "质量":     ComplaintKind.QUALITY,
    "标识":     ComplaintKind.LABEL,
    "假冒":     ComplaintKind.COUNTERFEIT,
    "描述不符": ComplaintKind.DESCRIPTION,
    "其他":     ComplaintKind.OTHER,
}
# fmt: on
LENGTH = 100  # characters of a number or an id
EXAMPLES = (  # in the workbook that is given out
    {"reference": "TS-2026-0001", "received_on": "2026-10-09", "platform": "", "listing_id": "10001",
     "shop_id": "S001", "barcode": "", "kind": "安全"},
)  # fmt: skip
