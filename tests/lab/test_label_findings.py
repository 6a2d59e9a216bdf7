"""A label that lacks something is a finding of its own: proposed by one, confirmed by another, counted as no test."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quality.clocks.models import Clock
from quality.core.errors import NotPermitted, Refused
from quality.documents.models import DocumentKind, Language
from quality.lab.models import FindingStatus, ReportStatus, Verdict
from quality.lab.operations import confirm_finding, propose_label_finding, reject_finding
from quality.notices.contents import snapshot_of
from quality.notices.models import NoticeStatus
from quality.objections.models import Party
from quality.objections.operations import send_letter
from quality.people.actor import Actor
from quality.permissions import Role
from quality.publication.contents import announcement
from quality.publication.copies import copy_of
from quality.publication.counting import count, results_of
from quality.publication.facets import facets_of
from quality.publication.jobs import end_time_in_public
from quality.publication.lines import COLUMNS
from quality.publication.models import ResultStatus
from quality.publication.terms import term_of
from quality.publication.wording import figures_in, still_holds
from quality.purchases.dispositions import Disposition
from quality.purchases.models import SampleStatus
from quality.purchases.tallies import tallies
from quality.statistics.money import in_all, money
from quality.targeting.risk.knowledge import findings
from tests.documents.reading import joined, read
from tests.harness.beginnings import Concluded
from tests.harness.databases import on_sqlite
from tests.harness.lab import confirmed_finding
from tests.harness.labels import label_finding, sealed_with
from tests.harness.notices import drafted, notice_at, run
from tests.harness.papers import asked, pdf_of
from tests.harness.people import Cast
from tests.harness.press import real_press
from tests.harness.publication import published

pytestmark = on_sqlite


def test_it_is_proposed_by_one_and_confirmed_by_another(session: Session, in_field: Cast) -> None:
    cast, sample = in_field, sealed_with(session, in_field, "warnings", "producer_address")
    with pytest.raises(NotPermitted):
        propose_label_finding(session, sample, by=cast.reviewer)
    finding = propose_label_finding(session, sample, by=cast.coordinator)
    assert (finding.status, finding.verdict) == (FindingStatus.PROPOSED, Verdict.NONCONFORMING)
    failed = [each.item for each in finding.results if each.verdict == "fail"]
    assert failed == ["标签标识：生产者地址", "标签标识：警示说明"] and len(finding.results) == 6
    assert {each.verdict for each in finding.results} == {"pass", "fail"}
    coordinator = cast.coordinator
    with pytest.raises(Refused, match="same_person"):
        confirm_finding(session, finding, by=Actor(coordinator.person, coordinator.organisation, Role.REVIEWER))
    session.rollback()


def test_it_ends_the_sample_without_a_laboratory_and_starts_its_clocks(session: Session, in_field: Cast) -> None:
    cast, finding = in_field, label_finding(session, in_field)
    sample = finding.sample
    assert (sample.status, sample.is_label_only) == (SampleStatus.CONCLUDED, True)
    assert (finding.status, finding.report.status) == (FindingStatus.CONFIRMED, ReportStatus.AUTHORISED)
    of = sa.select(Clock.rule, Clock.outcome).where(Clock.subject_type == "sample", Clock.subject_id == sample.id)
    rules = {rule: outcome for rule, outcome in session.execute(of)}
    assert rules["to_lab"] == "label_only" and rules["result_told"] is None
    said = snapshot_of(session, finding)
    assert said["laboratory"] == cast.agency.name and said["report_no"] == finding.report.report_no
    assert finding.report.analyst != (cast.buyer.person.name if cast.buyer.person else "")  # nobody learns who bought


def test_nothing_of_it_is_counted_as_tested(session: Session, in_field: Cast) -> None:
    finding = label_finding(session, in_field)
    campaign = finding.sample.campaign
    came: Counter[Disposition] = Counter()
    for tally in tallies(session, campaign):
        came += tally.came_of
    assert (came[Disposition.LABEL_ONLY], came[Disposition.TESTED]) == (1, 0)
    assert in_all(money(session, campaign)).tested == 0
    copy = copy_of(
        finding, items=[], objections=[], number="R", edition=1, changed="", remark="", withheld=set()
    )  # fmt: skip
    assert copy["label_only"] and copy["laboratory"] == in_field.agency.name
    assert finding.confirmed_at
    assert facets_of(copy, finding.confirmed_at).value("sampled") == "label/nonconforming"


def test_what_is_rejected_leaves_the_sample_to_a_laboratory(session: Session, in_field: Cast) -> None:
    cast, sample = in_field, sealed_with(session, in_field, "warnings")
    finding = propose_label_finding(session, sample, by=cast.coordinator)
    with pytest.raises(Refused, match="proposed_already"):
        propose_label_finding(session, sample, by=cast.coordinator)
    session.rollback()
    sample = sealed_with(session, cast, "warnings")
    finding = propose_label_finding(session, sample, by=cast.coordinator)
    reject_finding(session, finding, "警示语印在说明书上", by=cast.reviewer)
    assert (finding.status, finding.report.status) == (FindingStatus.REJECTED, ReportStatus.WITHDRAWN)
    assert sample.status is SampleStatus.SEALED
    again = propose_label_finding(session, sample, by=cast.coordinator)
    assert again.report.report_no != finding.report.report_no


def test_a_good_label_gives_nothing_to_conclude(session: Session, in_field: Cast) -> None:
    with pytest.raises(Refused, match="label_good"):
        propose_label_finding(session, sealed_with(session, in_field), by=in_field.coordinator)


def test_it_leads_to_a_notice_and_to_a_public_result_like_any_other(session: Session, in_field: Cast) -> None:
    cast, finding = in_field, label_finding(session, in_field)
    notice = drafted(session, cast, finding)
    assert [item.finding_id for item in notice.items] == [finding.id]
    result = published(session, cast, finding)
    assert result.copy["label_only"] and result.copy["verdict"] == "nonconforming"
    assert [each["item"] for each in result.copy["items"] if each["verdict"] == "fail"] == ["标签标识：警示说明"]
    assert not list(results_of(session, finding.sample.campaign))  # in no rate: nobody has tested it


def test_a_score_counts_what_was_tested_and_no_label(session: Session, in_field: Cast) -> None:
    cast, finding = in_field, label_finding(session, in_field)
    assert finding.confirmed_at
    assert not list(findings(session, cast.coordinator, finding.confirmed_at))
    confirmed_finding(session, cast)
    assert [each.is_bad for each in findings(session, cast.coordinator, finding.confirmed_at)] == [True]


def test_the_public_reads_that_nothing_was_tested(session: Session, in_field: Cast, client: FlaskClient) -> None:
    result = published(session, in_field, label_finding(session, in_field))
    session.commit()
    page = client.get(f"/results/{result.number}?lang=en").text
    assert "Its label does not meet the requirement: 标签标识：警示说明. Nothing was tested." in page
    assert "Label only, not tested" in page and "Tested by" not in page and "laboratory found" not in page
    chinese = client.get(f"/results/{result.number}").text
    assert "仅标签不合格，未经检验" in chinese and "标签检查情况" in chinese


def test_an_announcement_says_them_apart(session: Session, in_field: Cast) -> None:
    result = published(session, in_field, label_finding(session, in_field))
    campaign = result.finding.sample.campaign
    says = announcement(session, campaign, count(session, campaign, date(2026, 11, 1)), 5)
    assert (says["tested"], says["label_only"], says["found"]["nonconforming"]) == (0, 1, 0)
    assert says["nonconforming"][0]["label_only"]
    filled = figures_in(says, agency="甲局", number="C-1")
    assert filled["zh"]["label_only"] == "；另有1件标签不合格，未经检验"
    assert filled["en"]["label_only"] == "; 1 more fails by the label alone, untested"
    assert "仅标签不合格，未经检验" in filled["zh"]["nonconforming_list"]
    before = {language: {k: v for k, v in words.items() if k != "label_only"} for language, words in filled.items()}
    assert not still_holds(before, filled)
    none = {language: words | {"label_only": ""} for language, words in filled.items()}
    assert still_holds(before, none)


def test_an_announcement_made_after_their_time_in_public_still_counts_them_apart(
    session: Session, in_field: Cast
) -> None:
    """Neither among what was tested nor among what failed a test: only among what is not listed any more."""
    result = published(session, in_field, label_finding(session, in_field))
    session.commit()
    campaign = result.finding.sample.campaign
    in_field.clock.moment = term_of(session, result).ends.due_at
    assert run(session, end_time_in_public) == 1
    session.refresh(result)
    assert result.status is ResultStatus.EXPIRED
    says = announcement(session, campaign, count(session, campaign, date(2026, 11, 1)), 5)
    assert (says["tested"], says["label_only"], says["nonconforming"]) == (0, 1, [])
    assert says["found"] == {"nonconforming": 0, "conforming": 0, "expired": 1}
    filled = figures_in(says, agency="甲局", number="C-1")
    assert filled["zh"]["label_only"] == "；另有1件标签不合格，未经检验"


def test_the_table_of_all_results_says_it_and_names_no_laboratory(
    session: Session, in_field: Cast, client: FlaskClient
) -> None:
    on_label = published(session, in_field, label_finding(session, in_field))
    tested = published(session, in_field, confirmed_finding(session, in_field))
    session.commit()
    read = csv.DictReader(io.StringIO(client.get("/results.csv").data.decode("utf-8-sig"), newline=""), list(COLUMNS))
    rows = {row["number"]: row for row in read}
    assert rows["编号"]["label_only"] == "仅标签不合格，未经检验"
    said = {
        number: (rows[number]["laboratory"], rows[number]["label_only"]) for number in (on_label.number, tested.number)
    }
    assert said == {on_label.number: ("", "yes"), tested.number: (tested.copy["laboratory"], "no")}
    address = rows[on_label.number]["address"]
    assert address.endswith(f"/results/{on_label.number}")


@real_press
def test_letter_notice_and_the_page_of_a_party_say_that_nothing_was_tested(
    session: Session, in_field: Cast, client: FlaskClient
) -> None:
    cast, finding = in_field, label_finding(session, in_field)
    token = send_letter(session, finding, Party.SELLER, by=cast.coordinator).token
    notice = notice_at(session, cast, NoticeStatus.ISSUED, finding)
    here = Concluded(cast, [finding], finding, finding)
    for kind, subject in ((DocumentKind.RESULT_NOTICE, finding), (DocumentKind.DISPOSAL_NOTICE, notice)):
        papers = asked(session, here, kind, subject)
        said = {language: read(pdf_of(paper)).text for language, paper in papers.items()}
        assert "检查标签标识" in said[Language.ZH] and "未经检验" in said[Language.ZH]
        assert "送检" not in said[Language.ZH] and "委托检验" not in said[Language.ZH]
        assert (
            joined("Its label was checked by") in said[Language.EN] or joined("Label checked by") in said[Language.EN]
        )
        assert joined("tested by") not in said[Language.EN].lower()
    page = client.get(f"/reply/{token}?lang=en").text
    assert "Label checked by" in page and "Tested by" not in page
