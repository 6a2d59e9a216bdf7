"""One request, one transaction: a view that answers is kept, a view that refuses or raises is undone.

So is every request that is only shown again (people/kept.py).
"""

from __future__ import annotations

from flask import g, make_response
from flask.typing import ResponseReturnValue
from flask_openapi3 import OpenAPI

from quality.core.db import db

REFUSED = 400  # from here on nothing of the request is kept


class TransactionalFlask(OpenAPI):
    def dispatch_request(self) -> ResponseReturnValue:
        try:
            response = make_response(super().dispatch_request())
            if response.status_code < REFUSED and not g.get("never_recorded"):
                db.session.commit()
            else:
                db.session.rollback()
        except BaseException:
            db.session.rollback()
            raise
        return response
