"""A laboratory cannot tell a control: whatever it is given of one has the shape of what it is given of any sample.

Two samples walk the same road step by step, one bought and one a control, sealed and sent with the same words. At each
step every page, answer, paper and workbook of the one is held against that of the other, with what must differ (blind
number, seal, number of the report, digests of the record, ids in cursors) taken out.
"""

from __future__ import annotations

import difflib
import io
import json
import re
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.controls.operations import settle
from quality.documents.models import Document, Language
from quality.lab.operations import confirm_finding, go_on, propose_finding, stop_testing
from quality.lab.queries import portions_visible_to
from quality.pages.papers import ASKS, subjects_of
from quality.pages.worklist import worklist
from quality.people.actor import Actor
from quality.purchases.models import Portion, PortionKind, PortionStatus, Sample, Untested
from tests.harness.api import BASE, program_of
from tests.harness.controls import registered, sent_unit
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.lab import BAD, enter, portion_to_test, sign, take_in
from tests.harness.links import walk
from tests.harness.people import Cast
from tests.harness.purchases import dispatched_sample, sealed_sample

pytestmark = on_sqlite
DIGEST = re.compile(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{6}…[0-9a-f]{4}\b")
CODE = re.compile(r"\b[A-Z0-9]{4}(-[A-Z0-9]{4}){2,}\b")  # of a paper


class Both:
    """The bought one and the control, and what a laboratory gets of either."""

    def __init__(self, app: Flask, session: Session, cast: Cast) -> None:
        self.app, self.session, self.cast = app, session, cast
        self.bought = dispatched_sample(session, cast)
        control = registered(session, cast, self.bought)
        self.made = sent_unit(session, cast, control).sample
        for actor in (cast.analyst, cast.signatory):
            assert actor.person
            give_password(session, actor.person)
        session.commit()
        self.clients = [(actor, sign_in(app, actor)) for actor in (cast.analyst, cast.signatory)]
        self.programs = [program_of(app, session, actor) for actor in (cast.analyst, cast.signatory)]

    def each(self, step: Callable[[Sample], object]) -> None:
        for sample in (self.bought, self.made):
            step(sample)
        self.session.commit()

    def given(self, sample: Sample) -> dict[str, str]:
        """By what it is: every page that names this portion, every answer, the test order's workbook."""
        portion = portion_to_test(sample)
        reports = self.session.execute(
            sa.text("SELECT report_no FROM report WHERE portion_id = :key"), {"key": portion.id}
        ).scalars().all()  # fmt: skip
        mine = [portion.blind_no, portion.seal_no, *reports]
        addresses = [f"/desk/portion/{portion.blind_no}", f"/desk/portion/?q={portion.blind_no}",
                     f"/desk/search?q={portion.blind_no}"]  # fmt: skip
        addresses += [f"/desk/portion/{portion.blind_no}/{name}" for name in ("take_in", "turn_away", "report")]
        addresses += [f"/desk/report/{self.cast.laboratory.code}:{number}" for number in reports]
        found = {}
        for actor, client in self.clients:
            client.reads = False
            for address in addresses:
                answer = client.get(address)
                found[f"{actor.role} {leveled(address, mine)} {answer.status_code}"] = leveled(answer.text, mine)
        asked = [f"/lab/samples/{portion.blind_no}", f"/lab/samples/{portion.blind_no}/events",
                 f"/lab/samples?q={portion.blind_no}", *(f"/lab/reports/{number}" for number in reports)]  # fmt: skip
        for program in self.programs:
            for address in asked:
                answer = program.get(address)
                found[f"{program.__class__.__name__} {leveled(address, mine)}"] = leveled(answer.text, mine)
        return found

    def compare(self) -> None:
        first, second = self.given(self.bought), self.given(self.made)
        assert first.keys() == second.keys()
        for name, text in second.items():
            lines = difflib.unified_diff(first[name].splitlines(), text.splitlines(), lineterm="", n=0)
            assert list(lines) == [], name
        assert any(len(text) > 2_000 for text in first.values()), "pages were read"


def leveled(text: str, mine: list[str]) -> str:
    """Without what is each one's own. Numbers of the record (counts, ids) stay: they tell."""
    for own in sorted(mine, key=len, reverse=True):
        text = text.replace(own, "MINE")
    text = re.sub(r'name="(csrf_token|subject)" value="[^"]*"', "", text)  # `subject`: a portion's own id
    return CODE.sub("CODE", DIGEST.sub("DIGEST", text))


@pytest.fixture
def both(app: Flask, session: Session, cast: Cast) -> Both:
    return Both(app, session, cast)


def test_nothing_a_laboratory_is_given_tells_a_control(session: Session, cast: Cast, both: Both) -> None:
    both.compare()
    both.each(lambda sample: take_in(session, portion_to_test(sample), cast))
    both.compare()
    of_the_workbook(both)
    reports: dict[int, Any] = {}

    def entered(sample: Sample) -> None:
        reports[sample.id] = enter(session, portion_to_test(sample), cast, BAD)

    both.each(entered)
    both.compare()
    both.each(lambda sample: sign(session, reports[sample.id], cast))
    both.compare()
    confirm_finding(session, propose_finding(session, both.bought, by=cast.coordinator), by=cast.reviewer)
    from quality.controls.models import ControlUnit

    settle(session, session.scalars(sa.select(ControlUnit)).one(), by=cast.coordinator)
    session.commit()
    both.compare()  # the agency has closed its books on both
    of_the_papers(both)


def of_the_workbook(both: Both) -> None:
    """Rows of the test order, given out: the same items, units, methods and limits."""
    _actor, client = both.clients[0]
    answer = client.get("/desk/workbook/open.xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0].values)
    told = {
        sample.id: [
            [cell for cell in row if cell != portion_to_test(sample).blind_no]
            for row in rows
            if portion_to_test(sample).blind_no in row
        ]
        for sample in (both.bought, both.made)
    }
    assert told[both.made.id] == told[both.bought.id] != []


def of_the_papers(both: Both) -> None:
    """Test order, custody sheet, label: what they say, before it is printed."""
    said = []
    for sample in (both.bought, both.made):
        portion = portion_to_test(sample)
        mine = [portion.blind_no, portion.seal_no]
        papers = {
            str(name): leveled(told_by(both.session, subject, name, both.cast.analyst), mine)
            for name, subject in subjects_of("portion", portion, both.cast.analyst)
        }
        said.append(papers)
    assert said[0] == said[1]
    assert len(said[0]) > 1


def told_by(session: Session, subject: Any, name: Any, by: Actor) -> str:
    document: Document = ASKS[name].ask(session, subject, Language.ZH, by=by)
    facts = {column.key: str(getattr(document, column.key)) for column in Document.__table__.columns}
    for own in ("id", "subject_id", "code", "sha256", "content_sha256", "made_at", "asked_at"):
        facts.pop(own, None)
    return json.dumps(facts, sort_keys=True, ensure_ascii=False)


def test_numbers_and_their_order_tell_nothing(session: Session, cast: Cast) -> None:
    """Blind numbers are drawn alike; ids come in pairs, as of any sample; no event of a part says what it is."""
    like = sealed_sample(session, cast)
    control = registered(session, cast, like)
    units = [sent_unit(session, cast, control).sample for _ in range(3)]
    for sample in [like, *units]:
        one, other = sorted(portion.id for portion in sample.portions)
        assert other == one + 1
        assert all(
            re.fullmatch(r"MY-[2-9ACEFHJKMNPRTWXY]{4}-[2-9ACEFHJKMNPRTWXY]{4}", p.blind_no) for p in sample.portions
        )
    seen = session.scalars(portions_visible_to(cast.analyst)).all()
    assert {portion.version for portion in seen} == {2}, "sealed and sent, like any other"


def test_a_laboratory_reads_no_page_of_controls(app: Flask, session: Session, cast: Cast, both: Both) -> None:
    """Every link it is given, and the addresses that it is not given."""
    secret = ("Q-YZ-", "质控", "control sample", "Control sample", "B-17", "加标")
    for actor, client in both.clients:
        for address, body in walk(client, "/desk/", "/account/"):
            assert not [word for word in secret if word.encode() in body], f"{actor.role} {address}"
        for address in ("/desk/laboratories/", "/desk/laboratories/laboratory?code=JY", "/desk/laboratories/control"):
            assert client.get(address).status_code == 403
        assert client.get("/desk/control/").status_code == 404
    for program in both.programs:
        assert program.get("/controls").status_code == 404
    assert BASE
    assert session.scalars(sa.select(sa.func.count(Portion.id))).one() == 4


def test_a_laboratory_that_suspects_a_control_gets_the_same_answer(session, cast):
    control = registered(session, cast, dispatched_sample(session, cast))
    portion = portion_to_test(sent_unit(session, cast, control).sample)
    take_in(session, portion, cast)
    stop_testing(session, portion, Untested.COUNTERFEIT, "商标印刷与正品不符", by=cast.analyst)
    session.commit()
    lines = [line for _group, found in worklist(session, cast.coordinator, "control").groups for line in found]
    assert [line.case for line in lines] == [control]

    go_on(session, portion.sample, PortionKind.TEST, "已核实", by=cast.coordinator)

    assert portion.status == PortionStatus.AT_LAB
    assert worklist(session, cast.coordinator, "control").groups == []
