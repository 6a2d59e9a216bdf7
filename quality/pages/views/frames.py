"""The sampling frames of an agency: what was imported, what each file was, and what is drawn from it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.campaigns import frames as room
from quality.campaigns.frame.portrait import shown_portrait
from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import Text, _
from quality.pages.forms.frames import TakingUp
from quality.pages.forms.sheet import put_beside
from quality.pages.heat import picture_of
from quality.people.access import me, needs
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.web import settings

frames = Blueprint("frames", __name__, url_prefix="/desk/frames")
A_PAGE = 30
A_FEW = 20  # campaigns that a page names
LARGEST = 2**31


@frames.get("/")
@needs(Can.CAMPAIGN_READ)
def listed() -> ResponseReturnValue:
    return page(TakingUp())


def page(form: TakingUp, loose: Sequence[Text] = ()) -> str:
    before = request.args.get("before", type=int)
    before = before if before is not None and 0 < before < LARGEST else None
    found = room.listed(db.session(), me, before, A_PAGE + 1)
    return render_template(
        "desk/frames.html",
        found=found[:A_PAGE],
        older=found[A_PAGE - 1].id if len(found) > A_PAGE else None,
        before=before,
        form=form,
        loose=loose,
        may_plan=me.can(Can.CAMPAIGN_PLAN),
    )


@frames.post("/", endpoint="take_up")
@comes_back
@needs(Can.CAMPAIGN_PLAN)
def take_up() -> ResponseReturnValue:
    """What the command froze on the server becomes a frame of this agency."""
    form = TakingUp(request.form)
    try:
        if not form.validate():
            raise Invalid
        frame = room.take_up(db.session(), form.sha256.data or "", by=me, frames=settings().frames_folder)
    except Invalid as wrong:
        db.session().rollback()
        return make_response(page(form, put_beside(form, wrong.problems)), 422)
    flash(str(_("%(name)s can be chosen for a campaign from now on", name=frame.name)), "success")
    return redirect(url_for("frames.one", frame=frame.id))


@frames.get("/<int:frame>")
@needs(Can.CAMPAIGN_READ, once_found=True)
def one(frame: int) -> ResponseReturnValue:
    session = db.session()
    found = room.one_frame(session, me, frame)
    may_plan = me.can(Can.CAMPAIGN_PLAN)
    stored = settings().frames_folder / f"{found.sha256}.parquet"
    portrait = shown_portrait(stored)
    return render_template(
        "desk/frame_profile.html",
        frame=found,
        drawn=picture_of(portrait) if portrait else None,
        campaigns=room.campaigns_from(session, found, A_FEW),
        drafts=room.drafts(session, me, A_FEW) if may_plan else [],
        is_kept=stored.is_file(),
    )
