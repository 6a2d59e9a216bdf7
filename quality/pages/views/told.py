"""A platform's own list of samples that were taken from its listings, and the notice of each."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import Refused
from quality.core.words import _
from quality.documents.readers import reader_of
from quality.informing.models import Proof
from quality.informing.operations import acknowledge, open_as_platform
from quality.informing.queries import one_to_a_platform, page_for_a_platform
from quality.pages.asking import cursor_of
from quality.pages.sealed import as_file
from quality.pages.told import about, paper_of
from quality.people.access import me, needs, require_for
from quality.people.kept import comes_back
from quality.permissions import Can

told = Blueprint("told", __name__, url_prefix="/desk/told")
A_PAGE = 50


@told.get("/")
@needs(Can.TOLD_READ)
def listed() -> ResponseReturnValue:
    before = cursor_of(request.args.get("before", ""))
    found = page_for_a_platform(db.session(), me, A_PAGE, before)
    older = found[A_PAGE - 1].id if len(found) > A_PAGE else None
    return render_template("desk/told.html", notices=found[:A_PAGE], older=older, before=before)


@told.get("/<told>")
@needs(Can.TOLD_READ, once_found=True)
def one(told: str) -> ResponseReturnValue:
    """Only a look is written: who is signed in and has it before them has received it."""
    session = db.session()
    notice = one_to_a_platform(session, me, told)
    require_for(notice)
    open_as_platform(session, notice, by=me)
    may = me.can(Can.NOTICE_ACKNOWLEDGE) and notice.proof in (None, Proof.OPENED)
    return render_template("desk/told_one.html", **about(session, notice), may_acknowledge=may)


@told.post("/<told>", endpoint="acknowledge")
@comes_back
@needs(Can.NOTICE_ACKNOWLEDGE, once_found=True)
def confirm(told: str) -> ResponseReturnValue:
    session = db.session()
    notice = one_to_a_platform(session, me, told)
    require_for(notice)
    acknowledge(session, notice, by=me)
    flash(str(_("The agency knows now that you have it.")), "success")
    return redirect(url_for("told.one", told=told))


@told.get("/<told>/notice.pdf")
@needs(Can.TOLD_READ, once_found=True)
def fetch(told: str) -> ResponseReturnValue:
    session = db.session()
    notice = one_to_a_platform(session, me, told)
    require_for(notice)
    document = paper_of(session, notice)
    if document.sha256 is None:
        raise Refused("not_printed", _("This document is still being made; ask again in a moment"))
    open_as_platform(session, notice, by=me)
    return as_file(document, reader_of(me.sees))
