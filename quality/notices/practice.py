"""How an agency looks: what it has set for itself, edition by edition. The newest counts; none is ever changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import _
from quality.core.workflow import begin
from quality.notices.models import Practice
from quality.notices.permit import permit
from quality.notices.second import ALL
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can

HOST = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?")
LONGEST_HOST = 253
MOST_HOSTS = 100


def practice_of(session: Session, agency_id: int | None) -> Practice | None:
    """What is in force; None where nothing was ever set."""
    newest = sa.select(Practice).where(Practice.agency_id == agency_id).order_by(Practice.edition.desc()).limit(1)
    return session.scalars(newest).one_or_none()


def editions(session: Session, actor: Actor) -> Sequence[Practice]:
    """Of the own agency, the newest first."""
    permit(actor, Can.ITEM_VERIFY)
    of = sa.select(Practice).where(Practice.agency_id == actor.organisation_id).options(joinedload(Practice.set_by))
    return session.scalars(of.order_by(Practice.edition.desc())).all()


def set_practice(
    session: Session, *, second_look_percent: int | None, edition: int, by: Actor, capture_hosts: Sequence[str] = ()
) -> Practice:
    """A new edition after `edition`, the one that was read (0: none). The same again is no new one.

    It holds for claims from now on: those that are made were drawn, or not, under the one before.
    """
    permit(by, Can.PRACTICE_SET)
    assert by.organisation_id is not None and by.id is not None, "a person of an agency sets it"
    session.execute(sa.select(Organisation.id).where(Organisation.id == by.organisation_id).with_for_update())
    before = practice_of(session, by.organisation_id)
    if edition != (before.edition if before else 0):
        raise Refused("other_edition", _("Somebody has set this since you opened it; read it again"))
    if second_look_percent is None or not 0 <= second_look_percent <= ALL:
        text = _("Enter a whole number from 0 to 100")
        raise Invalid(FieldProblem("second_look_percent", "out_of_range", text))
    says: dict[str, Any] = {"second_look_percent": second_look_percent, "capture_hosts": hosts(capture_hosts)}
    if before is not None and says == {name: getattr(before, name) for name in says}:
        return before
    made = Practice(agency_id=by.organisation_id, edition=edition + 1, set_at=clock.now(), set_by_id=by.id, **says)
    begin(session, made, by=by, details=says)
    return made


def hosts(typed: Sequence[str]) -> list[str]:
    """Names of hosts, each once, or what is wrong with the first that is none."""
    found = sorted({each.strip().lower() for each in typed if each.strip()})
    if wrong := next((each for each in found if len(each) > LONGEST_HOST or not HOST.fullmatch(each)), None):
        text = _("This is no name of a host: %(host)s. Write it as item.example.com, or *.example.com", host=wrong[:80])
        raise Invalid(FieldProblem("capture_hosts", "bad_host", text))
    if len(found) > MOST_HOSTS:
        raise Invalid(FieldProblem("capture_hosts", "how_many", _("Name at most %(most)s hosts", most=MOST_HOSTS)))
    return found
