"""When what is public: results that wait for their moment, and those whose time in public is nearly over."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session, joinedload

from quality.clocks.queries import calendar
from quality.core import clock
from quality.core.words import Text
from quality.lab.models import Finding
from quality.pages.words import word
from quality.people.actor import SYSTEM, Actor
from quality.publication.models import Result, ResultStatus
from quality.publication.queries import visible_to
from quality.publication.terms import ends_on, over_by
from quality.publication.workflow import RELEASE

SOON = timedelta(days=30)  # before the end, as a warning
A_PAGE = 100


class Coming(NamedTuple):
    """Public from `at`; `kept_back` says what stands in the way although that has come."""

    result: Result
    verdict: Text
    at: datetime
    kept_back: Text | None


class Leaving(NamedTuple):
    result: Result
    verdict: Text
    last_day: date


class Schedule(NamedTuple):
    coming: list[Coming]  # the first to come first
    leaving: list[Leaving]  # the first to leave first
    more_coming: bool
    more_leaving: bool


def schedule_of(session: Session, me: Actor) -> Schedule:
    """Of the own agency, and those below it."""
    shown = joinedload(Result.finding).joinedload(Finding.sample)
    mine = visible_to(me).options(shown)
    waiting = mine.where(Result.status == ResultStatus.SCHEDULED).order_by(Result.not_before, Result.id)
    coming = session.scalars(waiting.limit(A_PAGE + 1)).all()
    ids = over_by(session, clock.now() + SOON).with_only_columns(Result.id).limit(A_PAGE + 1)
    within = visible_to(me).with_only_columns(Result.id)
    found = session.scalars(mine.where(Result.id.in_(ids.where(Result.id.in_(within))))).all()
    known = calendar(session) if found else None
    leaving = [Leaving(each, verdict_of(each), ends_on(each, known)) for each in found if known]
    return Schedule(
        [coming_of(each) for each in coming[:A_PAGE]],
        sorted(leaving, key=lambda each: (each.last_day, each.result.id))[:A_PAGE],
        len(coming) > A_PAGE,
        len(leaving) > A_PAGE,
    )


def coming_of(result: Result) -> Coming:
    assert result.not_before is not None, "what waits for its moment has one"
    is_due = result.not_before <= clock.now()
    no = RELEASE.refusal(result, SYSTEM) if is_due else None
    return Coming(result, verdict_of(result), result.not_before, no.reason if no else None)


def verdict_of(result: Result) -> Text:
    return word("finding_verdict", result.copy["verdict"])
