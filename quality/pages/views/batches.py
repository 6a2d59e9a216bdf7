"""Many notices at once: ticked or all that one may, handed to a job, with a page that says how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import Text, _
from quality.notices.batches import BatchDeed, BatchRow
from quality.notices.models import Notice
from quality.notices.operations.batches import (
    BY,
    FROM,
    batches_of,
    do_to_many,
    one_batch,
    open_to,
    progress_of,
    rows_of,
)
from quality.pages.kinds.notice import NOTICE
from quality.pages.moments import language_now
from quality.pages.words import word
from quality.people import kept
from quality.people.access import me, needs, require_for
from quality.people.kept import comes_back
from quality.permissions import Can

batches = Blueprint("batches", __name__, url_prefix="/desk/notice-batches")
SHOWN = 200  # that one page offers to tick; "all" means also what stands behind them
SECONDS = 3
ALL = "all"


class Offer(NamedTuple):
    deed: BatchDeed
    label: Text
    notices: list[Notice]
    has_more: bool


@batches.get("/")
@needs(Can.ITEM_VERIFY)
def listed() -> ResponseReturnValue:
    return page()


@batches.post("/", endpoint="begin")
@comes_back
@needs(Can.ITEM_VERIFY)
def begin() -> ResponseReturnValue:
    session = db.session()
    chosen = request.form.getlist("notice")
    try:
        kept.refuse()
        batch = do_to_many(session, request.form.get("deed", ""), None if ALL in request.form else chosen, by=me)
    except Invalid as wrong:
        session.rollback()
        return make_response(page([problem.text for problem in wrong.problems], chosen), 422)
    flash(str(_("Handed over. Each notice is done by itself; this page says how far it is.")), "success")
    return redirect(url_for("batches.show", batch=batch.id))


def page(wrong: Sequence[Text] = (), ticked: Sequence[str] = ()) -> str:
    session = db.session()
    offers = []
    for deed in FROM:
        if me.can(BY[deed]):
            waiting = open_to(me, deed).options(*NOTICE.shown_with).limit(SHOWN + 1)
            found = list(session.scalars(waiting))
            offers.append(Offer(deed, word("batch_deed", deed), found[:SHOWN], len(found) > SHOWN))
    return render_template(
        "desk/batches.html",
        offers=offers,
        called=NOTICE.heading,
        before=batches_of(session, me),
        wrong=wrong,
        ticked=set(ticked),
    )


@batches.get("/<int:batch>")
@needs(Can.ITEM_VERIFY, once_found=True)
def show(batch: int) -> ResponseReturnValue:
    """Asks for itself again until all is done, without a script; it can be left and come back to."""
    session = db.session()
    found = one_batch(session, me, batch)
    require_for(found)
    progress = progress_of(session, [found.id])[found.id]
    rows = rows_of(session, found)
    answer = make_response(
        render_template(
            "desk/batch.html",
            batch=found,
            label=word("batch_deed", found.deed),
            progress=progress,
            refused=[row for row in rows if row.refusal],
            done=[row for row in rows if row.done_at and not row.refusal],
            waiting=[row for row in rows if row.done_at is None],
            reason=reason,
        )
    )
    if progress.done < progress.many:
        answer.headers["Refresh"] = str(SECONDS)
    return answer


def reason(row: BatchRow) -> str:
    said: str = row.reason.get(language_now(), "")
    return said
