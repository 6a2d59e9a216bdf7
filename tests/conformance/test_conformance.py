"""A platform tries its own system, as its engineer would: a receiver that verifies by an independent library."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import svix
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker
from svix.webhooks import WebhookVerificationError

from quality.campaigns.operations import known_platforms
from quality.conformance.checks import State
from quality.conformance.models import ConformanceRun, Trial
from quality.conformance.operations import Started, certify, end, found_in, send_now, start_run
from quality.core import clock
from quality.core.config import Settings
from quality.core.errors import NotPermitted, Refused
from quality.delivery.sending import send_due_webhooks
from quality.documents.models import DocumentKind
from quality.documents.queries import latest_of
from quality.notices.queries import visible_to
from quality.people.models import Organisation, OrganisationKind
from quality.statistics.period import Period
from quality.statistics.queries import every_platform, history
from tests.harness.api import Program
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.notices import run as at_the_job
from tests.harness.people import Cast
from tests.harness.press import making
from tests.harness.receiver import Receiver, Reply, Taken, receiver

pytestmark = on_sqlite
SHOWN = {"text/html", "application/json", "text/csv", "application/atom+xml", "text/plain"}


@dataclass
class System:
    """A platform's own: it verifies, knows each id, fails once where it is asked to, and answers by the API."""

    secret: str = ""
    seen: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    notices: list[dict[str, Any]] = field(default_factory=list)
    forgives: bool = False  # it looks at no signature
    is_forgetful: bool = False  # it does not know what it had

    def __call__(self, taken: Taken) -> Reply:
        try:
            if not self.forgives:
                svix.Webhook(self.secret).verify(taken.body, dict(taken.headers))
        except WebhookVerificationError:
            return Reply(401)
        notice = json.loads(taken.body)["data"]
        if "503" in notice["reasons"] and notice["number"] not in self.failed:
            self.failed.add(notice["number"])
            return Reply(503)
        if taken.id not in self.seen or self.is_forgetful:
            self.seen.add(taken.id)
            self.notices.append(notice)
        return Reply(204)


@dataclass
class Trying:
    session: Session
    cast: Cast
    settings: Settings
    system: System
    listens: Receiver
    started: Started
    program: Program

    @property
    def run(self) -> ConformanceRun:
        return self.session.get_one(ConformanceRun, self.started.run.id)

    def send(self) -> None:
        self.session.commit()
        send_due_webhooks(sessionmaker(self.session.get_bind()), self.settings, jitter=lambda: 0.0)
        self.session.expire_all()

    def number(self, trial: Trial) -> str:
        number: str = self.run.samples[trial.value]["number"]
        return number

    def answer(self, trial: Trial, *listings: str) -> Any:
        self.session.commit()
        said = {"outcome": "removed", "acted_at": clock.now().isoformat()}
        body = {"outcomes": [said | {"listing_id": each} for each in listings or self.listings(trial)]}
        answer = self.program.post(f"/sandbox/platform/notices/{self.number(trial)}/outcomes", body)
        self.session.expire_all()
        return answer

    def listings(self, trial: Trial) -> list[str]:
        listings: list[str] = self.run.samples[trial.value]["listings"]
        return listings

    def states(self) -> dict[str, str]:
        self.session.expire_all()
        return {check.code: check.state.value for check in found_in(self.session, self.run)}


@pytest.fixture
def trying(app: Flask, session: Session, cast: Cast, settings: Settings) -> Any:
    system = System()
    cast.clock.moment = datetime.now(UTC)  # who verifies looks at the time
    with receiver(system) as listens:
        told = replace(settings, webhook_allow_private=True)
        started = start_run(session, told, listens.url, by=cast.engineer)
        session.commit()
        system.secret = started.secret
        yield Trying(session, cast, told, system, listens, started, Program(app, started.key))


