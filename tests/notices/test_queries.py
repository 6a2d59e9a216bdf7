"""Who sees which notice: the own agency and those above, the platform from issuing on, nobody else."""

from __future__ import annotations

import pytest

from quality.core.errors import NotFound
from quality.notices.models import NoticeStatus
from quality.notices.queries import items_about, one_item_visible, one_visible, visible_to
from quality.people.actor import SYSTEM
from quality.permissions import Role
from tests.harness.databases import on_sqlite
from tests.harness.notices import desk_of, drafted, notice_at
from tests.harness.people import hire


def sees(session, actor) -> bool:
    return bool(session.scalars(visible_to(actor)).all())


@on_sqlite
def test_a_draft_is_seen_by_its_agency_and_those_above_only(session, concluded):
    cast = concluded.cast
    notice = drafted(session, cast, concluded.bad[0])

    assert one_visible(session, cast.coordinator, notice.reference) is notice
    assert one_visible(session, hire(session, cast.above, Role.REVIEWER), notice.reference) is notice
    for stranger in (
        cast.desk, cast.other_desk, cast.buyer, cast.analyst, SYSTEM, hire(session, cast.below, Role.COORDINATOR),
        hire(session, cast.agency, Role.ADMIN),
    ):  # fmt: skip
        assert not sees(session, stranger)
        with pytest.raises(NotFound):
            one_visible(session, stranger, notice.reference)


def test_an_issued_notice_is_seen_by_its_platform_and_by_no_other(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, NoticeStatus.ISSUED, concluded.bad[0])
    desk = desk_of(cast, notice)
    stranger = cast.other_desk if desk is cast.desk else cast.desk

    assert one_visible(session, desk, notice.number) is notice
    assert not sees(session, stranger)


@on_sqlite
def test_a_listing_is_found_by_its_number_on_a_visible_notice(session, concluded):
    cast = concluded.cast
    notice = drafted(session, cast, concluded.bad[0])
    listing = notice.items[0].listing_id

    assert one_item_visible(session, cast.coordinator, notice.reference, listing) is notice.items[0]
    with pytest.raises(NotFound):
        one_item_visible(session, cast.coordinator, notice.reference, "L-nowhere")


@on_sqlite
def test_listings_about_a_finding_leave_out_withdrawn_notices(session, concluded):
    cast = concluded.cast
    notice_at(session, cast, NoticeStatus.WITHDRAWN, concluded.bad[0])
    assert items_about(session, concluded.bad[0]) == []

    notice = drafted(session, cast, concluded.bad[0])
    assert items_about(session, concluded.bad[0]) == notice.items
