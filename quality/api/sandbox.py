"""The sandbox: what a platform's program calls about sample notices, in form as about real ones.

The addresses are those of the real API behind `/sandbox`, so that a program is tried by another base and another key.
"""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from pydantic import ConfigDict, Field

from quality.api.cases import Brief
from quality.api.door import door, takes, told, too_many
from quality.api.idempotency import once
from quality.api.messages import MessageSent, MessageTold
from quality.api.platform import (
    Acknowledgement,
    AnyOutcomes,
    Outcomes,
    OutcomesTold,
    outcome_told,
    read_outcome,
    unread,
)
from quality.api.reading import sent
from quality.api.shapes import Changed, Moment, Organisation, Page, Told, organisation
from quality.conformance.checks import WAIT
from quality.conformance.models import ConformanceRun, Trial
from quality.conformance.operations import agency_of, answer_sample, call, keep_waiting, must_wait, require_own, told_as
from quality.conformance.queries import answered_in, run_in, trial_of
from quality.core import clock
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import _
from quality.notices.answers import OutcomeEntry
from quality.notices.thread import EntryKind, Side
from quality.people.access import acting, me
from quality.people.models import OrganisationKind
from quality.web import settings

ABOUT = "Sample notices of a conformance run, for the key of the sandbox. Nothing here reaches a real case"
sandbox = door("sandbox", tag="sandbox", about=ABOUT)
DOORS = [sandbox]
NOTICES = "/sandbox/platform/notices"
ENDED, OPEN = "answered", "served"


class SandboxBrief(Brief):
    agency: Organisation
    issued_at: Moment


class SampleNotice(Told):
    """As `GET /platform/notices/{number}`: see there for what the fields say, and for those that are not named here."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    number: str
    status: str = Field(description="`served`; `answered` once every listing was answered for")
    version: int
    reasons: str = Field(description="What this sample is for")
    items: list[dict[str, Any]]


def own_run() -> ConformanceRun:
    if me.organisation is None or me.organisation.kind is not OrganisationKind.SANDBOX:
        raise NotFound("sandbox")
    return run_in(db.session(), me)


def own_sample(number: str) -> tuple[ConformanceRun, Trial]:
    run = own_run()
    require_own(run, me)
    return run, trial_of(run, number)


def status_of(run: ConformanceRun, trial: Trial) -> str:
    done = set(answered_in(run, trial))
    return ENDED if done >= set(run.samples[trial.value]["listings"]) else OPEN


def changed(run: ConformanceRun, trial: Trial) -> Changed:
    return Changed(number=run.samples[trial.value]["number"], status=status_of(run, trial), version=1)


@sandbox.get(NOTICES, summary="The sample notices of the run", responses={200: Page[SandboxBrief]})
@acting
def list_sandbox_notices() -> ResponseReturnValue:
    run = own_run()
    agency = organisation(agency_of(db.session()))
    rows = [
        SandboxBrief(
            number=run.samples[trial.value]["number"],
            status=status_of(run, trial),
            version=1,
            title=trial.value,
            address=f"/api/v1{NOTICES}/{run.samples[trial.value]['number']}",
            agency=agency,
            issued_at=run.started_at,
        )
        for trial in Trial
        if trial is not Trial.FORGED
    ]
    return told(Page[SandboxBrief](items=rows, next=None))


@sandbox.get(f"{NOTICES}/<number>", summary="One sample, in form as a real notice", responses={200: SampleNotice})
@acting
def show_sandbox_notice(number: str) -> ResponseReturnValue:
    run, trial = own_sample(number)
    return told(SampleNotice(**told_as(db.session(), settings(), run, trial)))


@sandbox.post(f"{NOTICES}/<number>/acknowledge", summary="Acknowledge a sample", responses={200: Changed})
@once
@acting
@takes(body=Acknowledgement)
def acknowledge_in_sandbox(number: str) -> ResponseReturnValue:
    run, trial = own_sample(number)
    sent(Acknowledgement)
    call(db.session(), run, trial, "acknowledge")
    return told(changed(run, trial))


@sandbox.post(f"{NOTICES}/<number>/outcomes", summary="Answer for a sample's listings", responses={200: OutcomesTold})
@once
@acting
@takes(body=Outcomes)
def answer_in_sandbox(number: str) -> ResponseReturnValue:
    """Judged by the rules of real answers. One of the samples answers 429 at first."""
    session = db.session()
    run, trial = own_sample(number)
    given = sent(AnyOutcomes, each_by_itself=True).outcomes
    if must_wait(run, trial):
        keep_waiting(session, run.id, trial)
        return too_many(int(WAIT.total_seconds()))
    read = [read_outcome(each) for each in given]
    entries = [each for each in read if isinstance(each, OutcomeEntry)]
    answered = iter(answer_sample(session, run, trial, entries, by=me) if entries else [])
    items = [
        outcome_told(next(answered)) if isinstance(each, OutcomeEntry) else unread(was, each)
        for was, each in zip(given, read, strict=True)
    ]
    return told(OutcomesTold(items=items, **changed(run, trial).model_dump()))


@sandbox.post(f"{NOTICES}/<number>/messages", summary="Ask about a sample, or object", responses={201: MessageTold})
@once
@acting
@takes(body=MessageSent)
def say_in_sandbox(number: str) -> ResponseReturnValue:
    run, trial = own_sample(number)
    given = sent(MessageSent)
    if given.kind not in {EntryKind.QUESTION, EntryKind.OBJECTION}:
        text = _("In the sandbox only questions and objections are taken")
        raise Invalid(FieldProblem("kind", "unknown", text))
    if not given.text.strip():
        raise Invalid(FieldProblem("text", "missing", _("Write what you want to say")))
    call(db.session(), run, trial, given.kind)
    assert me.organisation, "own_run"
    return told(
        MessageTold(
            id=run.calls[-1].id,
            kind=given.kind,
            side=Side.PLATFORM,
            by=organisation(me.organisation),
            at=clock.now(),
            listing_id=given.listing_id,
            to=None,
            text=given.text,
            evidence=[],
            waits_for=Side.AGENCY,
            upheld=None,
            is_new=False,
        ),
        201,
    )
