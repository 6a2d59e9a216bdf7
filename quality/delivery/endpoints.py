"""What a platform does with its endpoints and its mailbox: add, test, rotate, stop, send again."""

from __future__ import annotations

import json
import re
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.config import Settings
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.words import Text, _
from quality.core.workflow import begin, record
from quality.delivery import signing
from quality.delivery.guard import Resolve, Unsafe, checked, problems_with, resolve, within
from quality.delivery.models import Contact, Delivery, Endpoint, Medium, Message, MessageType, Problem, StopReason
from quality.delivery.payload import FORMAT
from quality.delivery.telling import body_of, message_of, on_its_way
from quality.documents.codes import new_code, read_code
from quality.notices.permit import permit
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.people.operations import EMAIL
from quality.permissions import Can

MOST = 10  # endpoints of one platform
OVERLAP = timedelta(days=1)  # both secrets sign
TEST_HOLDS = timedelta(days=1)  # the code of a test may be entered
A_LOOK = 5.0  # seconds that a person waits for the name of a host
MOST_AGAIN = 1_000  # sent again at once


def add(
    session: Session, settings: Settings, url: str, *, by: Actor, resolve: Resolve = resolve
) -> tuple[Endpoint, str]:
    """An endpoint and its secret, which is shown once. Nothing of it is a receipt before its test is confirmed."""
    permit(by, Can.ENDPOINT_SET)
    assert by.organisation_id is not None, "only platforms' people have this deed"
    url = url.strip()
    refuse_what_is_unfit(url, settings, resolve)
    hold(session, by.organisation_id)
    there = session.scalars(endpoints_of(by.organisation_id)).all()
    if any(endpoint.url == url for endpoint in there):
        raise Invalid(FieldProblem("url", "there_already", _("There is an endpoint with this address already")))
    if len(there) >= MOST:
        raise Invalid(FieldProblem("url", "too_many", _("Remove an endpoint first; %(most)s are the most", most=MOST)))
    handle, secret = secrets.token_hex(8), signing.new_secret()
    endpoint = Endpoint(
        handle=handle,
        platform_id=by.organisation_id,
        url=url,
        format=FORMAT,
        secret=signing.sealed(signing.cipher_of(settings), handle, secret),
        created_at=clock.now(),
        created_by_id=by.id,
    )
    begin(session, endpoint, by=by)
    return endpoint, secret


def hold(session: Session, platform_id: int) -> None:
    """Of two who set the same at the same instant, the second waits, and reads what the first set."""
    session.execute(
        sa.update(Organisation).where(Organisation.id == platform_id).values(version=Organisation.version),
        execution_options=UNSEEN,
    )
    session.expire_all()


def refuse_what_is_unfit(url: str, settings: Settings, resolve: Resolve) -> None:
    """Raise `Invalid` where nothing would be sent to it. It is looked at again each time something is sent."""
    if problems := problems_with(url, allow_private=settings.webhook_allow_private):
        raise Invalid(*problems)
    try:
        checked(url, within(A_LOOK, resolve), allow_private=settings.webhook_allow_private)
    except Unsafe as no:
        raise Invalid(FieldProblem("url", no.problem, unfit(no))) from no


def unfit(no: Unsafe) -> Text:
    if no.problem == Problem.NO_ADDRESS:
        return _("This name is not known on the internet; look at its spelling, or enter it in the DNS first")
    return _("This leads to an address that is not on the public network; use one that is")


def endpoints_of(platform_id: int) -> sa.Select[Endpoint]:
    asked = sa.select(Endpoint).where(Endpoint.platform_id == platform_id, Endpoint.removed_at.is_(None))
    return asked.order_by(Endpoint.id)


def rotate(session: Session, settings: Settings, endpoint: Endpoint, *, by: Actor, version: int | None = None) -> str:
    """A new secret, shown once. The old one signs too for a day, so that the receiver can change over in its time."""
    permit(by, Can.ENDPOINT_SET, endpoint)
    now, cipher = clock.now(), signing.cipher_of(settings)
    if endpoint.old_secret_until and endpoint.old_secret_until > now:
        raise Refused("rotating", _("A change of the secret is under way; wait until the old one has ended"))
    secret, old = signing.new_secret(), endpoint.secret
    facts = {
        "secret": signing.sealed(cipher, endpoint.handle, secret),
        "old_secret": old,
        "old_secret_until": now + OVERLAP,
    }
    record(session, endpoint, "rotate", by=by, version=version, facts=facts)
    return secret


