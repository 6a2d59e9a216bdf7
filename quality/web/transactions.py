"""One request, one transaction: a view that answers is kept, a view that refuses or raises is undone.

So is every request that is only shown again (people/kept.py).
"""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, g, make_response
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from quality.core.db import db
from quality.core.errors import Unavailable
from quality.core.words import _
from quality.web.addresses import PatientRule
from quality.web.asked import request_id

log = logging.getLogger("mingcha.web")

REFUSED = 400  # from here on nothing of the request is kept


class TransactionalFlask(Flask):
    url_rule_class = PatientRule

    def log_exception(self, exc_info: Any) -> None:
        """Flask's own line names the address, which may hold a token."""
        log.error("a request failed", exc_info=exc_info, extra={"told": {"request_id": request_id()}})

    def dispatch_request(self) -> ResponseReturnValue:
        try:
            response = make_response(super().dispatch_request())
            if response.status_code < REFUSED and not g.get("never_recorded"):
                commit()
            else:
                db.session.rollback()
        except BaseException:
            db.session.rollback()
            raise
        return response


def commit() -> None:
    """A connection that breaks at this very moment leaves it open whether all was kept: so it is said."""
    try:
        db.session.commit()
    except OperationalError as broken:
        if not broken.connection_invalidated:
            raise
        said = _(
            "The connection to the database broke at the last moment. Look whether it was recorded, then try again"
        )
        raise Unavailable("outcome_unknown", said, retry_after=2) from broken
