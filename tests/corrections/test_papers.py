"""The papers of a correction and of a transfer, in both languages, say what was decided, and never in whose shop."""

from __future__ import annotations

from quality.documents.models import DocumentKind
from quality.documents.queries import documents_of
from tests.harness.corrections import DEMANDS, WHOLE, at_the_top, sent_transfer
from tests.harness.databases import on_sqlite
from tests.harness.notices import run
from tests.harness.papers import pdf_of
from tests.harness.press import making

pytestmark = on_sqlite
K = DocumentKind
SAYS = {
    (K.CORRECTION_ORDER, "zh"): ["责令改正通知书", "60日", "75日", DEMANDS],
    (K.CORRECTION_ORDER, "en"): ["Order to correct", "60 calendar days", DEMANDS],
    (K.CORRECTION_ANNOUNCEMENT, "zh"): ["改正复查不合格公告", "省市场监督管理局", "第60日至第90日", "未改正"],
    (K.CORRECTION_ANNOUNCEMENT, "en"): ["Announcement of a failed correction", "from day 60 to day 90"],
    (K.SUSPENSION_PROPOSAL, "zh"): ["停业整顿建议书", "再次复查仍不合格"],
    (K.SUSPENSION_PROPOSAL, "en"): ["Proposal to suspend business", "still not corrected"],
    (K.TRANSFER_COVER, "zh"): ["案件移送函", WHOLE["authority"], WHOLE["region"], "回执"],
    (K.TRANSFER_COVER, "en"): ["Cover letter of a transfer", WHOLE["authority"], "receipt"],
}


def test_each_paper_says_what_two_persons_decided(session, cast):
    correction = at_the_top(session, cast)
    shop = correction.finding.sample.purchase.drawn.listing["shop_name"]
    transfer = sent_transfer(session, cast)
    run(session, making)
    subjects = [("correction", correction.id), ("transfer", transfer.id)]
    papers = {(each.kind, each.language.value): pdf_of(each).decode() for each in documents_of(session, subjects)}
    assert papers.keys() == SAYS.keys()
    missing = {(key, text) for key, texts in SAYS.items() for text in texts if text not in papers[key]}
    assert missing == set()
    assert not any(shop in text for (kind, _language), text in papers.items() if kind != K.TRANSFER_COVER)
