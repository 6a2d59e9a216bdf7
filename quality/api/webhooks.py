"""A platform's endpoints: added, tested, confirmed, their secrets changed, what was sent to them and sent again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.cases import Paging
from quality.api.door import door, takes, told
from quality.api.idempotency import holds_a_secret, once
from quality.api.notices import NOTICES
from quality.api.reading import asked, sent
from quality.api.shapes import Asked, Line, Moment, Page, Sent, Told, Version
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import _
from quality.delivery import endpoints, queries
from quality.delivery.models import Delivery, DeliveryAttempt, Endpoint, Message
from quality.delivery.operations import open_as_platform
from quality.delivery.reaching import reach_of, set_reach
from quality.notices.models import Way
from quality.pages.words.delivery import standing_of
from quality.people.access import acting, me, needs, require_for
from quality.permissions import Can, Sees
from quality.web import settings

ABOUT = "Where notices are sent by themselves, signed by the Standard Webhooks specification"
webhooks = door("webhooks", tag="platform/webhooks", about=ABOUT)
DOORS = [webhooks]
CURSOR = re.compile(r"[0-9]{1,9}")


class Webhook(Told):
    id: str = Field(description="Its handle in addresses")
    url: str = Field(description="Where we send to")
    format: int = Field(description="Of the bodies; it never changes under an endpoint")
    version: int = Field(description="Counts the changes")
    created_at: Moment
    confirmed_at: Moment | None = Field(description="From then on a 2xx is a receipt, and your time runs from it")
    stopped_at: Moment | None = Field(description="Since then nothing is sent; null while it runs")
    stopped_why: str | None = Field(description="`by_person`, or `gone`: it answered 410")
    old_secret_until: Moment | None = Field(description="Until then the secret before this one signs too")


class WithSecret(Webhook):
    secret: str = Field(description="Shown this once: `whsec_…`")


class Webhooks(Told):
    items: list[Webhook]
    next: None = None


class Attempt(Told):
    at: Moment
    duration_ms: int = Field(description="Milliseconds until the answer, or until we gave up")
    status: int | None = Field(description="Of the answer; null where none came")
    problem: str | None = Field(description="`timeout`, `no_address`, `not_public`, `no_connection`, `tls`, …")
    answer: str = Field(description="The first 2 KiB of it")


class DeliveryTold(Told):
    id: str = Field(description="webhook-id: the same on every retry")
    type: str = Field(
        description="`notice.issued`, `.returned`, `.reopened`, `.reminder` or `.closed`, or `webhook.test`"
    )
    number: str | None = Field(description="The notice that it is about")
    medium: str = Field(description="`webhook` or `email`")
    to: str | None = Field(description="The endpoint's address or the mailbox; null where nobody was there to send to")
    state: str = Field(
        description="`received` (proven), `taken`, `arrived` (a test), `mailed`, `dead`, `stopped`, `first`, `again`, …"
    )
    body_sha256: str = Field(description="Of what was sent, byte for byte")
    made_at: Moment
    delivered_at: Moment | None = Field(description="When it was taken first")
    next_try_at: Moment | None = Field(description="Null where none is to come")
    attempts: list[Attempt] = Field(description="The oldest first")


class Adding(Sent):
    url: Line = Field(description="https on the public network")


class Confirming(Sent):
    code: Line = Field(description="`data.code` of a `webhook.test` that arrived")


class WithVersion(Sent):
    version: Version | None = None


class Recovering(Sent):
    since: Moment = Field(description="What happened from then on; not in the future")


class SentAgain(Told):
    messages: int = Field(description="How many are on their way")


class TestSent(Told):
    message: str = Field(description="Its webhook-id")


class WhichOne(Asked):
    id: str = Field(max_length=40, description="The endpoint's id")


def webhook(endpoint: Endpoint) -> Webhook:
    return Webhook(id=endpoint.handle, **facts(endpoint))


def facts(endpoint: Endpoint) -> dict[str, Any]:
    kept = ("url", "format", "version", "created_at", "confirmed_at", "stopped_at", "stopped_why", "old_secret_until")
    return {name: getattr(endpoint, name) for name in kept}


def with_secret(endpoint: Endpoint, secret: str) -> WithSecret:
    holds_a_secret()
    return WithSecret(id=endpoint.handle, secret=secret, **facts(endpoint))


def found(handle: str) -> Endpoint:
    endpoint = queries.one_endpoint(db.session(), me, handle)
    require_for(endpoint)
    return endpoint


@webhooks.get("/platform/webhooks", summary="List your endpoints", responses={200: Webhooks})
@needs(Can.ENDPOINT_SET)
def list_webhooks() -> ResponseReturnValue:
    return told(Webhooks(items=[webhook(each) for each in queries.endpoints_visible(db.session(), me)]))


@webhooks.post("/platform/webhooks", summary="Add an endpoint", responses={201: WithSecret})
@once
@needs(Can.ENDPOINT_SET)
@takes(body=Adding)
def add_webhook() -> ResponseReturnValue:
    """Nothing of it is a receipt before a person has confirmed its test."""
    endpoint, secret = endpoints.add(db.session(), settings(), sent(Adding).url, by=me)
    return told(with_secret(endpoint, secret), 201)


@webhooks.delete("/platform/webhooks", summary="Remove an endpoint, named by `id`", responses={200: Webhook})
@needs(Can.ENDPOINT_SET)
@takes(query=WhichOne)
def remove_named() -> ResponseReturnValue:
    return removed(asked(WhichOne).id)


@webhooks.get("/platform/webhooks/<handle>", summary="One endpoint", responses={200: Webhook})
@needs(Can.ENDPOINT_SET, once_found=True)
def one_webhook(handle: str) -> ResponseReturnValue:
    return told(webhook(found(handle)))


@webhooks.delete("/platform/webhooks/<handle>", summary="Remove an endpoint", responses={200: Webhook})
@needs(Can.ENDPOINT_SET, once_found=True)
def remove_webhook(handle: str) -> ResponseReturnValue:
    return removed(handle)


def removed(handle: str) -> ResponseReturnValue:
    endpoint = queries.one_endpoint(db.session(), me, handle)
    endpoints.remove(db.session(), endpoint, by=me)
    return told(webhook(endpoint))


@webhooks.post("/platform/webhooks/<handle>/rotate", summary="Change the secret", responses={200: WithSecret})
@once
@needs(Can.ENDPOINT_SET, once_found=True)
@takes(body=WithVersion)
def rotate_webhook(handle: str) -> ResponseReturnValue:
    """The old one signs too for a day, so that your programs can change over in their time."""
    endpoint = found(handle)
    secret = endpoints.rotate(db.session(), settings(), endpoint, by=me, version=sent(WithVersion).version)
    return told(with_secret(endpoint, secret))


@webhooks.post("/platform/webhooks/<handle>/test", summary="Send a `webhook.test`", responses={202: TestSent})
@once
@needs(Can.ENDPOINT_SET, once_found=True)
@takes(body=WithVersion)
def test_webhook(handle: str) -> ResponseReturnValue:
    """It is sent within seconds; its state stands among the messages."""
    endpoint = found(handle)
    sent(WithVersion)
    return told(TestSent(message=endpoints.send_test(db.session(), endpoint, by=me).message.webhook_id), 202)


@webhooks.post("/platform/webhooks/<handle>/confirm", summary="Say that a test arrived", responses={200: Webhook})
@once
@needs(Can.ENDPOINT_SET, once_found=True)
@takes(body=Confirming)
def confirm_webhook(handle: str) -> ResponseReturnValue:
    """By the code that it carried, and by a key that acts for a person: a program account confirms nothing."""
    endpoint = found(handle)
    endpoints.confirm(db.session(), endpoint, sent(Confirming).code, by=me)
    return told(webhook(endpoint))


@webhooks.post("/platform/webhooks/<handle>/stop", summary="Send nothing for now", responses={200: Webhook})
@once
@needs(Can.ENDPOINT_SET, once_found=True)
@takes(body=WithVersion)
def stop_webhook(handle: str) -> ResponseReturnValue:
    """What happens meanwhile waits for it."""
    endpoint = found(handle)
    endpoints.stop(db.session(), endpoint, by=me, version=sent(WithVersion).version)
    return told(webhook(endpoint))


@webhooks.post("/platform/webhooks/<handle>/start", summary="Send again", responses={200: Webhook})
@once
@needs(Can.ENDPOINT_SET, once_found=True)
@takes(body=WithVersion)
def start_webhook(handle: str) -> ResponseReturnValue:
    endpoint = found(handle)
    endpoints.start(db.session(), endpoint, by=me, version=sent(WithVersion).version)
    return told(webhook(endpoint))


@webhooks.post("/platform/webhooks/<handle>/recover", summary="Send all since a moment", responses={200: SentAgain})
@once
@needs(Can.ENDPOINT_SET, once_found=True)
@takes(body=Recovering)
def recover_webhook(handle: str) -> ResponseReturnValue:
    """Each under the id that it always had, and also what happened before the endpoint was there."""
    endpoint = found(handle)
    return told(SentAgain(messages=endpoints.recover(db.session(), endpoint, sent(Recovering).since, by=me)))


@webhooks.get(
    "/platform/webhooks/<handle>/messages", summary="What was sent, newest first", responses={200: Page[DeliveryTold]}
)
@needs(Can.ENDPOINT_SET, once_found=True)
@takes(query=Paging)
def list_messages(handle: str) -> ResponseReturnValue:
    endpoint, wanted = found(handle), asked(Paging)
    before = read_cursor(wanted.cursor)
    deliveries = queries.sent_to(db.session(), endpoint, wanted.limit, before)
    page = [delivery_told(each.message, each) for each in deliveries[: wanted.limit]]
    further = str(deliveries[wanted.limit - 1].id) if len(deliveries) > wanted.limit else None
    return told(Page[DeliveryTold](items=page, next=further))


class ReachTold(Told):
    """How you are reached where nothing proves in time that you have a notice."""

    order: list[str] = Field(description="`webhook` and `email` as you like, `letter` last; each has a day")
    recipient: str = Field(description="Who takes post in; empty: the house")
    address: str = Field(description="Where documents are served on you by post; empty: not said")


class Reaching(Sent):
    order: list[Way] = Field(min_length=3, max_length=3)
    recipient: Line = ""
    address: Line = ""


@webhooks.get("/platform/reach", summary="How you are reached without proof", responses={200: ReachTold})
@needs(Can.ENDPOINT_SET)
def read_reach() -> ResponseReturnValue:
    """Where a receipt is not proven in its time, the agency is rung and the next of these ways is tried."""
    return told(reach_told())


@webhooks.put("/platform/reach", summary="Set how you are reached without proof", responses={200: ReachTold})
@needs(Can.ENDPOINT_SET)
@takes(body=Reaching)
def write_reach() -> ResponseReturnValue:
    given = sent(Reaching)
    set_reach(db.session(), given.order, given.recipient, given.address, by=me)
    return told(reach_told())


def reach_told() -> ReachTold:
    assert me.organisation_id is not None, "only platforms' people have this deed"
    return ReachTold(**reach_of(db.session(), me.organisation_id)._asdict())


def read_cursor(text: str) -> int | None:
    if text and not CURSOR.fullmatch(text):
        raise Invalid(FieldProblem("cursor", "bad_cursor", _("Send `next` of the page before, as it was given")))
    return int(text) if text else None


@webhooks.post(
    "/platform/webhooks/<handle>/messages/<message>/resend", summary="Send one message again", responses={202: TestSent}
)
@once
@needs(Can.ENDPOINT_SET, once_found=True)
@takes(body=WithVersion)
def resend_message(handle: str, message: str) -> ResponseReturnValue:
    """As it was, under the same webhook-id."""
    session, endpoint = db.session(), found(handle)
    deliveries = queries.one_message(session, me, message).deliveries
    delivery = next((each for each in deliveries if each.endpoint_id == endpoint.id), None)
    if delivery is None:
        raise NotFound(message)
    sent(WithVersion)
    endpoints.resend(session, endpoint, delivery, by=me)
    return told(TestSent(message=message), 202)


@webhooks.get(
    "/notices/<number>/messages",
    summary="What was sent of a notice",
    responses={200: Page[DeliveryTold]},
)
@acting
def messages_of_notice(number: str) -> ResponseReturnValue:
    """For the agency and for its platform."""
    session, notice = db.session(), NOTICES.found(number)
    if me.sees is Sees.PLATFORM:
        open_as_platform(session, notice, by=me)
    items = [each for found in queries.told_of(session, notice) for each in every_way(found)]
    return told(Page[DeliveryTold](items=items, next=None))


def every_way(found: queries.Told) -> Iterator[DeliveryTold]:
    if not found.deliveries:
        yield delivery_told(found.message, None)
    for delivery in found.deliveries:
        yield delivery_told(found.message, delivery)


def delivery_told(message: Message, delivery: Delivery | None) -> DeliveryTold:
    return DeliveryTold(
        id=message.webhook_id,
        type=message.type,
        number=message.notice.number if message.notice else None,
        medium=message.medium,
        to=(delivery.endpoint.url if delivery.endpoint else delivery.address) if delivery else None,
        state=standing_of(delivery) if delivery else "nobody",
        body_sha256=message.sha256,
        made_at=message.made_at,
        delivered_at=delivery.delivered_at if delivery else None,
        next_try_at=delivery.next_try_at if delivery else None,
        attempts=[attempt_told(each) for each in delivery.attempts] if delivery else [],
    )


def attempt_told(attempt: DeliveryAttempt) -> Attempt:
    kept = ("at", "duration_ms", "status", "problem", "answer")
    return Attempt(**{name: getattr(attempt, name) for name in kept})
