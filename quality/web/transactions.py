"""One request, one transaction: a view that answers is kept, a view that refuses or raises is undone.

So is every request that is only shown again (people/kept.py). A public page has nothing to keep (pages/freshness.py).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, MutableMapping
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Flask, g, make_response
from flask.ctx import RequestContext
from flask.templating import Environment
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from quality.core.db import db
from quality.core.errors import Unavailable
from quality.core.words import _
from quality.web.addresses import PatientRule, RowNumber
from quality.web.asked import request_id

log = logging.getLogger("mingcha.web")

REFUSED = 400  # from here on nothing of the request is kept


class SharingEnvironment(Environment):
    """Templates have no names of their own beside what all of them know, so they need not be asked for both each time:
    a macro that is brought in, and every page, cost a hundred looks through two dictionaries."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


class TransactionalFlask(Flask):
    url_rule_class = PatientRule
    jinja_environment = SharingEnvironment

    def __init__(self, *told: Any, **named: Any) -> None:
        self._waiting: dict[str, Callable[[TransactionalFlask], None]] = {}  # by the beginning of their addresses
        self._fetching = threading.RLock()
        self._grows = False
        super().__init__(*told, **named)
        self.url_map.converters["int"] = RowNumber

    def when_asked(self, prefix: str, fetch: Callable[[TransactionalFlask], None]) -> None:
        """Let `fetch` bring in what answers at `prefix…` no sooner than the first request for it comes."""
        self._waiting[prefix] = fetch

    def fetch(self, path: str) -> None:
        """Whatever waits for a request to `path` is brought in now."""
        with self._fetching:
            for prefix in [prefix for prefix in self._waiting if path.startswith(prefix)]:
                self._grows = True
                try:
                    self._waiting[prefix](self)
                    del self._waiting[prefix]
                finally:
                    self._grows = False

    def fetch_all(self) -> None:
        """Whatever waits is brought in now."""
        for prefix in list(self._waiting):
            self.fetch(prefix)

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """An address that is not known yet may be of what waits."""
        if self._waiting and not endpoint.startswith(".") and endpoint not in self.view_functions:
            self.fetch_all()
        return super().url_for(endpoint, **values)

    def request_context(self, environ: WSGIEnvironment) -> RequestContext:
        if self._waiting:
            self.fetch(environ.get("PATH_INFO", ""))
        return super().request_context(environ)

    def _check_setup_finished(self, f_name: str) -> None:
        """Flask refuses what is added after the first request, lest processes differ. These come to the same."""
        if not self._grows:
            super()._check_setup_finished(f_name)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """All are; Flask would look into each of twenty functions of a request whether it is."""
        return func

    def log_exception(self, exc_info: Any) -> None:
        """Flask's own line names the address, which may hold a token."""
        log.error("a request failed", exc_info=exc_info, extra={"told": {"request_id": request_id()}})

    def dispatch_request(self) -> ResponseReturnValue:
        try:
            response = make_response(super().dispatch_request())
            if g.get("only_reads"):
                return response  # its reading ends with the request: whoever asks after it asks in the same transaction
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