def send_test(session: Session, endpoint: Endpoint, *, by: Actor) -> Delivery:
    """Put a `webhook.test` on its way. Its body carries a code; who enters it has read what arrived."""
    permit(by, Can.ENDPOINT_SET, endpoint)
    refuse_a_stopped_one(endpoint)
    now = clock.now()
    body = body_of(MessageType.TEST, now, {"endpoint": endpoint.handle, "code": new_code()})
    message = message_of(MessageType.TEST, endpoint.platform_id, now, body, Medium.WEBHOOK)
    message.cause = f"test:{endpoint.id}"
    record(session, endpoint, "test", by=by)
    session.add(message)
    session.flush()
    delivery = on_its_way(message, endpoint_id=endpoint.id)
    session.add(delivery)
    session.flush()
    return delivery


def confirm(session: Session, endpoint: Endpoint, typed: str, *, by: Actor, version: int | None = None) -> None:
    """A person of the platform read the code of a test that arrived: from now on a 2xx is a receipt."""
    permit(by, Can.ENDPOINT_SET, endpoint)
    if by.person is None or by.person.is_program:
        raise NotPermitted("person_only", _("A person confirms it, by the code that the test carried"))
    if endpoint.confirmed_at:
        raise Refused("confirmed_already", _("This endpoint was confirmed already"))
    asked = (
        sa.select(Message, Delivery.delivered_at)
        .join(Delivery, Delivery.message_id == Message.id)
        .where(Delivery.endpoint_id == endpoint.id, Message.type == MessageType.TEST)
        .where(Message.made_at > clock.now() - TEST_HOLDS)
        .order_by(Message.id.desc())
        .limit(20)
    )
    tests = session.execute(asked).all()
    codes = {json.loads(message.body)["data"]["code"] for message, _arrived in tests}
    if read_code(typed) not in codes:  # who knows one has the test, also where their program is quicker than our record
        if not any(arrived for _message, arrived in tests):
            text = _("No test arrived within the last day; send one first")
            raise Invalid(FieldProblem("code", "no_test", text))
        text = _("Enter the code that stands in the test your system received, under data.code")
        raise Invalid(FieldProblem("code", "wrong_code", text))
    facts = {"confirmed_at": clock.now(), "confirmed_by_id": by.id}
    record(session, endpoint, "confirm", by=by, version=version, facts=facts)


def stop(session: Session, endpoint: Endpoint, *, by: Actor, version: int | None = None) -> None:
    """Nothing is sent until it is started again; what happens meanwhile waits for it."""
    permit(by, Can.ENDPOINT_SET, endpoint)
    refuse_a_stopped_one(endpoint)
    facts = {"stopped_at": clock.now(), "stopped_why": StopReason.BY_PERSON}
    record(session, endpoint, "stop", by=by, version=version, facts=facts, details={"why": StopReason.BY_PERSON})


def refuse_a_stopped_one(endpoint: Endpoint) -> None:
    if not endpoint.is_active:
        raise Refused("stopped", _("This endpoint is stopped; start it first"))


def start(session: Session, endpoint: Endpoint, *, by: Actor, version: int | None = None) -> None:
    """What waited for it is due at once."""
    permit(by, Can.ENDPOINT_SET, endpoint)
    if endpoint.stopped_at is None:
        raise Refused("not_stopped", _("This endpoint is not stopped"))
    record(session, endpoint, "start", by=by, version=version, facts={"stopped_at": None, "stopped_why": None})
    waiting = sa.update(Delivery).where(Delivery.endpoint_id == endpoint.id, Delivery.next_try_at.is_not(None))
    session.execute(waiting.values(next_try_at=clock.now(), tries=0), execution_options=UNSEEN)


