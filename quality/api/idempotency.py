"""`Idempotency-Key`: a request that is sent again, because its answer was lost on the way, is not done again.

The key is claimed in a short transaction of its own, so that a second call meanwhile is told (409 `in_progress`); the
answer is kept in the transaction of what was done, so that there is never one without the other. A refusal is not
kept: the claim is given up. A process that is killed leaves a claim behind, which another may take after `LEASE`;
should the first still be alive, its answer finds the claim gone and all that it did is undone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from flask import Response, g, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from quality.api.models import Answered
from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import _
from quality.web import settings

HEADER = "Idempotency-Key"
LEASE = timedelta(minutes=10)  # longer than any request takes
KEPT = timedelta(days=30)
LONGEST = Answered.idempotency_key.type.length
REFUSED = 400
AT_ONCE = 1000  # old answers that one run of the job removes
SEALED = "sealed "  # before an answer that is kept encrypted; no JSON begins so


class Claim(NamedTuple):
    id: int
    began_at: datetime


def once(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Every POST wears it: without the header nothing changes."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if HEADER not in request.headers:
            return view(*args, **kwargs)
        found = find_or_claim(key_sent(), digest_of_request())
        if isinstance(found, Response):
            return found
        g.claim = found
        response = make_response(view(*args, **kwargs))
        if response.status_code < REFUSED:
            keep(found, response)
        return response

    return guarded


def key_sent() -> str:
    sent = request.headers[HEADER]
    if not 1 <= len(sent) <= LONGEST or not sent.isprintable() or not sent.isascii():
        said = _("Send 1 to %(most)s printable ASCII characters", most=LONGEST)
        raise Invalid(FieldProblem(HEADER, "bad_key", said))
    return sent


def digest_of_request() -> str:
    """Of the body; of a form with files, of its fields and of the files' bytes, since its boundary is chance."""
    if request.mimetype != "multipart/form-data":
        return hashlib.sha256(request.get_data()).hexdigest()
    parts: list[Any] = [sorted(request.form.items(multi=True))]
    for name, file in sorted(request.files.items(multi=True), key=lambda named: named[0]):
        parts.append([name, hashlib.file_digest(cast(Any, file.stream), "sha256").hexdigest()])
        file.stream.seek(0)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def find_or_claim(key: str, digest: str) -> Response | Claim:
    """The answer that was given before, or the claim to give one. Raises `Refused` and `Invalid`."""
    mine = {"membership_id": g.key.membership_id, "route": route(), "idempotency_key": key}
    now = clock.now()
    with db.engine.begin() as connection:
        seen = connection.execute(sa.select(Answered).filter_by(**mine)).one_or_none()
        if seen is None:
            return insert_claim(connection, mine, digest, now)
        if seen.body_sha256 != digest:
            said = _("This key was used here for another body; send a new one with it")
            raise Invalid(FieldProblem(HEADER, "key_reused", said))
        if seen.answer_status is not None:
            return again(seen.answer_status, unsealed(seen.id, seen.answer))
        if seen.began_at > now - LEASE:
            raise in_progress()
        taken = sa.update(Answered).where(Answered.id == seen.id, Answered.began_at == seen.began_at)
        if connection.execute(taken.values(began_at=now).returning(Answered.id)).first() is None:
            raise in_progress()
        return Claim(seen.id, now)


def insert_claim(connection: sa.Connection, mine: dict[str, Any], digest: str, now: datetime) -> Claim:
    claim = sa.insert(Answered).values(**mine, body_sha256=digest, began_at=now).returning(Answered.id)
    try:
        return Claim(connection.execute(claim).scalar_one(), now)
    except IntegrityError:  # the other call was first by a moment
        raise in_progress() from None


def route() -> str:
    return f"{request.method} {request.path}"[: Answered.route.type.length]


def in_progress() -> Refused:
    return Refused("in_progress", _("The same request is being worked on; ask again in a moment"))


def again(status: int, answer: str) -> Response:
    response = make_response(answer, status)
    response.content_type = "application/json"
    response.headers["Idempotency-Replayed"] = "true"
    return response


def keep(claim: Claim, response: Response) -> None:
    """In the transaction of the deed. Whoever lost the claim meanwhile has done nothing."""
    text = response.get_data(True)
    if g.pop("shown_once", False):
        text = SEALED + cipher().encrypt(text, about=f"answered:{claim.id}")
    mine = sa.update(Answered).where(Answered.id == claim.id, Answered.began_at == claim.began_at)
    kept = mine.where(Answered.answer_status.is_(None)).values(answer_status=response.status_code, answer=text)
    if db.session.execute(kept.returning(Answered.id)).first() is None:
        raise in_progress()


def holds_a_secret() -> None:
    """This request's answer is shown to its sender and kept for them encrypted, never in the clear."""
    g.shown_once = True


def unsealed(claim_id: int, answer: str) -> str:
    is_sealed = answer.startswith(SEALED)
    return cipher().decrypt(answer.removeprefix(SEALED), about=f"answered:{claim_id}") if is_sealed else answer


def cipher() -> Cipher:
    return Cipher(settings().identity_keys, settings().identity_index_key)


def give_up_after_a_refusal(response: Response) -> Response:
    claim: Claim | None = g.pop("claim", None)
    if claim and response.status_code >= REFUSED:
        mine = (Answered.id == claim.id, Answered.began_at == claim.began_at, Answered.answer_status.is_(None))
        # where the database is away the claim stays, and can be taken after its time
        with suppress(OperationalError, InterfaceError), db.engine.begin() as connection:
            connection.execute(sa.delete(Answered).where(*mine))
    return response


def forget_old_answers(sessions: sessionmaker[Session], now: datetime) -> int:
    """Remove what was answered more than 30 days ago, some at a time. Returns how many."""
    old = sa.select(Answered.id).where(Answered.began_at < now - KEPT).order_by(Answered.began_at).limit(AT_ONCE)
    with sessions.begin() as session:
        gone = session.scalars(old).all()
        if gone:  # else nothing is written
            session.execute(sa.delete(Answered).where(Answered.id.in_(gone)))
    return len(gone)