def test_a_system_that_does_all_of_it_gets_a_report_that_anybody_can_verify(
    app: Flask, session: Session, cast: Cast, trying: Trying
) -> None:
    assert set(trying.states().values()) == {"waits"}
    trying.send()
    assert trying.states() | {"signature": "passed", "forgery": "passed"} == trying.states()
    cast.clock.advance(seconds=6)
    trying.send()  # the retry after the 503, by the schedule of real notices
    assert trying.states()["retry"] == "passed"
    assert {notice["number"] for notice in trying.system.notices} == {
        trying.number(trial) for trial in Trial if trial is not Trial.FORGED
    }

    assert trying.answer(Trial.SIGNED).get_json()["items"][0]["ok"] is True
    trying.send()  # the same id once more
    assert trying.listens.ids().most_common(1)[0][1] >= 2
    cast.clock.advance(seconds=11)
    first, second = trying.listings(Trial.PARTIAL)
    assert trying.answer(Trial.PARTIAL, first).get_json()["status"] == "served"
    assert trying.answer(Trial.PARTIAL, second).get_json()["status"] == "answered"
    busy = trying.answer(Trial.BUSY)
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "10")
    cast.clock.advance(seconds=10)
    assert trying.answer(Trial.BUSY).status_code == 200
    said = {"kind": "objection", "text": "not ours"}
    objected = trying.program.post(f"/sandbox/platform/notices/{trying.number(Trial.OBJECTED)}/messages", said)
    assert objected.status_code == 201
    assert set(trying.states().values()) == {"passed"}

    certify(session, trying.run, by=cast.engineer)
    at_the_job(session, making)
    document = latest_of(session, trying.run, DocumentKind.CONFORMANCE)
    assert document
    told = app.test_client().get(f"/verify/{document.code}.json").get_json()
    assert (told["state"], told["kind"], told["number"]) == ("genuine", "conformance", trying.run.number)
    assert trying.program.get("/sandbox/platform/notices").status_code == 401  # its key opens nothing any more
    with pytest.raises(Refused, match="run_ended"):
        certify(session, trying.run, by=cast.engineer)


def test_what_goes_wrong_is_named_with_what_to_mend(trying: Trying, cast: Cast) -> None:
    trying.system.forgives = trying.system.is_forgetful = True
    trying.system.failed = {trying.number(Trial.RETRIED)}
    trying.send()
    trying.answer(Trial.SIGNED)
    trying.answer(Trial.SIGNED)
    trying.answer(Trial.PARTIAL)
    assert trying.answer(Trial.BUSY).status_code == 429
    cast.clock.advance(seconds=2)
    assert trying.answer(Trial.BUSY).status_code == 429
    states = trying.states()
    assert states == {
        "signature": "passed", "forgery": "failed", "duplicate": "failed", "retry": "failed", "partial": "failed",
        "too_many": "failed", "objection": "waits",
    }  # fmt: skip
    failed = [check for check in found_in(trying.session, trying.run) if check.state is State.FAILED]
    assert all(str(check.mend) for check in failed)
    with pytest.raises(Refused, match="not_passed"):
        certify(trying.session, trying.run, by=cast.engineer)


def test_the_sandbox_is_met_by_nobody_who_asks_for_platforms(
    app: Flask, session: Session, cast: Cast, trying: Trying
) -> None:
    twin = session.scalars(sa.select(Organisation).where(Organisation.kind == OrganisationKind.SANDBOX)).one()
    assert twin.code not in known_platforms(session)
    assert trying.program.get("/platform/notices").get_json()["items"] == []
    for key in (cast.engineer, cast.desk):
        with pytest.raises(NotPermitted):
            start_run(session, trying.settings, trying.listens.url, by=replace_platform(key, cast))
    assert trying.program.get("/sandbox/platform/notices/CF-X").status_code == 404
    read = trying.program.get(f"/sandbox/platform/notices/{trying.number(Trial.PARTIAL)}").get_json()
    assert [item["status"] for item in read["items"]] == ["open", "open"]
    wrong = trying.program.post(
        f"/sandbox/platform/notices/{trying.number(Trial.PARTIAL)}/outcomes",
        {"outcomes": [{"listing_id": "none", "outcome": "removed"}, {"outcome": 5}]},
    ).get_json()
    assert [(item["ok"], item["code"]) for item in wrong["items"]] == [(False, "unknown_listing"), (False, "missing")]
    ask = f"/sandbox/platform/notices/{trying.number(Trial.OBJECTED)}"
    assert trying.program.post(f"{ask}/messages", {"kind": "decision", "text": "no"}).status_code == 422
    assert trying.program.post(f"{ask}/messages", {"kind": "objection", "text": " "}).status_code == 422
    assert trying.program.post(f"{ask}/acknowledge", {"reference": "A-1"}).status_code == 200


def replace_platform(actor: Any, cast: Cast) -> Any:
    """The same person, working for the agency as nobody could."""
    return type(actor)(actor.person, cast.agency, actor.role)


