"""The order, its shipment and the parcel. What leads to the buyer is kept apart, encrypted (operations/identity.py)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, Drawn
from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.clock import BEIJING, rfc3339
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.core.workflow import perform
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.purchases import fields
from quality.purchases.covers import CoverIdentity
from quality.purchases.models import Task
from quality.purchases.operations.appearing import appearance, is_not_theirs, seen_too_often
from quality.purchases.operations.identity import Secret, keep_secret, read_secret
from quality.purchases.prices import in_yuan
from quality.purchases.secrets import TaskSecret
from quality.purchases.shops import was_not_there_lately
from quality.purchases.telephone import read as dialled
from quality.purchases.workflow import ORDER, RECEIVE, SHIP

DEAREST = 1_000_000_000  # fen; a higher price is a slip of the finger
MOST_PIECES = 100_000
LONGEST = 100  # characters of an order number, an account, a name, a telephone number
LONGEST_ADDRESS = 200
USED = FieldProblem(
    "order_number",
    "used_order_number",
    _("This order number stands with another purchase already; check the order page"),
)


def order(
    session: Session,
    task: Task,
    *,
    by: Actor,
    cipher: Cipher,
    order_number: str,
    account: str,
    paid_fen: int,
    paid_at: datetime,
    quantity: int,
    recipient: str = "",
    address: str = "",
    telephone: str = "",
    cover: CoverIdentity | None = None,
    version: int | None = None,
) -> None:
    """Write down the purchase. Number, account, moment of payment and whom it is sent to are the buyer's secrets.

    Where account, name, address and telephone are empty, they are what `cover` says (appearing.py).
    """
    typed = {
        Secret.ACCOUNT: account,
        Secret.RECIPIENT: recipient,
        Secret.ADDRESS: address,
        Secret.TELEPHONE: telephone,
    }
    as_whom = appearance(session, task, typed, cover, cipher)
    problems: list[FieldProblem] = [
        *fields.text("order_number", order_number, most=LONGEST, ask=_("Enter the order number")),
        *is_not_theirs(task, cover),
        *fields.text("account", as_whom[Secret.ACCOUNT], most=LONGEST, ask=_("Enter the account that bought")),
        *fields.text("recipient", as_whom[Secret.RECIPIENT], most=LONGEST, ask=_("Enter the name on the parcel")),
        *fields.text("address", as_whom[Secret.ADDRESS], most=LONGEST_ADDRESS, ask=_("Enter where it is sent")),
        *fields.text("telephone", as_whom[Secret.TELEPHONE], most=LONGEST, ask=_("Enter the telephone number given")),
        *cannot_be_dialled(telephone),
        *seen_too_often(session, task, as_whom, {} if cover is None else typed, cipher),
        *fields.whole("paid_fen", paid_fen, least=1, most=DEAREST),
        *over_the_cap(task, paid_fen),
        *written_down_before(session, task, cipher, order_number),
        *fields.whole("quantity", quantity, least=1, most=MOST_PIECES),
        *fields.moment(
            "paid_at",
            paid_at,
            earliest=buying_begins(task.campaign),
            before=_("The payment lies before the campaign; enter when you paid"),
        ),
    ]
    if problems:
        raise Invalid(*problems)
    facts = {"paid_fen": paid_fen, "quantity": quantity, "ordered_at": clock.now()}
    told = {"quantity": quantity}
    wait_for_other_orders(session, task)
    perform(session, task, ORDER, by=by, version=version, facts=facts, details=told, also=[was_not_there_lately])
    if problems := list(seen_too_often(session, task, as_whom, {} if cover is None else typed, cipher)):
        raise Invalid(*problems)
    secrets = {
        Secret.ORDER_NUMBER: order_number,
        Secret.ACCOUNT: as_whom[Secret.ACCOUNT],
        Secret.PAID_AT: rfc3339(paid_at),
    }
    for kind, value in (secrets | as_whom).items():
        keep_secret(session, task, cipher, kind, value.strip())
    try:
        session.flush()
    except IntegrityError as conflict:  # somebody wrote it down at the same moment
        raise Invalid(USED) from conflict


def wait_for_other_orders(session: Session, task: Task) -> None:
    """Of two orders of an agency at once the second sees what the first one counts: else both would be the last that a
    shop or a cover identity bears. SQLite's writers are alone anyway, once they write."""
    alone = sa.select(Organisation.id).where(Organisation.id == task.agency_id)
    session.execute(alone.with_for_update(key_share=True))


