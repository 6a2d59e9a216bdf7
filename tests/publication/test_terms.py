"""A result leaves the public when its time is over, by its class, and what is left says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from quality.clocks.calendar import Calendar
from quality.clocks.queries import over_for
from quality.core import clock
from quality.core.errors import Refused
from quality.documents.models import Document, DocumentKind, Language
from quality.publication.closing import finished_samples
from quality.publication.jobs import end_time_in_public
from quality.publication.listing import public_results
from quality.publication.models import ResultStatus
from quality.publication.operations import publish
from quality.publication.queries import Gone, one_public, taken_from_the_public
from quality.publication.terms import over_by, term_of
from tests.harness.databases import on_sqlite
from tests.harness.notices import run
from tests.harness.publication import closed_campaign, proposed, published

EXPIRED, PUBLISHED = ResultStatus.EXPIRED, ResultStatus.PUBLISHED


def test_a_result_is_in_public_for_as_long_as_its_class_says(session, concluded):
    cast = concluded.cast
    good, bad = published(session, cast, concluded.good), published(session, cast, concluded.bad[0])
    session.commit()
    ends = term_of(session, good).ends
    assert (term_of(session, bad).rule.code, term_of(session, good).rule.code) == (
        "public_nonconforming", "public_conforming",
    )  # fmt: skip
    cast.clock.moment = ends.due_at - timedelta(seconds=1)
    assert run(session, end_time_in_public) == 0
    assert list(session.scalars(over_by(session, clock.now() + timedelta(days=1)))) == [good]

    cast.clock.moment = ends.due_at
    assert (run(session, end_time_in_public), run(session, end_time_in_public)) == (1, 0)

    gone = one_public(session, good.number)
    assert isinstance(gone, Gone)
    assert (gone.status, gone.ended_at, good.status) == (EXPIRED, clock.now(), EXPIRED)
    assert "3个月" in gone.reason and "3 months" in gone.reason
    assert public_results(session).results == [bad]
    assert taken_from_the_public(session) == [good]
    cast.clock.moment = term_of(session, bad).ends.due_at
    assert run(session, end_time_in_public) == 1
    assert taken_from_the_public(session) == [bad, good]
    assert taken_from_the_public(session, (bad.ended_at, bad.id)) == [good]


@on_sqlite
def test_a_correction_gives_no_more_time_and_nothing_comes_back(session, concluded):
    cast = concluded.cast
    first = published(session, cast, concluded.good)
    cast.clock.advance(days=60)
    second = published(session, cast, concluded.good, "更正规格型号")
    waiting = proposed(session, cast, concluded.good, "再更正")
    assert second.public_since == first.published_at
    session.commit()
    cast.clock.moment = term_of(session, second).ends.due_at

    assert run(session, end_time_in_public) == 1

    assert {one_public(session, first.number, n).status for n in (None, 1, 2)} == {EXPIRED}
    with pytest.raises(Refused, match="expired"):
        publish(session, waiting, by=cast.reviewer)


def test_a_closed_campaign_is_announced_once_without_what_left(session, concluded):
    campaign = closed_campaign(session, concluded)
    session.commit()
    before = announced(session, campaign)
    concluded.cast.clock.advance(days=100)

    assert run(session, end_time_in_public) == 1

    says, editions = announced(session, campaign)
    assert (says["conforming"], says["found"]["conforming"], says["found"]["expired"]) == ([], "1", "1")
    assert editions == before[1] + 1
    assert says["tested"] == before[0]["tested"]
    assert says["figures"] == before[0]["figures"], "what was tested stays tested"
    assert session.scalars(finished_samples()).all() == []


def announced(session, campaign):
    asked = sa.select(Document).where(Document.kind == DocumentKind.ANNOUNCEMENT, Document.language == Language.ZH)
    last = session.scalars(asked.where(Document.number == campaign.number).order_by(Document.edition.desc())).first()
    return last.says, last.edition


@on_sqlite
def test_what_is_over_is_found_as_the_count_finds_it(session, cast):
    """Of a term of years the count begins where it can be over, not today."""
    known, now = Calendar(), clock.now()
    edge = over_for("public_nonconforming", known, now)
    assert (now - edge).days in range(3 * 365 - 1, 3 * 366 + 12)
