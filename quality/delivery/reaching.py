"""How a platform wants to be reached where its receipt of a notice is not proven in time: it says so itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.core.workflow import record
from quality.delivery.endpoints import UNSEEN, hold
from quality.delivery.models import Reach, Unfit
from quality.notices.models import Way
from quality.notices.permit import permit
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can

SAFE = (Way.WEBHOOK, Way.EMAIL, Way.LETTER)  # where the platform has said nothing: people carry last
ORDERS = (SAFE, (Way.EMAIL, Way.WEBHOOK, Way.LETTER))  # nobody leaves out the way that needs nothing of them


class Next(NamedTuple):
    """The way to try now, and what stood before it in the order and could not be tried."""

    way: Way
    passed_over: list[tuple[Way, Unfit]]


def next_way(order: Sequence[Way], gone: Set[Way], unfit: Mapping[Way, Unfit]) -> Next | None:
    """The first in `order` that is neither gone (tried, or passed over before) nor unfit; None: there is none left."""
    passed_over: list[tuple[Way, Unfit]] = []
    for way in order:
        if way in gone:
            continue
        if way not in unfit:
            return Next(way, passed_over)
        passed_over.append((way, unfit[way]))
    return None


class Wanted(NamedTuple):
    """As the platform said it, or as it is where it said nothing."""

    order: Sequence[Way]
    recipient: str = ""
    address: str = ""


def reach_of(session: Session, platform_id: int) -> Wanted:
    kept = session.get(Reach, platform_id)
    return Wanted([Way(each) for each in kept.order], kept.recipient, kept.address) if kept else Wanted(SAFE)


def set_reach(session: Session, order: Sequence[Way], recipient: str, address: str, *, by: Actor) -> None:
    """The order of ways, the letter last, and where post goes: who takes it in, and the postal address."""
    permit(by, Can.ENDPOINT_SET)
    assert by.organisation_id is not None, "only platforms' people have this deed"
    wanted = Wanted(list(order), one_line(recipient), one_line(address))
    problems = [
        *too_long("recipient", wanted.recipient, Reach.recipient.type.length),
        *too_long("address", wanted.address, Reach.address.type.length),
    ]
    if tuple(order) not in ORDERS:
        text = _("Name webhook and email, each once, and the letter last")
        problems.append(FieldProblem("order", "bad_order", text))
    if wanted.recipient and not wanted.address:
        text = _("Enter the postal address too: a name alone is not delivered to")
        problems.append(FieldProblem("address", "missing", text))
    if problems:
        raise Invalid(*problems)
    hold(session, by.organisation_id)
    if reach_of(session, by.organisation_id) == wanted:
        return
    record(session, session.get_one(Organisation, by.organisation_id), "set_reach", by=by)
    session.execute(sa.delete(Reach).where(Reach.platform_id == by.organisation_id), execution_options=UNSEEN)
    values = wanted._asdict() | {"platform_id": by.organisation_id, "set_at": clock.now()}
    session.execute(sa.insert(Reach).values(values))
    session.expire_all()


def one_line(text: str) -> str:
    return " ".join(text.split())


def too_long(field: str, text: str, most: int | None) -> list[FieldProblem]:
    said: Text = _("Write at most %(most)s characters", most=most)
    return [FieldProblem(field, "too_long", said)] if most and len(text) > most else []
