"""What is known of a result stands on every later paper: what is outside, what is denied, and both tests."""

from __future__ import annotations

from quality.core.workflow import perform
from quality.delivery.payload import notice_for_platform
from quality.documents.models import DocumentKind
from quality.documents.queries import documents_of
from quality.lab.operations import agree_outside, confirm_finding, mark_outside, propose_finding
from quality.notices.contents import as_known
from quality.notices.models import NoticeStatus
from quality.notices.operations import issue, submit
from quality.notices.workflow import APPROVE
from quality.objections.models import Decision, Ground, Party
from quality.objections.operations import decide, send_letter
from quality.pages.papers import ASKS
from tests.harness.certificates import SCOPE, certified
from tests.harness.databases import on_sqlite
from tests.harness.lab import BAD, enter, portion_to_test, sample_at_lab, sign
from tests.harness.notices import drafted, notice_at, run, sealing
from tests.harness.objections import admitted_objection, nonconforming, reinspected_objection
from tests.harness.papers import ABOUT_AN_OBJECTION, pdf_of
from tests.harness.press import making
from tests.harness.publication import proposed

pytestmark = on_sqlite
K = DocumentKind
WRITTEN = {K.DISPOSAL_NOTICE, K.RESULT_NOTICE, K.FINAL_CONCLUSION} | set(ABOUT_AN_OBJECTION)
MAGNETS, LEAD = BAD[0].item, BAD[1].item
OUTSIDE = {"zh": "非资质认定项目", "en": "eported outside the laboratory"}
DENIED = {"zh": "标称生产者否认", "en": "The producer named on the product denies having made it"}


def printed(session, *subjects):
    """What was asked for about these, by kind and language, the newest edition of each."""
    run(session, making)
    there = documents_of(session, [(each.__tablename__, each.id) for each in subjects])
    return {(each.kind, each.language.value): pdf_of(each).decode() for each in reversed(there)}


def test_an_item_outside_the_accreditation_is_called_so_wherever_it_is_told(session, sent):
    certified(session, sent, [each for each in SCOPE if each.item != MAGNETS])
    sample = sample_at_lab(session, sent)
    report = enter(session, portion_to_test(sample), sent, BAD)
    agree_outside(
        session, mark_outside(session, report, MAGNETS, "全省无机构有此资质", by=sent.signatory), by=sent.coordinator
    )
    sign(session, report, sent)
    finding = propose_finding(session, sample, by=sent.coordinator)
    confirm_finding(session, finding, by=sent.reviewer)
    letter = send_letter(session, finding, Party.SELLER, by=sent.coordinator).letter
    notice = notice_at(session, sent, NoticeStatus.ISSUED, finding)

    flags = {each["item"]: each["outside_accreditation"] for each in proposed(session, sent, finding).copy["items"]}
    assert flags == {MAGNETS: True, LEAD: False}
    papers = printed(session, letter, notice)
    assert {kind for kind, _language in papers} == {K.RESULT_NOTICE, K.DISPOSAL_NOTICE}
    for (_kind, language), text in papers.items():
        assert OUTSIDE[language] in text


def test_a_denial_and_a_second_test_stand_on_all_that_is_written_after_them(session, cast):
    finding = nonconforming(session, cast)
    notice = drafted(session, cast, finding)
    assert not as_known(session, notice.items)[notice.items[0].id]["producer_denies"]
    denial = admitted_objection(session, cast, finding, ground=Ground.AUTHENTICITY)
    decide(session, denial, Decision.UPHELD, reason="防伪码为他人使用", by=cast.reviewer)
    again = [BAD[0]._replace(value="391")]
    disputed = reinspected_objection(session, cast, again, finding, party=Party.SELLER)
    decide(session, disputed, Decision.DISMISSED, by=cast.reviewer)
    submit(session, notice, by=cast.coordinator)
    perform(session, notice, APPROVE, by=cast.reviewer)
    issue(session, notice, by=cast.coordinator)
    run(session, sealing)
    letter = send_letter(session, finding, Party.PLATFORM, by=cast.coordinator).letter
    ASKS[K.RESULT_NOTICE].ask(session, finding, "en", by=cast.coordinator)

    papers = printed(session, notice, letter, finding, disputed)
    assert {kind for kind, _language in papers} == WRITTEN
    for (kind, language), text in papers.items():
        assert DENIED[language] in text, kind
        assert kind in (K.OBJECTION_ANSWER, K.REINSPECTION_NOTICE) or ("386" in text and "391" in text), kind
    [item] = notice_for_platform(session, notice, "https://x")["items"]
    assert item["producer_denies"]
    values = [[each["value"] for each in item[name]] for name in ("first_results", "results")]
    assert values == [["386"], ["391", "8.5"]]
