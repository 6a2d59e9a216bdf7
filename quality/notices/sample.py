"""A notice that was never sent, to read a template by: invented goods of an invented shop."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from quality.notices.contents import FORMAT, deadline
from quality.notices.models import ItemKind, NoticeKind
from quality.notices.operations.templates import InForce
from quality.notices.texts import REASONS, TEXTS, UNTESTED, fill
from quality.people.models import Organisation

PLATFORM = {"zh": "样例平台", "en": "Sample Platform"}
NUMBER = "N-XX-2026-0000"
PRODUCT = {
    "name": "磁力片积木", "spec": "64片", "brand": "样例", "model": "CL-64", "barcode": "", "batch": "20260301",
    "producer": "样例玩具厂", "producer_address": "样例市样例路1号",
}  # fmt: skip
RESULT = {
    "item": "磁通量指数", "value": "96.5", "unit": "kG²mm²", "uncertainty": "", "lod": "", "loq": "",
    "method": "GB 6675.2—2014", "limit": "＜50 kG²mm²", "clause": "GB 6675.2—2014 第5.25条", "rule": "simple",
    "verdict": "fail", "outside_accreditation": False, "laboratory": "样例检验院", "report_no": "YL-2026-0001",
}  # fmt: skip


def listing(place: int) -> dict[str, str]:
    return {
        "listing_id": f"SAMPLE-{place}", "url": f"https://platform.example/item/{place}",
        "title": f"磁力片积木 {place}", "shop": "样例旗舰店", "shop_id": "S-1", "uscc": "91110000600037341L",
    }  # fmt: skip


def item(place: int, kind: ItemKind) -> dict[str, Any]:
    alike = {"why": ["brand_model_producer"], "sure": "likely"} if kind is not ItemKind.TESTED else None
    return {
        "kind": kind, "listing": listing(place), "product": PRODUCT, "results": [RESULT], "first_results": [],
        "producer_denies": False, "alike": alike, "laboratory": RESULT["laboratory"], "report_no": RESULT["report_no"],
        "finding": "F-XX-2026-0000",
    }  # fmt: skip


def sample_of(template: InForce, agency: Organisation, language: str, at: datetime, *, tested: bool) -> dict[str, Any]:
    """What a notice from this template would say; without a tested listing on it, unless `tested`."""
    values = {"agency": agency.name, "platform": PLATFORM[language]}
    texts = {field: fill(template.says[language][field], values) for field in TEXTS}
    reasons = texts[REASONS] if tested else texts[UNTESTED]
    kinds = [ItemKind.TESTED] if tested else []
    kind = NoticeKind(template.says["kind"])
    return {
        "document": "disposal_notice",
        "format": FORMAT,
        "number": NUMBER,
        "kind": kind,
        "issued_at": at,
        "agency": {"code": agency.code, "name": agency.name, "region": agency.region},
        "platform": {"code": "XX", "name": PLATFORM[language]},
        "legal_basis": texts["legal_basis"],
        "reasons": reasons,
        "measures": template.says["measures"],
        "items": [item(place, each) for place, each in enumerate([*kinds, ItemKind.SAME_PRODUCT], 1)],
        "deadlines": [deadline("acknowledge", at), deadline(f"remove_by_{kind.value}", at)],
        "answer_to": texts["answer_to"],
        "how_to_object": texts["how_to_object"],
    }
