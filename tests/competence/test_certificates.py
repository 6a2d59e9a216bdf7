"""A certificate is proposed by one person, confirmed by another, and what a confirmed one says stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from quality.competence.contents import LineText
from quality.competence.models import Capacity, CertificateStatus
from quality.competence.operations import (
    confirm,
    propose,
    reject,
    renew,
    resume,
    set_scope,
    state_capacity,
    suspend,
    withdraw,
)
from quality.competence.queries import (
    certificates_of,
    certificates_visible_to,
    one_certificate,
    one_laboratory,
    running_out,
)
from quality.core.errors import NotFound, NotPermitted
from quality.permissions import Role
from tests.harness.certificates import HEAD, SCOPE, ago, certified, proposed_certificate, today
from tests.harness.databases import on_sqlite
from tests.harness.people import hire
from tests.harness.problems import invalid
from tests.harness.refusals import assert_refused


def test_a_laboratory_proposes_and_the_agency_confirms(session, cast):
    made = proposed_certificate(session, cast)
    session.commit()
    assert (made.status, made.number[:5]) == (CertificateStatus.PROPOSED, "A-YZ-")
    assert [each.item_key for each in made.lines] == ["磁通量指数", "可迁移元素:铅"]
    assert_refused(session, "role_may_not", confirm, made, by=cast.signatory)
    confirm(session, made, by=cast.coordinator)
    session.commit()
    assert (made.status, made.confirmed_by_id) == (CertificateStatus.CONFIRMED, cast.coordinator.id)
    assert_refused(session, "not_proposed", set_scope, made, SCOPE, by=cast.signatory)


@on_sqlite
def test_who_writes_it_down_does_not_confirm_it_and_an_empty_one_is_not_confirmed(session, cast):
    made = propose(session, by=cast.coordinator, agency=cast.agency, laboratory=cast.laboratory, kind="cma", head=HEAD)
    assert_refused(session, "same_person", confirm, made, by=cast.coordinator)
    assert_refused(session, "no_scope", confirm, made, by=cast.reviewer)
    set_scope(session, made, SCOPE, by=cast.coordinator)
    confirm(session, made, by=cast.reviewer)


@on_sqlite
def test_everything_wrong_with_it_is_named_at_once(session, cast):
    wrong = HEAD._replace(certificate_no=" ", issuer="云" * 201, valid_until=HEAD.valid_from - timedelta(days=1))
    facts = {"by": cast.coordinator, "agency": cast.agency, "kind": "cma"}
    with invalid(
        ("certificate_no", "missing"), ("issuer", "too_long"), ("valid_until", "before_from"),
        ("laboratory", "no_laboratory"),
    ):  # fmt: skip
        propose(session, laboratory=cast.platform, head=wrong, **facts)
    made = propose(session, laboratory=cast.laboratory, head=HEAD, **facts)
    with invalid(("certificate_no", "doubled")):
        propose(session, laboratory=cast.laboratory, head=HEAD._replace(certificate_no="２３0020341234"), **facts)
    with invalid(("lines 1, item", "missing"), ("lines 3, item", "doubled"), ("lines 2, remarks", "bad_sign")):
        lines = [LineText("", "GB 1"), LineText("铅", "GB 1", "", "a\x07"), LineText("铅 ", "gb 1")]
        set_scope(session, made, lines, by=cast.coordinator)


@on_sqlite
def test_a_renewal_begins_with_the_scope_and_takes_the_place_from_its_first_day(session, cast):
    old = certified(session, cast)
    new = renew(session, old, HEAD._replace(valid_from=today()), by=cast.signatory)
    assert [each.item for each in new.lines] == [each.item for each in old.lines]
    assert_refused(session, "renewed_already", renew, old, HEAD, by=cast.signatory)
    reject(session, new, "复印件不清", by=cast.coordinator)  # makes room for another

    new = renew(session, old, HEAD._replace(valid_from=today()), by=cast.signatory)
    confirm(session, new, by=cast.coordinator)
    session.commit()
    assert (old.status, old.replaced_on, new.supersedes) == (CertificateStatus.SUPERSEDED, today(), old)
    assert_refused(session, "not_in_force", renew, old, HEAD, by=cast.signatory)


@on_sqlite
def test_suspension_and_withdrawal_have_a_day_and_a_reason(session, cast):
    made = certified(session, cast)
    with invalid(("reason", "missing"), ("on", "in_the_future")):
        suspend(session, made, today() + timedelta(days=1), " ", by=cast.coordinator)
    suspend(session, made, ago(3), "省局公告2026年第8号", by=cast.coordinator)
    with invalid(("on", "before_from")):
        resume(session, made, ago(4), "整改通过", by=cast.coordinator)
    session.rollback()
    made = certified(session, cast)
    suspend(session, made, ago(3), "省局公告2026年第8号", by=cast.coordinator)
    resume(session, made, today(), "整改通过", by=cast.coordinator)
    [stop] = made.suspensions
    assert (stop.from_on, stop.resumed_on, made.status) == (ago(3), today(), CertificateStatus.CONFIRMED)
    assert_refused(session, "role_may_not", withdraw, made, today(), "注销", by=cast.signatory)
    withdraw(session, made, today(), "注销", by=cast.coordinator)
    assert (made.status, made.ended_on) == (CertificateStatus.WITHDRAWN, today())
    session.commit()


@on_sqlite
def test_a_laboratory_sees_its_own_and_an_agency_its_own_and_those_of_agencies_below(session, cast):
    made = certified(session, cast)

    def sees(actor):
        return made in session.scalars(certificates_visible_to(actor)).all()

    above, below = (hire(session, house, Role.COORDINATOR) for house in (cast.above, cast.below))
    assert all(map(sees, (cast.coordinator, cast.reviewer, cast.signatory, cast.analyst, above)))
    assert not any(map(sees, (below, cast.second_signatory, cast.desk, cast.buyer)))
    assert list(certificates_of(session, below, cast.laboratory.id)) == [made]  # it counts for its samples
    with pytest.raises(NotFound):
        one_certificate(session, cast.second_analyst, made.number)
    with pytest.raises(NotFound):
        one_laboratory(session, cast.second_analyst, cast.laboratory.code)
    assert_refused(session, "not_yours", suspend, made, today(), "x", by=below)
    with pytest.raises(NotPermitted):
        propose(session, by=below, agency=cast.agency, laboratory=cast.laboratory, kind="cma", head=HEAD)
    with pytest.raises(NotPermitted):
        set_scope(session, made, SCOPE, by=cast.second_signatory)


@on_sqlite
def test_people_are_told_sixty_days_before_one_runs_out_unless_a_renewal_waits(session, cast):
    late = certified(session, cast, certificate_no="L1", valid_until=today() + timedelta(days=60))
    certified(session, cast, certificate_no="L2", valid_until=today() + timedelta(days=61))
    assert list(running_out(session, cast.coordinator, today())) == [late]
    assert list(running_out(session, cast.signatory, today())) == [late]
    renew(session, late, HEAD._replace(certificate_no="L1"), by=cast.signatory)
    assert not running_out(session, cast.coordinator, today())


@on_sqlite
def test_a_laboratory_states_what_it_can_take_of_everything_and_of_an_item(session, cast):
    mine = cast.laboratory.id
    whole = state_capacity(session, mine, by=cast.signatory, per_week=40, days=10)
    of_lead = state_capacity(session, mine, by=cast.signatory, item="铅（Ｐｂ）", per_week=None, days=5)
    assert state_capacity(session, mine, by=cast.signatory, item="铅(Pb)", per_week=8, days=5) is of_lead
    assert (of_lead.per_week, of_lead.version, whole.version) == (8, 2, 1)
    state_capacity(session, mine, by=cast.signatory, per_week=40, days=10)
    assert whole.version == 1  # nothing new was said
    with invalid(("per_week", "out_of_range"), ("days", "out_of_range")):
        state_capacity(session, mine, by=cast.signatory, per_week=0, days=366)
    assert_refused(session, "role_may_not", lambda s: state_capacity(s, mine, by=cast.analyst, per_week=1, days=1))
    session.commit()
    assert session.query(Capacity).count() == 2
