"""What a draw leaves out because it was sampled lately: asked for, seen before and after, undone, and given out."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from flask import Blueprint, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quality.campaigns.frame.layered import layer_file
from quality.campaigns.models import Campaign, CampaignStatus, FrameLayer
from quality.campaigns.operations import layers_of
from quality.core.db import db
from quality.core.errors import Invalid, NotFound
from quality.core.words import Text, _, ngettext
from quality.pages.book import XLSX
from quality.pages.exclusions import MOST_IN_A_WORKBOOK, book, look_at_them, shown, write_csv
from quality.pages.forms.exclusions import Exclusions, exclusions_form
from quality.pages.forms.sheet import put_beside
from quality.pages.kinds import kind_for
from quality.pages.laying import asking_again, standing
from quality.pages.views.desk import version_read
from quality.pages.views.fielding import of_the_own_agency
from quality.people.access import acting, me, needs, require_for
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.targeting.coordination import excluding
from quality.targeting.coordination.excluding import EXCLUSIONS
from quality.web import settings

exclusions = Blueprint("exclusions", __name__, url_prefix="/desk/campaign/<number>/exclusions")


@exclusions.get("")
@acting
def page(number: str) -> ResponseReturnValue:
    campaign = of_the_own_agency(number)
    return asking_again(drawn_as(campaign), standing(db.session(), campaign, EXCLUSIONS))


@exclusions.post("", endpoint="send")
@comes_back
@needs(Can.CAMPAIGN_PLAN, once_found=True)
def send(number: str) -> ResponseReturnValue:
    session, campaign = db.session(), the_campaign(number)
    form = exclusions_form(session, campaign, request.form)
    loose: list[Text] = []
    try:
        if not form.validate():
            raise Invalid
        done = excluding.exclude(
            session, campaign, form.asked(), by=me, frames=settings().frames_folder, version=version_read()
        )
    except Invalid as wrong:
        session.rollback()
        loose = put_beside(form, wrong.problems)
        return make_response(drawn_as(the_campaign(number), form, loose), 422)
    if done:
        rows = layers_of(session, campaign)[EXCLUSIONS].rows
        flash(str(ngettext("%(count)s listing is left out", "%(count)s listings are left out", rows)), "success")
    return redirect(url_for("exclusions.page", number=number))


@exclusions.post("/clear", endpoint="clear")
@needs(Can.CAMPAIGN_PLAN, once_found=True)
def clear(number: str) -> ResponseReturnValue:
    campaign = the_campaign(number)
    excluding.include(db.session(), campaign, by=me, frames=settings().frames_folder, version=version_read())
    flash(str(_("Nothing is left out any more")), "success")
    return redirect(url_for("exclusions.page", number=number))


@exclusions.get("/listings.csv", endpoint="csv")
@acting
def as_csv(number: str) -> ResponseReturnValue:
    """Which listings: the look at what other campaigns drew is logged."""
    layer = looked_at(number)
    with tempfile.TemporaryDirectory(prefix="left-out-") as folder:
        out = Path(folder) / "listings.csv"
        write_csv(layer_file(settings().frames_folder, layer.sha256), out)
        content = out.open("rb")  # it outlives its folder
    return make_response(send_file(content, "text/csv", as_attachment=True, download_name=f"{number}-exclusions.csv"))


@exclusions.get("/listings.xlsx", endpoint="xlsx")
@acting
def as_xlsx(number: str) -> ResponseReturnValue:
    layer = looked_at(number)
    content = io.BytesIO(book(layer_file(settings().frames_folder, layer.sha256)))
    return make_response(send_file(content, XLSX, as_attachment=True, download_name=f"{number}-exclusions.xlsx"))


def looked_at(number: str) -> FrameLayer:
    session, campaign = db.session(), of_the_own_agency(number)
    layer = layers_of(session, campaign).get(EXCLUSIONS)
    if layer is None or not layer_file(settings().frames_folder, layer.sha256).is_file():
        raise NotFound(number)
    look_at_them(session, campaign, layer, me)
    return layer


def the_campaign(number: str) -> Campaign:
    campaign: Campaign = kind_for(me, "campaign").one_visible(db.session(), me, number)
    require_for(campaign)
    return campaign


def drawn_as(campaign: Campaign, form: Exclusions | None = None, loose: list[Text] | None = None) -> str:
    session = db.session()
    is_open = campaign.status == CampaignStatus.DRAFT and me.can(Can.CAMPAIGN_PLAN) and campaign.frame_sha256
    return render_template(
        "desk/exclusions.html",
        campaign=campaign,
        shown=shown(session, campaign),
        **standing(session, campaign, EXCLUSIONS)._asdict(),
        form=(form or exclusions_form(session, campaign)) if is_open else None,
        loose=loose or [],
        most=MOST_IN_A_WORKBOOK,
    )
