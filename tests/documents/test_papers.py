"""Every paper as it lies in the vault, read back: its code, its two languages, and what must not stand on it."""

from __future__ import annotations

import re
from contextlib import nullcontext

import pytest
import sqlalchemy as sa

from quality.documents.models import DocumentKind, Language
from quality.documents.queries import latest_of
from quality.pages.papers import ASKS
from quality.purchases.models import PortionKind
from quality.purchases.operations.papers import MOST_ON_A_SHEET, ask_for_labels
from tests.documents.reading import joined, read
from tests.harness.databases import on_sqlite
from tests.harness.notices import run
from tests.harness.papers import FOR_A_LABORATORY, asked, pdf_of, subject_of
from tests.harness.press import making, only, real_press
from tests.harness.purchases import PURCHASE
from tests.harness.refusals import assert_invalid, assert_refused

pytestmark = [on_sqlite, real_press]
K = DocumentKind
TITLES = {
    K.SAMPLING_SHEET: ("抽样单", "Sampling sheet"),
    K.SAMPLING_NOTICE: ("抽样告知书", "Notice that a sample was taken"),
    K.UNREACHED: ("未送达当事人清单", "List of who could not be reached"),
    K.LABEL: ("封条", "Seal"),
    K.LABEL_SHEET: ("样品标签页", "Sheet of labels"),
    K.CUSTODY_SHEET: ("样品流转单", "Custody sheet"),
    K.TEST_ORDER: ("检验委托书", "Test order"),
    K.RESULT_NOTICE: ("检验结果通知书", "Notice of test result"),
    K.OBJECTION_ANSWER: ("异议受理通知书", "Notice that an objection is heard"),
    K.REINSPECTION_NOTICE: ("复检通知书", "Notice of re-inspection"),
    K.OBJECTION_DECISION: ("异议处理决定书", "Decision on an objection"),
    K.FINAL_CONCLUSION: ("复检结论通知书", "Conclusion of the re-inspection"),
    K.DISPOSAL_NOTICE: ("处置通知书", "Disposal notice"),
    K.NOTICE_WITHDRAWAL: ("撤回处置通知书", "Withdrawal of a disposal notice"),
    K.DOSSIER: ("案卷", "Dossier of the case"),
    K.COVER_LETTER: ("邮寄送达函", "Cover letter for service by post"),
    K.IMPLEMENTING_RULES: ("监督抽查实施细则", "Implementing rules of the spot check"),
    K.SAMPLING_PLAN: ("抽样方案", "Sampling plan"),
    K.ANNOUNCEMENT: ("抽查结果公告", "Announcement of spot-check results"),
    K.CORRECTION_ORDER: ("责令改正通知书", "Order to correct"),
    K.CORRECTION_ANNOUNCEMENT: ("改正复查不合格公告", "Announcement of a failed correction"),
    K.SUSPENSION_PROPOSAL: ("停业整顿建议书", "Proposal to suspend business"),
    K.TRANSFER_COVER: ("案件移送函", "Cover letter of a transfer"),
}
COURTESY = joined("The Chinese text is the document")


def of_the_buyer(task) -> set[str]:
    """What was typed about the purchase, and the buyer's own name."""
    typed = {str(PURCHASE[name]) for name in ("account", "recipient", "address", "telephone")}
    return {joined(text) for text in (*typed, task.buyer.name, task.number)}


@pytest.fixture(autouse=True)
def what_is_looked_at(request):
    """Each test prints what it looks at as in life, and on the way there nothing else."""
    kind = getattr(request.node, "callspec", None) and request.node.callspec.params.get("kind")
    with only(kind) if kind else nullcontext():
        yield


@pytest.mark.parametrize("kind", ASKS)
def test_a_paper_bears_its_code_says_what_it_is_in_two_languages_and_names_no_buyer(session, concluded, kind):
    subject = subject_of(session, concluded, kind)
    tasks = [finding.sample.task for finding in (*concluded.bad, concluded.good)]
    for task in tasks:
        task.buyer.name  # noqa: B018 - read now, for printing ends the session's transaction
    secrets = {secret for task in tasks for secret in of_the_buyer(task)}

    documents = asked(session, concluded, kind, subject)

    assert set(documents) == set(ASKS[kind].languages)
    assert len({document.code for document in documents.values()}) == 1
    code = documents[Language.ZH].code
    for language, document in documents.items():
        paper = read(pdf_of(document))
        assert code in paper.text
        assert f"http://127.0.0.1:8000/verify/{code}" in paper.codes
        assert joined(TITLES[kind][language == Language.EN]) in paper.text
        courtesy = [COURTESY in page for page in paper.pages]
        assert all(courtesy) if language == Language.EN else not any(courtesy)
        assert all(page for page in paper.pages), "no page is empty"
        assert not [secret for secret in secrets if secret in paper.text]


