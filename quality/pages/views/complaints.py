"""Complaints of consumers: what was taken in, and the table that brings more."""

from __future__ import annotations

from functools import partial
from typing import BinaryIO

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core import shelf
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _, ngettext
from quality.pages.tables import Beginning, begin_page, given_back, given_out, received
from quality.pages.words import CODES, word
from quality.people.access import acting, me, needs
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.publication.search import visible
from quality.targeting.risk.complaints import uploads
from quality.targeting.risk.complaints.columns import COMPLAINTS
from quality.targeting.risk.complaints.listed import LONGEST, how_many, listed
from quality.targeting.risk.complaints.trying import KEPT_FOR, State, look
from quality.targeting.risk.models import ComplaintKind
from quality.web import settings
from quality.workbooks.keeping import Kept

complaints = Blueprint("complaints", __name__, url_prefix="/desk/targeting/complaints")
A_PAGE, SHOWN_ROWS = 50, 200
LARGEST = 2**31
THROWN_AWAY = _("The upload is thrown away; nothing was recorded.")


@complaints.get("/", endpoint="listed")
@needs(Can.CAMPAIGN_READ)
def the_list() -> ResponseReturnValue:
    before = request.args.get("before", type=int)
    before = before if before is not None and 0 < before < LARGEST else None
    kind, of = request.args.get("kind", ""), visible(request.args.get("of", ""))[:LONGEST]
    chosen = ComplaintKind(kind) if kind in set(ComplaintKind) else None
    found = listed(db.session(), me, A_PAGE + 1, before=before, kind=chosen, of=of)
    return make_response(
        render_template(
            "desk/complaints.html",
            found=found[:A_PAGE],
            older=found[A_PAGE - 1].id if len(found) > A_PAGE else None,
            before=before,
            kind=chosen,
            of=of,
            kinds=CODES["complaint_kind"],
            there=how_many(db.session(), me),
            kept_for=KEPT_FOR.days,
            may_import=me.can(Can.CAMPAIGN_PLAN),
        )
    )


@complaints.get("/complaints.xlsx", endpoint="empty")
@needs(Can.CAMPAIGN_PLAN)
def empty() -> ResponseReturnValue:
    return given_out(uploads.write_empty, str(_("Complaints.xlsx")))


@complaints.get("/workbook")
@needs(Can.CAMPAIGN_PLAN)
def begin() -> ResponseReturnValue:
    return begin_page(beginning())


def beginning() -> Beginning:
    return Beginning(
        columns=COMPLAINTS,
        above=(_("Complaints"), url_for("complaints.listed")),
        title=_("Complaints from a table"),
        what_for=_("Take in what a hotline or another office exports."),
        what_is_given=_(
            "An empty workbook with the columns that are understood and a row that shows how. Who complained, and in "
            "which words, is not asked and not kept."
        ),
        given_at=url_for("complaints.empty"),
    )


@complaints.post("/workbook", endpoint="upload")
@comes_back
@needs(Can.CAMPAIGN_PLAN)
def receive() -> ResponseReturnValue:
    def keep(sent: BinaryIO, name: str) -> ResponseReturnValue:
        token = uploads.receive(sent, name, by=me, place=settings().frames_folder)
        return redirect(url_for("complaints.report", table=token))

    return received(beginning(), keep)


@complaints.get("/workbook/<table>")
@acting
def report(table: str) -> ResponseReturnValue:
    return make_response(page(found(table)))


@complaints.get("/workbook/<table>/file", endpoint="file")
@acting
def annotated(table: str) -> ResponseReturnValue:
    """The sender's own file, with a status and a reason beside each row."""
    kept = found(table)
    tried = look(db.session(), kept.table.rows, me.organisation_id)
    return given_back(kept.name, lambda out: uploads.annotated(kept, tried, out, partial(word, "complaint_row")))


def found(token: str) -> Kept:
    """The reader's own. Of anybody else's nobody learns that it is there."""
    return uploads.find(token, by=me, place=settings().frames_folder)


def page(upload: Kept, problems: tuple[FieldProblem, ...] = ()) -> str:
    tried = look(db.session(), upload.table.rows, me.organisation_id)
    wrong = [line for line in tried if line.state is State.WRONG]
    return render_template(
        "desk/complaints_report.html",
        upload=upload,
        rows=len(tried),
        new=sum(line.state is State.NEW for line in tried),
        same=sum(line.state is State.SAME for line in tried),
        bad=len(wrong),
        wrong=wrong[:SHOWN_ROWS],
        more=len(wrong) - SHOWN_ROWS,
        seen=uploads.seen(tried),
        problems=problems,
        called=COMPLAINTS.called,
        visible=visible,
    )


@complaints.post("/workbook/<table>/take", endpoint="take")
@acting
def take(table: str) -> ResponseReturnValue:
    """All rows that say something new, or those that are right where the sender said so."""
    kept, session = found(table), db.session()
    only_good, as_seen = request.form.get("how") == "good", request.form.get("seen", "")
    try:
        tried = uploads.take_in(session, kept.table.rows, kept.name, by=me, only_good=only_good, as_seen=as_seen)
    except Invalid as wrong:
        session.rollback()
        return make_response(page(kept, wrong.problems), 422)
    many = sum(each.state is State.NEW for each in tried)
    said = ngettext("%(count)s complaint is taken in.", "%(count)s complaints are taken in.", many)
    flash(
        str(said if many else _("All of them were taken in before; nothing was recorded.")),
        "success" if many else "info",
    )
    return redirect(url_for("complaints.listed"))


@complaints.post("/workbook/<table>/throw-away", endpoint="throw_away")
@acting
def throw_away(table: str) -> ResponseReturnValue:
    shelf.throw_away(found(table).folder)
    flash(str(THROWN_AWAY), "success")
    return redirect(url_for("complaints.begin"))
