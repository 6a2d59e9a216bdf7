"""The parts of the sitemap: found by steps along a key, each with what is in force and when it changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from quality.core.db import db
from quality.publication import sitemap
from quality.publication.models import Entry, Statement
from quality.publication.operations import withdraw
from tests.harness.beginnings import Concluded
from tests.harness.publication import published


def test_each_result_in_force_is_in_the_part_of_its_key(
    session: Session, concluded: Concluded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "A_PART", 2)
    assert sitemap.parts_of_results(session) == []
    cast = concluded.cast
    made = [published(session, cast, each) for each in (*concluded.bad, concluded.good)]
    assert sitemap.parts_of_results(session) == sorted({each.id // 2 for each in made})
    last = made[-1].published_at
    assert last is not None
    later = last + timedelta(days=3)
    session.add(Statement(result_id=made[-1].id, says={}, sha256="0" * 64, stated_at=later))
    withdraw(session, made[0], "检验方法有误", by=cast.reviewer)
    session.commit()

    with db.engine.connect() as connection:
        found = [
            each
            for part in sitemap.parts_of_results(session)
            for some in sitemap.results_in(connection, part)
            for each in some
        ]
    assert [each.number for each in found] == [each.number for each in made[1:]]
    assert [each.changed_at for each in found] == [*(each.published_at for each in made[1:-1]), later]
    assert not sitemap.has_results(session, made[-1].id // 2 + 1)
    assert not sitemap.has_results(session, 2**31 - 1), "as large as an address can say"
    assert session.query(Entry).count() == len(found)


def test_a_campaign_is_named_from_freezing_on_and_names_of_results_in_force(
    session: Session, concluded: Concluded
) -> None:
    campaign = concluded.good.sample.task.campaign
    [part] = sitemap.parts_of_campaigns(session)
    assert sitemap.campaigns_in(session, part) == [(campaign.number, False)]
    assert sitemap.names(session) == []
    copy = published(session, concluded.cast, concluded.good).copy
    assert sitemap.names(session) == [
        ("category", copy["campaign"]["category"]),
        ("platform", copy["platform"]["code"]),
    ]