@pytest.mark.parametrize("kind", FOR_A_LABORATORY)
def test_what_goes_to_a_laboratory_tells_nothing_of_where_it_comes_from(session, concluded, kind):
    portion = subject_of(session, concluded, kind)
    sample, listing = portion.sample, portion.sample.task.drawn.listing
    other = sample.portion(PortionKind.BACKUP)
    tells = {
        sample.number, sample.product_name, sample.brand, sample.batch, sample.producer_name, sample.spec,
        sample.task.drawn.platform.name, listing["shop_name"], listing["title"], sample.task.drawn.listing_id,
        other.blind_no, "检验样品", "备用样品", "Test portion", "Backup portion",
    }  # fmt: skip
    blind_no, seal_no = portion.blind_no, portion.seal_no

    documents = asked(session, concluded, kind, portion)

    for document in documents.values():
        assert document.number == blind_no
        text = read(pdf_of(document)).text
        assert blind_no in text
        assert seal_no in text
        assert not [word for word in tells if word and joined(word) in text]


BESIDE = {
    K.SAMPLING_SHEET: (
        ("抽检任务", "Campaign"),
        ("检验样品", "Test portion"),
        ("抽样人员（两人签名）", "Samplers (two)"),
    ),
    K.CUSTODY_SHEET: (("盲样编号", "Blind number"), ("移交方", "Given by"), ("接收方", "Taken by"), ("完好", "intact")),
}


@pytest.mark.parametrize("kind", BESIDE)
def test_a_sheet_says_each_of_its_words_in_chinese_with_english_beside_it(session, concluded, kind):
    """One paper: who signs it signs one, whatever they read."""
    document = asked(session, concluded, kind, subject_of(session, concluded, kind))[Language.ZH]

    paper = read(pdf_of(document))

    assert joined(TITLES[kind][1]) in paper.text
    for both in BESIDE[kind]:
        assert "".join(map(joined, both)) in paper.text
    assert len(paper.pages) == 1


def test_a_label_fits_the_printer_and_the_sheet_has_them_all(session, concluded):
    sample = concluded.bad[0].sample
    sheet_of = asked(session, concluded, K.LABEL_SHEET, sample)[Language.ZH]
    sheet = read(pdf_of(sheet_of))
    codes = dict(session.execute(sa.text("SELECT number, code FROM document WHERE kind = 'label'")).all())

    assert set(codes) == {portion.blind_no for portion in sample.portions}
    for portion in sample.portions:
        label = asked(session, concluded, K.LABEL, portion)[Language.ZH]
        assert label.code == codes[portion.blind_no]
        alone = read(pdf_of(label))
        assert alone.sizes == [(62, 29)]
        assert alone.codes == [f"http://127.0.0.1:8000/verify/{label.code}"]
        seal = joined(portion.seal_no)
        assert re.sub(f"{portion.blind_no}|{seal}|{label.code}", "", alone.text) == "封条"  # and nothing else
        assert sheet.text.count(portion.blind_no) == 4 + (sheet_of.number == portion.blind_no)
        assert sheet.codes.count(f"http://127.0.0.1:8000/verify/{label.code}") == 4
    assert sheet.sizes == [(210, 297)]


def test_ten_samples_have_their_labels_on_one_page(session, concluded):
    """Both portions of each, and what tells them apart stands outside of the labels."""
    there, by = [finding.sample for finding in (*concluded.bad, concluded.good)], concluded.cast.coordinator
    samples = [there[place % len(there)] for place in range(MOST_ON_A_SHEET)]
    made = ask_for_labels(session, samples, by=by)
    assert ask_for_labels(session, samples, by=by) is made
    run(session, making)
    document = latest_of(session, made, K.LABEL_SHEET)

    sheet = read(pdf_of(document))

    assert sheet.sizes == [(210, 297)]
    assert len(sheet.codes) == 2 * MOST_ON_A_SHEET
    codes = dict(session.execute(sa.text("SELECT number, code FROM document WHERE kind = 'label'")).all())
    for sample in there:
        assert sample.number not in sheet.text
        for portion in sample.portions:
            many = 2 * samples.count(sample) // 2
            assert sheet.text.count(portion.blind_no) == many
            assert sheet.codes.count(f"http://127.0.0.1:8000/verify/{codes[portion.blind_no]}") == many
    for wrong, code in (([], "missing"), ([*samples, there[0]], "too_many")):
        assert_invalid(session, {("samples", code)}, ask_for_labels, wrong, by=by)
    assert_refused(session, "not_yours", ask_for_labels, there[:1], by=concluded.cast.analyst)


def test_a_notice_cites_the_provision_of_each_failed_item(session, concluded):
    session.execute(sa.text("UPDATE campaign_item SET clause = 'GB 6675.2—2014第5.25条'"))
    session.expire_all()
    notice = subject_of(session, concluded, K.DISPOSAL_NOTICE)
    failed = [result for result in notice.items[0].snapshot["results"] if result["verdict"] == "fail"]
    assert failed
    assert all(result["clause"] for result in failed)

    text = read(pdf_of(asked(session, concluded, K.DISPOSAL_NOTICE, notice)[Language.ZH])).text

    for result in failed:
        assert joined(f"不符合{result['clause']}“{result['limit']}”的要求") in text
    assert re.search("1个工作日内签收，2个工作日内处置", text)
