"""How far a job is that lays something over a big frame, for the pages and addresses that asked it."""

from __future__ import annotations

from typing import NamedTuple

from flask import Response, make_response
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, LayerKind
from quality.pages.moments import language_now
from quality.targeting.models import LayerRequest
from quality.targeting.requests import request_of

ASKS_AGAIN = 5  # seconds
STATES = "`none`, `waiting` (a job works at a big frame; ask again), `failed` or `done`"


class Standing(NamedTuple):
    """`waits` for the job, or `failed`: why, in the reader's language; else neither."""

    waits: LayerRequest | None
    failed: str | None

    def state(self, is_laid: object) -> str:
        """One of `STATES`."""
        if self.failed:
            return "failed"
        if self.waits:
            return "waiting"
        return "done" if is_laid else "none"


def standing(session: Session, campaign: Campaign, kind: LayerKind) -> Standing:
    told = request_of(session, campaign, kind)
    if told is None or told.problem is None:
        return Standing(told, None)
    return Standing(None, str(told.problem[language_now()]))


def asking_again(page: str, of: Standing) -> Response:
    """The page asks for itself again until the job is done, without a script."""
    answer = make_response(page)
    if of.waits:
        answer.headers["Refresh"] = str(ASKS_AGAIN)
    return answer
