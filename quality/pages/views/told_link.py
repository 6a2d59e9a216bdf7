"""The page that a seller's link opens: that a sample was taken. No account; the address is the secret."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core import clock
from quality.core.db import db
from quality.core.errors import NotFound, Refused
from quality.core.words import _
from quality.documents.readers import Reader
from quality.informing.holder import Holder
from quality.informing.models import SampleNotice
from quality.informing.operations import acknowledge
from quality.informing.queries import with_token
from quality.objections.operations.posting import hashed
from quality.pages.sealed import as_file
from quality.pages.told import about, paper_of
from quality.pages.views.reply import ASKS, LONGEST_TOKEN, SENDS, keep_to_yourselves
from quality.people.access import public as open_to_all
from quality.web.pace import let_in

told_link = Blueprint("told_link", __name__, url_prefix="/reply/sample/<link>")
told_link.after_request(keep_to_yourselves)


def opened(view: Callable[[SampleNotice, str], ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    @wraps(view)
    def with_notice(link: str) -> ResponseReturnValue:
        if request.method == "POST":
            let_in("reply", SENDS)
        notice = with_token(db.session(), hashed(link)) if len(link) <= LONGEST_TOKEN else None
        if notice is None:
            let_in("reply, unknown", ASKS)
            raise NotFound("reply")
        if notice.expires_at is None or notice.expires_at <= clock.now():
            return render_template("reply/told_over.html", notice=notice), 410
        return view(notice, link)

    return with_notice


@told_link.get("")
@open_to_all
@opened
def page(notice: SampleNotice, link: str) -> ResponseReturnValue:
    """Opening it proves nothing and changes nothing: programs open links before people do."""
    return render_template("reply/told.html", link=link, **about(db.session(), notice))


@told_link.post("", endpoint="received")
@open_to_all
@opened
def received(notice: SampleNotice, link: str) -> ResponseReturnValue:
    acknowledge(db.session(), notice, by=Holder.of(notice))
    return redirect(url_for("told_link.page", link=link), 303)


@told_link.get("/notice.pdf")
@open_to_all
@opened
def paper(notice: SampleNotice, link: str) -> ResponseReturnValue:
    document = paper_of(db.session(), notice)
    if document.sha256 is None:
        raise Refused("not_printed", _("This document is still being made; ask again in a moment"))
    return as_file(document, Reader.PARTY)
