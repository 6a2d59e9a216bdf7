"""One number counts up with everything that the public may read, by itself, and never comes twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.models import CampaignStatus
from quality.core.db import db
from quality.core.many import change_many
from quality.documents.models import Document, DocumentKind
from quality.people.actor import SYSTEM
from quality.people.models import Organisation, OrganisationKind
from quality.people.operations import add_organisation
from quality.publication import epoch
from quality.publication.models import Epoch, Tally
from quality.publication.operations import propose, publish, withdraw
from quality.tables import metadata
from tests.harness.campaigns import campaign_at
from tests.harness.databases import on_sqlite
from tests.harness.desk import published_result
from tests.harness.people import Cast
from tests.harness.purchases import settings


def now(session: Session) -> int:
    session.commit()
    return epoch.epoch_of(session)


@on_sqlite
def test_it_is_raised_by_what_is_published_corrected_and_withdrawn_and_not_by_what_is_only_proposed(
    session: Session, cast: Cast
) -> None:
    before = now(session)
    result = published_result(session, cast)
    published = now(session)
    later = propose(session, result.finding, by=cast.coordinator, reason="更正规格")
    proposed = now(session)
    publish(session, later, by=cast.reviewer)
    corrected = now(session)
    withdraw(session, later, "检验方法有误", by=cast.reviewer)

    assert before < published == proposed < corrected < now(session)


@on_sqlite
@pytest.mark.parametrize(("status", "is_public"), [(CampaignStatus.APPROVED, False), (CampaignStatus.FROZEN, True)])
def test_a_campaign_raises_it_from_freezing_on(session: Session, cast: Cast, status, is_public: bool) -> None:
    before = now(session)
    campaign_at(session, cast, status, settings().frames_folder)
    assert (now(session) > before) == is_public


@on_sqlite
def test_an_organisation_raises_it_by_what_pages_call_it(session: Session, cast: Cast) -> None:
    before = now(session)
    added = add_organisation(session, kind=OrganisationKind.PLATFORM, code="TL2", name="棠梨", by=SYSTEM)
    there = now(session)
    session.execute(sa.update(Organisation).where(Organisation.id == added.id).values(name="棠梨商城"))
    assert before < there < now(session)


def test_of_documents_only_those_for_everybody_raise_it() -> None:
    raising = {kind for kind in DocumentKind if epoch.SHOWN[Document](Document(kind=kind), ())}
    assert raising == {DocumentKind.ANNOUNCEMENT}


@on_sqlite
@pytest.mark.breaks_the_record
def test_rows_that_are_written_at_once_raise_it_too(session: Session) -> None:
    session.add(a_tally())
    before = now(session)
    session.execute(sa.update(metadata.tables["result_tally"]).values(many=2))
    changed = now(session)
    session.execute(sa.delete(Tally))
    deleted = now(session)
    change_many(
        session, metadata.tables["organisation"], ("name",), [("棠梨商城", 1)]
    )  # core/many.py, past the session
    assert before < changed < deleted < now(session)


def a_tally() -> Tally:
    return Tally(of="", value="", by="category", under="玩具", many=1)


@pytest.mark.breaks_the_record
def test_a_statement_that_meets_no_row_raises_nothing(session: Session) -> None:
    """A job that looks each minute for what is to be let go would have all pages made anew each minute."""
    before = now(session)
    none = Tally.many == -1
    for statement in (sa.delete(Tally).where(none), sa.update(Tally).where(none).values(value="玩具")):
        for quick in (False, "evaluate", "auto"):
            session.execute(statement, execution_options={"synchronize_session": quick})
    assert now(session) == before
    session.add(a_tally())
    added = now(session)
    for many, option in enumerate(("auto", "fetch", False, "evaluate")):
        session.execute(sa.update(Tally).values(value=f"玩{many}"), execution_options={"synchronize_session": option})
        assert now(session) > added, option
        added = now(session)
    session.execute(sa.delete(Tally).returning(Tally.value)).all()
    assert now(session) > added


@on_sqlite
def test_what_is_undone_raises_nothing_and_a_savepoint_does_not_raise_it_before_the_end(session: Session) -> None:
    before = now(session)
    epoch.raise_with(session)
    session.rollback()
    assert now(session) == before
    with session.begin_nested():
        epoch.raise_with(session)
    assert epoch.epoch_of(session) == before
    assert now(session) > before


@on_sqlite
def test_after_an_older_backup_no_number_comes_twice(session: Session) -> None:
    epoch.raise_with(session)
    late = now(session)
    session.execute(sa.update(Epoch).values(n=7))  # as it was when the backup was made
    session.commit()
    epoch.raise_with(session)
    assert now(session) >= late, "the machine's clock went on"
    session.execute(sa.update(Epoch).values(n=late + 10**9))  # a clock that was set back
    epoch.raise_with(session)
    assert now(session) == late + 10**9 + 1


def test_two_publications_at_once_make_two_states(session: Session) -> None:
    """On both databases: as many numbers as there were commits, whoever came first."""
    session.execute(sa.update(Epoch).values(n=2**50))  # beyond any clock, so that each adds one
    session.commit()
    sessions = sessionmaker(db.engine)

    def publish_something(_turn: int) -> None:
        with sessions.begin() as own:
            epoch.raise_with(own)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(publish_something, range(12)))
    assert now(session) == 2**50 + 12
