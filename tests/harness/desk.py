"""A world to look at: one case of every kind, walked the real road, and people with passwords who may see it."""

from __future__ import annotations

from itertools import cycle
from typing import Any

from flask import Flask
from flask_security.utils import hash_password
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.workflow import record
from quality.delivery import endpoints
from quality.delivery.jobs import tell_what_was_missed
from quality.delivery.models import Problem
from quality.delivery.post import Answer
from quality.delivery.sending import Tried, claim_some
from quality.delivery.sending import settle as settle_try
from quality.notices.models import Notice, NoticeStatus
from quality.objections.models import Objection
from quality.pages.kinds import KINDS
from quality.people.actor import Actor, themselves
from quality.people.models import Person
from quality.publication.models import Result
from quality.publication.operations import propose, publish
from quality.purchases.models import Portion, PortionKind, Task, TaskStatus
from tests.harness.campaigns import planned
from tests.harness.certificates import NUMBERS, proposed_certificate
from tests.harness.controls import registered
from tests.harness.corrections import ordered_correction, sent_transfer
from tests.harness.expenses import entered_expense
from tests.harness.lab import BAD, confirmed_finding, proposed_finding, reported_sample
from tests.harness.notices import desk_of, notice_at
from tests.harness.objections import reinspected_objection
from tests.harness.people import Cast
from tests.harness.purchases import received_task, settings, task_at

NAMES = {
    "coordinator": "周予安", "reviewer": "林知远", "buyer": "许清和", "analyst": "秦若川", "signatory": "顾南乔",
    "second_analyst": "程以默", "second_signatory": "叶疏影", "desk": "沈一禾", "other_desk": "陆时雨",
}  # fmt: skip
PASSWORD = "月光照在东湖的水面上 2026"


World = dict[str, str]  # kind: the number of one case, as its address has it


def settle(session: Session, cast: Cast) -> World:
    """Walk the roads. Time goes on a little between the steps, as in life."""
    for role, name in NAMES.items():
        person = getattr(cast, role).person
        give_password(session, person, name)
    for desk in (cast.desk, cast.other_desk):
        assert desk.organisation
        endpoints.set_contact(session, f"notices@{desk.organisation.code.lower()}.example", by=desk)
    published = published_result(session, cast)
    cast.clock.advance(days=1)
    notice: Notice = notice_at(session, cast, NoticeStatus.ANSWERED)
    tell(session, cast, notice)
    cast.clock.advance(days=1)
    objection: Objection = reinspected_objection(session, cast)
    finding = proposed_finding(session, cast)
    reported = reported_sample(session, cast, BAD)
    task: Task = task_at(session, cast, TaskStatus.SHIPPED)
    received_task(session, cast)
    planned(session, cast, title="2026年云州市网络销售学生文具质量监督抽检", category="学生文具")
    certificate = proposed_certificate(session, cast, certificate_no=f"2300{next(NUMBERS):08d}")
    portion: Portion = objection.finding.sample.portion(PortionKind.TEST)
    control = registered(session, cast, reported)
    correction = ordered_correction(session, cast, published.finding)
    transfer = sent_transfer(session, cast, published.finding)
    expense = entered_expense(session, cast, task)
    session.commit()
    cases = {
        "campaign": task.campaign,
        "task": task,
        "sample": reported,
        "portion": portion,
        "report": finding.report,
        "finding": finding,
        "objection": objection,
        "notice": notice,
        "result": published,
        "control": control,
        "certificate": certificate,
        "correction": correction,
        "transfer": transfer,
        "expense": expense,
    }
    return {kind: KINDS[kind].number(case) for kind, case in cases.items()}


def tell(session: Session, cast: Cast, notice: Notice) -> None:
    """The notice goes to its platform's own system too, which takes one message of it and not the other."""
    desk = desk_of(cast, notice)
    endpoint, _secret = endpoints.add(session, settings(), f"https://8.8.8.8/{notice.number}", by=desk)
    handle = endpoint.id
    sessions = sessionmaker(session.get_bind())
    session.commit()
    tell_what_was_missed(sessions, settings())
    endpoints.recover(session, endpoint, notice.issued_at or clock.now(), by=desk)
    session.commit()
    answers = [Answer(200, text="<html>ok</html>", resolved="8.8.8.8"), Answer(None, Problem.TIMEOUT)]
    [errands] = claim_some(sessions, settings(), [handle])
    for errand, answer in zip(errands, cycle(answers), strict=False):
        settle_try(sessions, [Tried(errand, answer)])
    session.expire_all()


def published_result(session: Session, cast: Cast) -> Result:
    """A nonconforming sample whose listing was seen gone, and everybody may read it."""
    finding = confirmed_finding(session, cast)
    cast.clock.advance(days=1)
    notice_at(session, cast, NoticeStatus.CLOSED, finding)
    result = propose(session, finding, by=cast.coordinator)
    publish(session, result, by=cast.reviewer)
    return result


def give_password(session: Session, person: Person, name: str = "") -> None:
    facts = {"password": hash_password(PASSWORD), "name": name or person.name}
    record(session, person, "choose_password", by=themselves(person), facts=facts)


def sign_in(app: Flask, actor: Actor) -> Any:
    """A client of this person, through the form. They read English, so that a test can."""
    assert actor.person
    client = app.test_client()
    answer = client.post("/account/sign-in?lang=en", data={"email": actor.person.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.text
    return client
