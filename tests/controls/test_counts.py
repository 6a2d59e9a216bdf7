"""A control is counted nowhere: the agency's other pages, answers and conditions are the same with and without."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.models import Campaign
from quality.controls.operations import settle
from quality.core import clock
from quality.lab.workload import late_reports, paces
from quality.publication.closing import CAMPAIGN_IS_FINISHED, finished_samples
from quality.purchases.models import PortionKind, Sample, Task
from quality.search.jobs import index_new_cases
from tests.gates.test_identity import answers
from tests.harness.api import program_of
from tests.harness.controls import registered, reported_unit, sent_unit, split
from tests.harness.databases import on_sqlite
from tests.harness.desk import World, sign_in
from tests.harness.lab import BAD
from tests.harness.links import walk
from tests.harness.people import Cast
from tests.harness.spoken import OneLanguage

pytestmark = on_sqlite
ELSE = re.compile(
    r"/account/|/desk/storage/lying|/desk/labels|/desk/laboratories|/desk/control|[.]xlsx|/new$|competence|/laboratories|"
    r"/give$"  # a code of its own for each page
)


# this walk is read for its language too, beside those of tests/gates/test_languages.py
READ_IN = {"coordinator": "zh"}


class Reading:
    """All that a coordinator and the public come to by links, and that a reviewer's program is answered."""

    def __init__(self, app: Flask, session: Session, cast: Cast, world: World) -> None:
        self.app, self.desk, self.public = app, unread(sign_in(app, cast.coordinator)), unread(app.test_client())
        self.program = program_of(app, session, cast.reviewer)
        self.starts = ("/", "/results", f"/campaigns/{world['campaign']}")
        self.desk.get(f"/desk/?lang={READ_IN['coordinator']}")

    def all(self, language: OneLanguage | None = None) -> dict[str, str]:
        own = list(walk(self.desk, "/desk/", "/account/"))
        for each in own if language else ():
            language.read(*each)
        told = [*own, *walk(self.public, *self.starts), *answers(self.app, self.program)]
        return {address: leveled(body.decode(errors="replace")) for address, body in told if not ELSE.search(address)}


def unread(client: Any) -> Any:
    """Its pages are read where they are asked for; here they are compared."""
    client.reads = False
    return client


def leveled(text: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"|data-csrf="[^"]*"|content="[\w.-]{40,}"', "", text)


def test_no_page_answer_figure_or_condition_knows_of_a_control_nor_speaks_two_languages(
    app: Flask, session: Session, cast: Cast, world: World
) -> None:
    samples = {each.number: each for each in session.scalars(sa.select(Sample))}
    like = samples[world["sample"]]
    campaign = like.campaign
    session.commit()
    reading, language = Reading(app, session, cast, world), OneLanguage(session, READ_IN["coordinator"])
    session.rollback()
    before = reading.all(language)
    asked = conditions(session, campaign, cast)
    control = registered(session, cast, like)
    settle(session, reported_unit(session, cast, control, BAD), by=cast.coordinator)
    reported_unit(session, cast, control, BAD)  # waits for its books to be closed
    sent_unit(session, cast, control)
    reported_unit(session, cast, split(session, cast, like), BAD, cast.second_laboratory)
    session.commit()
    index_new_cases(sessionmaker(session.get_bind()))
    after = reading.all()
    assert after.keys() == before.keys()
    assert [name for name, text in after.items() if text != before[name]] == []
    assert len(before) > 150
    assert language.pages > max(150, language.others)
    assert language.foreign == {}
    assert conditions(session, campaign, cast) == asked


def conditions(session: Session, campaign: Campaign, cast: Cast) -> list[Any]:
    session.expire_all()
    reasons = [condition(campaign, cast.coordinator) for condition in CAMPAIGN_IS_FINISHED]
    finished = list(session.scalars(finished_samples()))
    times = [paces(session, cast.reviewer), late_reports(session, cast.reviewer)]  # loads count every box that is there
    waiting = session.scalars(sa.select(sa.func.count(Task.id)).where(Task.campaign_id == campaign.id)).one()
    return [[reason and (reason.code, str(reason.text)) for reason in reasons], finished, waiting, times]


def test_the_store_shows_a_control_to_those_who_may_know_of_it(
    app: Flask, session: Session, cast: Cast, world: World
) -> None:
    """The box lies there: a coordinator is led to the control, and a reviewer does not see it."""
    like = session.scalars(sa.select(Sample).where(Sample.number == world["sample"])).one()
    unit = sent_unit(session, cast, registered(session, cast, like))
    seal = unit.sample.portion(PortionKind.BACKUP).seal_no
    session.commit()
    store = f"/desk/storage/lying?place={cast.agency.code}"
    page = sign_in(app, cast.coordinator).get(store).text
    assert seal in page
    assert f"/desk/control/{unit.control.number}" in page
    assert seal not in sign_in(app, cast.reviewer).get(store).text
    assert clock.now()


@pytest.mark.parametrize("who", ["reviewer", "buyer", "analyst", "signatory", "desk"])
def test_only_coordinators_come_to_the_figures(
    app: Flask, session: Session, cast: Cast, world: World, who: str
) -> None:
    client = sign_in(app, getattr(cast, who))
    for address in ("", "laboratory?code=JY", "laboratories.xlsx", "control"):
        assert client.get(f"/desk/laboratories/{address}").status_code == 403
    assert client.get("/desk/control/").status_code == 404
