"""The API: what a page can do, a key of the same role can do here, through the same operations (CONTRACT.md §2).

The program fetches it when its first request comes: a first page, a job and a command do without (decision 0023).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quality.web.transactions import TransactionalFlask

PREFIX = "/api/v1"


def init_app(app: TransactionalFlask) -> None:
    app.when_asked(PREFIX, fetch)


def fetch(app: TransactionalFlask) -> None:
    from quality.api import doors  # noqa: PLC0415 - a fifth of the start

    doors.init_app(app)
