"""A laboratory sees a blind number, what to test and by when. Nothing else of where a sample comes from."""

from __future__ import annotations

import pytest

from quality.core.db import canonical
from quality.core.errors import NotFound
from quality.lab.operations import propose_finding
from quality.lab.queries import (
    as_shown_to_the_laboratory,
    findings_visible_to,
    one_finding,
    one_portion,
    one_report,
    portions_visible_to,
    report_as_shown_to_the_laboratory,
    reports_visible_to,
)
from quality.people.actor import SYSTEM
from quality.permissions import Role
from quality.purchases.items import items_for
from quality.purchases.models import PortionKind
from tests.harness.databases import on_sqlite
from tests.harness.lab import (
    BAD,
    LEAD_OF_STICKS,
    enter,
    portion_to_test,
    proposed_finding,
    sample_at_lab,
    sent_sample,
    sign,
)
from tests.harness.people import hire
from tests.harness.purchases import FACTS, PURCHASE, dispatched_sample, open_campaign


def test_a_laboratory_is_shown_nothing_that_leads_to_shop_platform_or_buyer(session, cast, clock):
    sample = sample_at_lab(session, cast)
    portion = portion_to_test(sample)
    report = enter(session, portion, cast, BAD)
    sign(session, report, cast)
    clock.advance(days=1)
    shown = as_shown_to_the_laboratory(session, portion)
    told = repr((shown, report_as_shown_to_the_laboratory(report)))

    assert shown.blind_no == portion.blind_no
    assert [item.item for item in shown.items] == ["磁通量指数", "可迁移元素：铅"]
    assert shown.report_nos == [report.number]
    listing = sample.task.drawn.listing
    secret = {
        sample.number, sample.task.number, sample.task.campaign.number, sample.task.drawn.listing_id,
        cast.platform.name, cast.other_platform.name, cast.agency.name, cast.buyer.person.name,
        listing["shop_name"], listing["shop_id"], listing["title"], listing["url"],
        FACTS.producer_name, FACTS.brand, PURCHASE["account"], sample.portion(PortionKind.BACKUP).blind_no,
    }  # fmt: skip
    assert {word for word in secret if str(word) in told} == set()
    assert "kind" not in shown._fields  # nor whether it is a re-inspection


@on_sqlite
def test_the_due_moment_is_shown_from_receipt_until_the_report_is_signed(session, cast, clock):
    portion = portion_to_test(sent_sample(session, cast))
    assert as_shown_to_the_laboratory(session, portion).due is None
    sample = sample_at_lab(session, cast)
    portion = portion_to_test(sample)
    due = as_shown_to_the_laboratory(session, portion).due
    assert due is not None
    assert not due.overdue
    clock.moment = due.due_at
    assert as_shown_to_the_laboratory(session, portion).due.overdue
    sign(session, enter(session, portion, cast), cast)
    assert as_shown_to_the_laboratory(session, portion).due is None


@on_sqlite
def test_each_sees_its_own(session, cast):
    finding = proposed_finding(session, cast)
    report, portion = finding.report, portion_to_test(finding.sample)

    def sees(actor, rows, row):
        return row in session.scalars(rows(actor)).all()

    above, below = hire(session, cast.above, Role.REVIEWER), hire(session, cast.below, Role.COORDINATOR)
    admin = hire(session, cast.laboratory, Role.ADMIN)
    assert sees(cast.analyst, portions_visible_to, portion)
    assert one_portion(session, cast.signatory, portion.blind_no.lower()) == portion
    for stranger in (cast.second_analyst, cast.desk, cast.coordinator, admin, SYSTEM):
        assert not sees(stranger, portions_visible_to, portion)
    for reader in (cast.analyst, cast.signatory, cast.coordinator, cast.reviewer, above):
        assert one_report(session, reader, report.report_no) == report
    for stranger in (cast.second_analyst, below, cast.desk, cast.buyer, admin):
        assert not sees(stranger, reports_visible_to, report)
        assert not sees(stranger, findings_visible_to, finding)
    assert one_finding(session, above, finding.number) == finding
    assert not sees(cast.analyst, findings_visible_to, finding)
    assert one_report(session, cast.coordinator, report.report_no, laboratory="JY") == report
    for asked in (
        lambda: one_portion(session, cast.second_analyst, portion.blind_no),
        lambda: one_report(session, cast.coordinator, report.report_no, laboratory="LJ"),
        lambda: one_finding(session, below, finding.number),
    ):
        with pytest.raises(NotFound):
            asked()


@on_sqlite
def test_a_backup_portion_that_was_not_sent_is_nobodys(session, cast):
    spare = sample_at_lab(session, cast).portion(PortionKind.BACKUP)
    assert spare not in session.scalars(portions_visible_to(cast.analyst)).all()


@on_sqlite
def test_what_is_asked_of_a_product_by_name_goes_before_what_is_asked_of_all(session, cast):
    from tests.harness.campaigns import LEAD, MAGNET

    items = [MAGNET._replace(product="磁力棒"), LEAD, LEAD_OF_STICKS, LEAD._replace(item="砷", product="积木")]
    session.info["planned"] = open_campaign(session, cast, items=items)[1]
    sample = dispatched_sample(session, cast)
    assert [(item.item, item.limit) for item in items_for(sample)] == [
        ("磁通量指数", MAGNET.limit),
        ("可迁移元素：铅", LEAD_OF_STICKS.limit),
    ]


@on_sqlite
def test_a_judgement_is_kept_as_codes_and_strings(session, cast):
    sample = sample_at_lab(session, cast)
    sign(session, enter(session, portion_to_test(sample), cast, BAD), cast)
    finding = propose_finding(session, sample, by=cast.coordinator)
    session.commit()
    for result in finding.report.results:
        assert canonical(result.judgement) == canonical(dict(result.judgement))
        assert isinstance(result.judgement["reason"], str)
    assert "386" in str(report_as_shown_to_the_laboratory(finding.report).results[0].reason)