def test_neither_the_sandbox_nor_its_samples_stand_in_any_list_figure_or_publication(
    app: Flask, session: Session, cast: Cast, trying: Trying
) -> None:
    """Every page and dump that needs no name, read by an agency and by the public, and the figures by themselves."""
    trying.send()
    trying.answer(Trial.SIGNED)
    twin = session.scalars(sa.select(Organisation).where(Organisation.kind == OrganisationKind.SANDBOX)).one()
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    year = Period(clock.now().date() - timedelta(days=300), clock.now().date())
    assert twin.id not in history(session, visible_to(cast.coordinator), year).told
    assert twin.id not in {each.id for each in session.scalars(every_platform())}
    theirs = {twin.name, trying.number(Trial.SIGNED), *trying.listings(Trial.SIGNED)}
    readers = {"/desk/": sign_in(app, cast.coordinator), "/": app.test_client()}
    read = 0
    for rule in app.url_map.iter_rules():
        is_plain = not rule.arguments and "GET" in (rule.methods or set()) and "account" not in rule.rule
        beginning = next(each for each in readers if rule.rule.startswith(each))
        answer = readers[beginning].get(rule.rule) if is_plain and not rule.rule.startswith("/api/") else None
        if answer is not None and answer.status_code == 200 and answer.mimetype in SHOWN:
            read += 1
            assert not [word for word in theirs if word in answer.text], rule.rule
    assert read > 30


def test_another_run_ends_the_one_before(session: Session, cast: Cast, trying: Trying) -> None:
    first = trying.run
    again = start_run(session, trying.settings, trying.listens.url, by=cast.desk)
    session.commit()
    session.expire_all()
    assert (first.ended_at is not None, first.passed_at, again.run.ended_at) == (True, None, None)
    assert first.endpoint.removed_at is not None
    assert trying.program.get("/sandbox/platform/notices").status_code == 401
    end(session, again.run, by=cast.engineer)
    assert again.run.ended_at is not None


def test_its_pages(app: Flask, session: Session, cast: Cast, trying: Trying) -> None:
    for actor in (cast.engineer, cast.reader):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    engineer, reader = sign_in(app, cast.engineer), sign_in(app, cast.reader)
    assert reader.get("/desk/conformance/").status_code == 403
    number = trying.run.number
    assert number in engineer.get("/desk/conformance/").text
    refused = engineer.post("/desk/conformance/", data={"url": "http://127.0.0.1/x"})
    assert refused.status_code == 422
    assert "http://127.0.0.1/x" in refused.text
    assert engineer.post("/desk/conformance/", data={"url": ""}).status_code == 422
    trying.send()
    page = engineer.get(f"/desk/conformance/{number}").text
    assert "Takes a rightly signed notice" in page
    early = engineer.post(f"/desk/conformance/{number}/report", data={"version": trying.run.version})
    assert early.status_code == 409
    assert engineer.get(f"/desk/conformance/{number}/report.pdf").status_code == 409
    assert engineer.get("/desk/conformance/CF-NONE-1").status_code == 404


def test_a_forged_sample_that_was_refused_is_not_sent_again(trying: Trying, cast: Cast) -> None:
    trying.send()
    for _times in range(3):
        cast.clock.advance(hours=6)
        trying.send()
    forged = [each for each in trying.listens.taken if each.said["data"]["number"] == trying.number(Trial.FORGED)]
    assert len(forged) == 1
    assert trying.states()["forgery"] == "passed"


def test_what_came_before_the_secret_was_entered_is_sent_again_when_somebody_says_so(
    app: Flask, session: Session, cast: Cast, trying: Trying
) -> None:
    trying.system.secret, secret = "whsec_" + "A" * 32, trying.system.secret
    trying.send()
    cast.clock.advance(seconds=6)
    trying.send()
    trying.system.secret = secret
    assert cast.engineer.person
    give_password(session, cast.engineer.person)
    session.commit()
    page = f"/desk/conformance/{trying.run.number}"
    assert sign_in(app, cast.engineer).post(f"{page}/again").headers["Location"].endswith(page)
    trying.send()
    assert trying.states()["signature"] == "passed"
    cast.clock.advance(seconds=6)
    trying.send()
    assert trying.states()["retry"] == "passed"
    assert trying.states()["forgery"] == "passed", "that one was refused, and is not sent again"
    end(session, trying.run, by=cast.engineer)
    with pytest.raises(Refused, match="run_ended"):
        send_now(session, trying.run, by=cast.engineer)
