"""A telephone is enrolled by who is signed in on it; from then on it sends what is done on it, signed in or not."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.field.phones import enrol, present_key
from quality.people.access import me, needs
from quality.people.models import Membership
from quality.permissions import Can
from quality.web import settings

phones = Blueprint("phones", __name__, url_prefix="/field")


@phones.post("/phones")
@needs(Can.SAMPLE_DISPATCH)
def begin() -> ResponseReturnValue:
    """The token is told once. `key` is what to seal pieces to; each answer about pieces tells it anew."""
    session = db.session()
    working = Membership.ended_at.is_(None), Membership.role == me.role
    whose = Membership.person_id == me.id, Membership.organisation_id == me.organisation_id
    membership = session.scalars(sa.select(Membership).where(*working, *whose)).one()
    phone, token = enrol(session, me, membership, request.user_agent.string)
    key = present_key(settings().field_keys)._asdict()
    return jsonify(phone=phone.id, token=token, key=key, person=me.id), 201