def remove(session: Session, endpoint: Endpoint, *, by: Actor, version: int | None = None) -> None:
    """Nothing is sent to it any more, nor signed with its secret. What was sent stays to be read."""
    permit(by, Can.ENDPOINT_SET, endpoint)
    if endpoint.removed_at:
        raise Refused("removed", _("This endpoint is removed"))
    record(session, endpoint, "remove", by=by, version=version, facts={"removed_at": clock.now()})
    session.execute(
        sa.update(Delivery)
        .where(Delivery.endpoint_id == endpoint.id, Delivery.next_try_at.is_not(None))
        .values(next_try_at=None),
        execution_options=UNSEEN,
    )


def resend(session: Session, endpoint: Endpoint, delivery: Delivery, *, by: Actor) -> None:
    """Once more, as it was sent, under the same webhook-id and with all tries anew."""
    permit(by, Can.ENDPOINT_SET, endpoint)
    refuse_a_stopped_one(endpoint)
    record(session, endpoint, "resend", by=by, details={"delivery": delivery.id})
    again = sa.update(Delivery).where(Delivery.id == delivery.id, Delivery.endpoint_id == endpoint.id)
    session.execute(again.values(next_try_at=clock.now(), tries=0, dead_at=None), execution_options=UNSEEN)


def recover(session: Session, endpoint: Endpoint, since: datetime, *, by: Actor, version: int | None = None) -> int:
    """Send everything that happened from `since` on once more, and what was never sent here. Returns how many."""
    permit(by, Can.ENDPOINT_SET, endpoint)
    refuse_a_stopped_one(endpoint)
    now = clock.now()
    if since > now:
        text = _("This moment lies in the future; enter since when messages are missing")
        raise Invalid(FieldProblem("since", "in_the_future", text))
    told = (
        sa.select(Message.id)
        .where(Message.platform_id == endpoint.platform_id, Message.medium == Medium.WEBHOOK)
        .where(Message.format == endpoint.format, Message.notice_id.is_not(None), Message.happened_at >= since)
        .order_by(Message.id)
        .limit(MOST_AGAIN)
    )
    ids = session.scalars(told).all()
    record(session, endpoint, "recover", by=by, version=version, details={"since": since, "messages": len(ids)})
    again = sa.update(Delivery).where(Delivery.endpoint_id == endpoint.id, Delivery.message_id.in_(ids))
    again = again.values(next_try_at=now, tries=0, dead_at=None).returning(Delivery.message_id)
    known = set(session.scalars(again, execution_options=UNSEEN))
    missing = [message_id for message_id in ids if message_id not in known]
    session.add_all(
        Delivery(message_id=message_id, endpoint_id=endpoint.id, created_at=now, next_try_at=now, tries=0)
        for message_id in missing
    )
    session.flush()
    return len(ids)


def set_contact(session: Session, email: str, *, by: Actor) -> None:
    """Where the desk reads its mail; empty: nowhere. What is mailed proves nothing: it only calls to the portal."""
    permit(by, Can.ENDPOINT_SET)
    assert by.organisation_id is not None, "only platforms' people have this deed"
    address = email.strip()
    if address and not fits_a_mailbox(address):
        raise Invalid(FieldProblem("email", "bad_email", _("Enter an e-mail address, as in name@example.org")))
    hold(session, by.organisation_id)
    kept = session.get(Contact, by.organisation_id)
    if address == (kept.email if kept else ""):
        return
    record(session, session.get_one(Organisation, by.organisation_id), "set_contact", by=by)
    session.execute(sa.delete(Contact).where(Contact.platform_id == by.organisation_id), execution_options=UNSEEN)
    if address:
        values = {"platform_id": by.organisation_id, "email": address, "since_at": clock.now()}
        session.execute(sa.insert(Contact).values(values))
    session.expire_all()


def fits_a_mailbox(address: str) -> bool:
    """One address and nothing that would be read as a second one, or as another header."""
    plain = address.isprintable() and len(address) <= Contact.email.type.length
    return plain and bool(EMAIL.fullmatch(address)) and not re.search(r'[<>,;:"\\()\[\]]', address)


UNSEEN = {"synchronize_session": False}
