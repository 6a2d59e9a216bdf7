"""How long a result stands in public, by its class: it leaves when its time is over, and what is left says so.

The terms are rows of clocks/rules.csv, counted from the first publication: a correction gives no more time. They run
for as long as years over as many results as there ever were, so that none is a clock of a case: what is over is asked
of the database by the one day before which all of it began.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.campaigns.models import Campaign
from quality.clocks.calendar import Calendar
from quality.clocks.days import Due, day_of, due
from quality.clocks.queries import calendar, over_for
from quality.clocks.rules import Rule, rule_on
from quality.core.workflow import perform
from quality.lab.models import Finding, Verdict
from quality.people.actor import Actor
from quality.publication.listing import leave
from quality.publication.models import Entry, Result, ResultStatus
from quality.publication.operations import announce, because
from quality.publication.workflow import EXPIRE
from quality.purchases.models import Sample, Task

TERMS = {Verdict.CONFORMING: "public_conforming", Verdict.NONCONFORMING: "public_nonconforming"}  # by class
AMOUNTS = {"working_day": ("个工作日", "working days"), "calendar_day": ("日", "days"),
           "month": ("个月", "months"), "year": ("年", "years")}  # fmt: skip


class Term(NamedTuple):
    """Until when the public reads it, and by which rule."""

    rule: Rule
    ends: Due


def term_of(session: Session, result: Result) -> Term | None:
    """None: it is not in public."""
    if result.status != ResultStatus.PUBLISHED or result.public_since is None:
        return None
    return reckon(result, calendar(session))


def reckon(result: Result, known: Calendar) -> Term:
    assert result.public_since is not None, "it was published"
    rule = rule_on(TERMS[Verdict(result.copy["verdict"])], day_of(result.public_since))
    return Term(rule, due(rule, result.public_since, known))


def ends_on(result: Result, known: Calendar) -> date:
    """The last day on which the public reads it."""
    return reckon(result, known).ends.due_on


def over_by(session: Session, moment: datetime) -> sa.Select[Result]:
    """Results in public whose time is over at `moment`, the longest in public first."""
    known = calendar(session)
    over = [
        sa.and_(Entry.verdict == verdict.value, Result.public_since < over_for(rule, known, moment))
        for verdict, rule in TERMS.items()
    ]
    found = sa.select(Result).join(Entry, Entry.result_id == Result.id)
    return found.where(Result.status == ResultStatus.PUBLISHED, sa.or_(*over)).order_by(Result.public_since, Result.id)


def by_campaign(session: Session, moment: datetime, most: int) -> Iterator[tuple[int, list[int]]]:
    """Ids of what is over, campaign by campaign: each is announced anew once."""
    asked = over_by(session, moment).join(Result.finding).join(Finding.sample).join(Sample.task)
    found: dict[int, list[int]] = {}
    for key, campaign in session.execute(asked.with_only_columns(Result.id, Task.campaign_id).limit(most)):
        found.setdefault(campaign, []).append(key)
    yield from found.items()


def expire(session: Session, campaign: Campaign, results: list[int], now: datetime, *, by: Actor) -> int:
    """Take these of one campaign from the public, and announce what is left; returns how many left."""
    gone = 0
    wanted = sa.select(Result).where(Result.id.in_(results)).options(joinedload(Result.finding)).order_by(Result.id)
    for result in session.scalars(wanted).all():
        term = term_of(session, result)
        if term is None or term.ends.due_at > now:
            continue  # corrected, or withdrawn, meanwhile
        reason = said_of(result, term.rule)
        details = {"rule": term.rule.code} | because(reason)
        perform(session, result, EXPIRE, by=by, facts={"ended_at": now, "reason": reason}, details=details)
        leave(session, result)
        gone += 1
    if gone:
        announce(session, campaign, by=by)
    return gone


def said_of(result: Result, rule: Rule) -> str:
    """For everybody to read, in both languages."""
    assert result.public_since is not None, "it was in public"
    chinese, english = AMOUNTS[rule.unit]
    since = day_of(result.public_since)
    return (
        f"公开期限届满：自{since:%Y年%-m月%-d日}首次公布起{rule.length}{chinese}。"
        f"Its time in public is over: {rule.length} {english} from its first publication on {since}."
    )
