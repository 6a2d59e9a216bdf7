"""The order, its shipment and the parcel. What leads to the buyer is kept apart, encrypted (operations/identity.py)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, Drawn
from quality.clocks import operations as clocks
from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.clock import BEIJING, rfc3339
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.words import _
from quality.core.workflow import perform, record
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can
from quality.purchases import fields, parcels
from quality.purchases.covers import CoverIdentity
from quality.purchases.models import Task, TaskStatus
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
NO_NUMBER = FieldProblem(
    "delivery_number",
    "no_delivery_number",
    _("A delivery number has 6 to 40 letters and digits, at least four of them digits, such as SF1234567890123"),
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
    shipping_fen: int | None = None,
    discount_fen: int | None = None,
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
        *wrong_shares(paid_fen, shipping_fen, discount_fen),
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
    shares = {"paid_fen": paid_fen, "shipping_fen": shipping_fen, "discount_fen": discount_fen}
    cap = task.campaign.cap_of(task.drawn.stratum)
    now = clock.now()
    facts = {**shares, "cap_fen": cap, "quantity": quantity, "ordered_at": now}
    told = {"quantity": quantity, "cap_fen": cap}
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
    clocks.start(session, task, "shipment", now)


def wrong_shares(paid: int, shipping: int | None, discount: int | None) -> Iterator[FieldProblem]:
    """Shipping is part of what was paid; a discount is not, and may be more than what was left to pay."""
    if shipping is not None and not 0 <= shipping <= paid:
        yield FieldProblem("shipping_fen", "more_than_paid", _("Shipping is part of what was paid; enter no more"))
    if discount is not None:
        yield from fields.whole("discount_fen", discount, least=0, most=DEAREST)


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
    number = parcels.read(delivery_number)
    if number is None or (wrong := list(wrong_number(session, task, cipher, number))):
        raise Invalid(*([NO_NUMBER] if number is None else wrong))
    wait_for_other_orders(session, task)
    perform(session, task, SHIP, by=by, version=version, facts={"shipped_at": sent})
    if wrong := list(wrong_number(session, task, cipher, number)):  # somebody wrote it down at the same moment
        raise Invalid(*wrong)
    keep_secret(session, task, cipher, Secret.DELIVERY_NUMBER, number)
    session.flush()
    clocks.stop(session, task, "shipment", max(sent, task.ordered_at or sent), by=by)
    clocks.start(session, task, "parcel", sent)


def renumber(
    session: Session, task: Task, *, by: Actor, cipher: Cipher, delivery_number: str, version: int | None = None
) -> None:
    """Put a mistyped delivery number right, while the parcel is on its way. The record says no number."""
    if not by.can(Can.TASK_BUY) or not by.stands_over(task):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.TASK_BUY))
    if task.status != TaskStatus.SHIPPED:
        raise Refused("not_on_its_way", _("Only of a parcel that is on its way the number is corrected"))
    number = parcels.read(delivery_number)
    if number is None:
        raise Invalid(NO_NUMBER)
    wait_for_other_orders(session, task)
    record(session, task, "renumber", by=by, version=version)
    if wrong := list(wrong_number(session, task, cipher, number)):
        raise Invalid(*wrong)
    kept = TaskSecret.task_id == task.id, TaskSecret.kind == Secret.DELIVERY_NUMBER
    session.execute(sa.delete(TaskSecret).where(*kept))
    keep_secret(session, task, cipher, Secret.DELIVERY_NUMBER, number)
    session.flush()


def wrong_number(session: Session, task: Task, cipher: Cipher, number: str) -> Iterator[FieldProblem]:
    """One parcel is one purchase's, unless the same buyer bought at the same shop: then it may be sent together."""
    if parcels.is_mistyped(number):
        yield FieldProblem("delivery_number", "mistyped_delivery_number", _("Its check digit is wrong; read it again"))
    if number == parcels.read(read_secret(session, task, cipher, Secret.ORDER_NUMBER) or ""):
        text = _("This is the order number; the delivery number is the courier's")
        yield FieldProblem("delivery_number", "order_number", text)
    others = (
        sa.select(Task)
        .join(TaskSecret, TaskSecret.task_id == Task.id)
        .where(
            TaskSecret.kind == Secret.DELIVERY_NUMBER,
            TaskSecret.blind_index == cipher.blind_index(Secret.DELIVERY_NUMBER, number),
            Task.id != task.id,
            Task.agency_id == task.agency_id,
        )
    )
    for other in session.scalars(others):
        if other.buyer_id != task.buyer_id or task.shop_key is None or other.shop_key != task.shop_key:
            text = _("This delivery number stands with another purchase already; check it")
            yield FieldProblem("delivery_number", "used_delivery_number", text)
            return


def receive(session: Session, task: Task, *, by: Actor, received_at: datetime, version: int | None = None) -> None:
    """Write down that the parcel has come."""
    before = _("The parcel came before it was shipped; enter when it came")
    problems = list(fields.moment("received_at", received_at, earliest=task.shipped_at, before=before))
    if problems:
        raise Invalid(*problems)
    perform(session, task, RECEIVE, by=by, version=version, facts={"received_at": received_at})
    clocks.stop(session, task, "parcel", max(received_at, task.shipped_at or received_at), by=by)
