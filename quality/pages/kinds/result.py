"""The dossier of a public result: what the public reads, or will read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session, joinedload

from quality.clocks.explain import heading
from quality.core.words import _
from quality.lab.models import Finding
from quality.pages.as_read import leaves
from quality.pages.forms.schedule import RESULT_SHEETS
from quality.pages.judging import TONES, overtaken
from quality.pages.kinds.narrowing import About, in_campaign
from quality.pages.kinds.shape import Deed, Dossier, Fact, Kind, Made, link
from quality.pages.moments import day, moment
from quality.pages.published import changes_between, in_a_sentence
from quality.pages.timeline import name_for
from quality.pages.words import word
from quality.people.actor import SYSTEM, Actor
from quality.permissions import Can
from quality.publication.models import UNPUBLISHED, Result, ResultStatus
from quality.publication.operations import publish, withdraw
from quality.publication.queries import in_force, one_visible, visible_to
from quality.publication.schedule import hold_back
from quality.publication.terms import term_of
from quality.publication.withdrawing import is_proposed, may_be_proposed, propose_withdrawal, put_away
from quality.publication.workflow import LIFE, RELEASE, request_of
from quality.purchases.models import Sample


def describe(session: Session, result: Result, me: Actor) -> Dossier:
    finding = result.finding
    facts = [
        Fact(_("Finding"), finding.number, link(me, Can.FINDING_READ, "finding", finding.number), is_code=True),
        Fact(_("Version"), str(result.edition)),
        Fact(_("Proposed by"), name_for(session, result.proposed_by_id, me)),
    ]
    facts += [*of_the_moment(session, result, me)]
    if result.published_at is not None:
        by = name_for(session, result.approved_by_id, me)
        facts.append(Fact(_("Published"), moment(result.published_at), beside=by))
        address = url_for("public.result", number=result.number)
        facts.append(Fact(_("Public page"), result.number, address, is_code=True))
        facts += [*of_its_time(session, result)]
    if result.copy_sha256:
        facts.append(Fact(_("Hash of the copy"), result.copy_sha256, is_code=True))
    if result.reason:
        facts.append(Fact(_("What changed"), result.reason))
    return Dossier(
        heading=finding.sample.product_name,
        facts=facts,
        crumbs=[(finding.number, link(me, Can.FINDING_READ, "finding", finding.number))],
        tags=[(TONES[result.copy["verdict"]], word("finding_verdict", result.copy["verdict"]))],
        is_sealed=result.published_at is not None,
        more=as_the_public_reads(session, result, me),
    )


def of_the_moment(session: Session, result: Result, me: Actor) -> Iterator[Fact]:
    """When it will be public, by whose word, and what keeps it back although its moment has come."""
    if result.status != ResultStatus.SCHEDULED:
        return
    by = name_for(session, result.approved_by_id, me)
    yield Fact(_("Public from"), moment(result.not_before), beside=_("approved by %(name)s", name=by))
    if (no := RELEASE.refusal(result, SYSTEM)) and no.code != "embargoed":
        yield Fact(_("Kept back"), no.reason)


def of_its_time(session: Session, result: Result) -> Iterator[Fact]:
    """Until when it stands in public, and by which rule."""
    if term := term_of(session, result):
        yield Fact(_("In public until"), day(term.ends.due_on), beside=heading(term.rule))


def as_the_public_reads(session: Session, result: Result, me: Actor) -> dict[str, Any]:
    """For the templates of the public page; what a proposal changes in the edition that is in force, or takes away."""
    copy, before, asked = result.copy, in_force(session, result.number), request_of(session, result)
    is_correction = before is not None and before.edition < result.edition
    return {
        "copy": copy,
        "tone": TONES[copy["verdict"]],
        "verdict": word("finding_verdict", copy["verdict"]),
        "answer": in_a_sentence(copy),
        "rows": overtaken(copy["items"], copy.get("first_results", ())),
        "published_at": result.published_at,
        "before": before if is_correction else None,
        "changes": changes_between(before.copy, copy) if before and is_correction else [],
        "has_preview": result.status in (*UNPUBLISHED, ResultStatus.PUBLISHED),
        "leaves": leaves(session, result),
        "asked": asked,
        "asked_by": name_for(session, asked.asked_by_id, me) if asked else "",
        "may_withdraw": me.can(Can.RESULT_APPROVE) and me.stands_over(result) and asked and asked.asked_by_id != me.id,
    }


def propose_its_withdrawal(session: Session, result: Result, by: Actor, version: int, note: str) -> None:
    propose_withdrawal(session, result, note, by=by, version=version)


RESULT = Kind(
    name="result",
    title=_("Publication"),
    read=Can.RESULT_READ,
    life=LIFE,
    model=Result,
    visible_to=visible_to,
    one_visible=one_visible,
    number=lambda result: result.number,
    heading=lambda result: result.finding.sample.product_name,
    beside=lambda result: word("finding_verdict", result.finding.verdict),
    describe=describe,
    numbers=(Result.number,),
    narrowed_by={"campaign": in_campaign(Result, Result.finding, Finding.sample, Sample.task)},
    about=About(
        Sample,
        sa.select(Finding.sample_id).where(Finding.id == Result.finding_id).scalar_subquery(),
        lambda ids: Result.finding_id.in_(sa.select(Finding.id).where(Finding.sample_id.in_(ids))),
        Can.SAMPLE_READ,
    ),
    sheets=RESULT_SHEETS,
    shown_with=(joinedload(Result.finding).joinedload(Finding.sample),),
    makes={
        "publish": Made(lambda session, result, by, version, _note: publish(session, result, by=by, version=version)),
        "hold_back": Made(
            lambda session, result, by, version, note: hold_back(session, result, note, by=by, version=version),
            _("Why it is taken off the schedule"),
            must=True,
        ),
        "withdraw": Made(
            lambda session, result, by, version, note: withdraw(session, result, note, by=by, version=version),
            _("Why it is withdrawn; the public reads this"),
            must=True,
            answers="no_reason",
        ),
    },
    deeds={
        "propose_withdrawal": Deed(
            _("Propose its withdrawal"),
            Can.RESULT_PROPOSE,
            may_be_proposed,
            Made(
                propose_its_withdrawal,
                _("Why it is to be withdrawn; the public reads this"),
                must=True,
            ),
            may_wait=True,
        ),
        "refuse_withdrawal": Deed(
            _("Do not withdraw it"),
            Can.RESULT_APPROVE,
            is_proposed,
            Made(
                lambda session, result, by, version, note: put_away(session, result, note, by=by, version=version),
                _("Why it stays public"),
                must=True,
            ),
            may_wait=True,
        ),
    },
    follows=frozenset({"supersede", "give_way", "release", "correct", "overtake", "drop", "expire"}),
)