def cannot_be_dialled(telephone: str) -> Iterator[FieldProblem]:
    if telephone.strip() and dialled(telephone) is None:
        text = _(
            "A mobile number has 11 digits and begins with 13 to 19; a landline needs its area code; "
            "a foreign number begins with + and the code of its country"
        )
        yield FieldProblem("telephone", "no_telephone_number", text)


def over_the_cap(task: Task, paid_fen: int) -> Iterator[FieldProblem]:
    cap = task.campaign.cap_of(task.drawn.stratum)
    if cap is not None and cap < paid_fen <= DEAREST:
        text = _(
            "Over the price cap by %(over)s yuan. Check the amount; if it is right, have your coordinator ask for a "
            "higher cap before you order, or report the listing as unobtainable: a reserve of its stratum takes its "
            "place",
            over=in_yuan(paid_fen - cap),
        )
        yield FieldProblem("paid_fen", "over_price_cap", text)


def written_down_before(session: Session, task: Task, cipher: Cipher, order_number: str) -> Iterator[FieldProblem]:
    """One order of a platform is one purchase: its number belongs to one task of the agency."""
    if not order_number.strip():
        return
    same = (
        sa.select(TaskSecret.id)
        .join(Task, Task.id == TaskSecret.task_id)
        .join(Drawn, Drawn.id == Task.drawn_id)
        .where(
            TaskSecret.kind == Secret.ORDER_NUMBER,
            TaskSecret.blind_index == cipher.blind_index(Secret.ORDER_NUMBER, order_number),
            TaskSecret.task_id != task.id,
            Task.agency_id == task.agency_id,
            Drawn.platform_id == task.drawn.platform_id,
        )
    )
    if session.scalars(same.limit(1)).first() is not None:
        yield USED


def buying_begins(campaign: Campaign) -> datetime:
    """Nothing was bought for a campaign before its first day, nor before its listings were drawn."""
    first_day = datetime.combine(campaign.starts_on, time.min, BEIJING)
    return max(first_day, campaign.drawn_at) if campaign.drawn_at else first_day


def ship(
    session: Session,
    task: Task,
    *,
    by: Actor,
    cipher: Cipher,
    delivery_number: str,
    shipped_at: datetime | None = None,
    version: int | None = None,
) -> None:
    """Write down that the seller has sent the parcel; `shipped_at` is now unless it is given."""
    sent = shipped_at or clock.now()
    paid = read_secret(session, task, cipher, Secret.PAID_AT)
    problems: list[FieldProblem] = [
        *fields.text("delivery_number", delivery_number, most=LONGEST, ask=_("Enter the delivery number")),
        *fields.moment(
            "shipped_at",
            sent,
            earliest=datetime.fromisoformat(paid) if paid else None,
            before=_("The shipment lies before the payment"),
        ),
    ]
    if problems:
        raise Invalid(*problems)
    perform(session, task, SHIP, by=by, version=version, facts={"shipped_at": sent})
    keep_secret(session, task, cipher, Secret.DELIVERY_NUMBER, delivery_number.strip())
    session.flush()


def receive(session: Session, task: Task, *, by: Actor, received_at: datetime, version: int | None = None) -> None:
    """Write down that the parcel has come."""
    before = _("The parcel came before it was shipped; enter when it came")
    problems = list(fields.moment("received_at", received_at, earliest=task.shipped_at, before=before))
    if problems:
        raise Invalid(*problems)
    perform(session, task, RECEIVE, by=by, version=version, facts={"received_at": received_at})
