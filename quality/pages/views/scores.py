"""The scores of a risk-targeted campaign: the highest, what each is made of, and how many listings each band has."""

from __future__ import annotations

import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.campaigns.frame.kept import platforms_of
from quality.campaigns.frame.layered import file_to_draw
from quality.campaigns.models import Campaign, CampaignKind, CampaignStatus, LayerKind
from quality.campaigns.queries import one_visible
from quality.core.db import db
from quality.core.errors import NotFound
from quality.core.words import _
from quality.pages.laying import asking_again, standing
from quality.pages.risk import SAYS, bands_of, basis_of
from quality.pages.views.desk import version_read
from quality.people.access import acting, me, needs, require_for
from quality.permissions import Can
from quality.publication.search import visible
from quality.targeting.risk import operations
from quality.targeting.risk.editions import in_force
from quality.targeting.risk.reading import LONGEST, Scored, Wanted, highest
from quality.web import settings

scores = Blueprint("scores", __name__, url_prefix="/desk/campaign/<number>/scores")
A_PAGE = 30
WHOLE = re.compile(r"[0-9]{1,9}")


@scores.get("/")
@acting
def show(number: str) -> ResponseReturnValue:
    campaign = the_campaign(number)
    session, file = db.session(), file_to_draw(campaign, settings().frames_folder)
    basis = basis_of(session, campaign)
    if basis is None or not file.is_file():
        return answered(campaign, page(campaign, is_kept=basis is None))
    wanted = wanted_of()
    found = highest(file, basis.weights, wanted, A_PAGE + 1)
    return answered(
        campaign,
        page(
            campaign,
            basis=basis,
            bands=bands_of(campaign, basis, file),
            found=found[:A_PAGE],
            wanted=wanted,
            kept={name: value for name, value in filters().items() if value},
            lower=after(found[A_PAGE - 1]) if len(found) > A_PAGE else None,
            platforms=platforms_of(file),
            is_kept=True,
        ),
    )


def answered(campaign: Campaign, page: str) -> ResponseReturnValue:
    return asking_again(page, standing(db.session(), campaign, LayerKind.SCORES))


def the_campaign(number: str) -> Campaign:
    """The own agency's: what it looks at first is nobody else's, not of an agency above."""
    campaign = one_visible(db.session(), me, number)
    if not me.stands_over(campaign):
        raise NotFound(number)
    return campaign


def filters() -> dict[str, str]:
    return {name: visible(request.args.get(name, ""))[:LONGEST] for name in ("by", "band", "platform", "of")}


def wanted_of() -> Wanted:
    asked, score, last = filters(), request.args.get("score", ""), request.args.get("last", "")
    after = (int(score), last) if WHOLE.fullmatch(score) and last else None
    return Wanted(asked["by"] == "shop", asked["band"], asked["platform"], asked["of"], after)


def after(last: Scored) -> dict[str, object]:
    return {"score": last.score, "last": last.key}


def page(campaign: Campaign, **more: object) -> str:
    may = me.can(Can.CAMPAIGN_PLAN) and campaign.status == CampaignStatus.DRAFT
    return render_template(
        "desk/scores.html",
        **{"basis": None, "found": [], "wanted": Wanted(), "kept": {}, "lower": None, "bands": []} | more,
        **standing(db.session(), campaign, LayerKind.SCORES)._asdict(),
        campaign=campaign,
        is_targeted=campaign.kind is CampaignKind.RISK_TARGETED,
        may_score=may,
        now=in_force(db.session(), campaign.agency_id),
        says=SAYS,
        visible=visible,
    )


@scores.post("/", endpoint="score")
@needs(Can.CAMPAIGN_PLAN, once_found=True)
def score(number: str) -> ResponseReturnValue:
    """By the weights in force; the bands become the last strata of the plan."""
    campaign = one_visible(db.session(), me, number)
    require_for(campaign)
    if operations.score(db.session(), campaign, by=me, frames=settings().frames_folder, version=version_read()):
        said = _("Every listing has its score, and the plan draws by its bands. Look at the strata and the numbers.")
        flash(str(said), "success")
    return redirect(url_for("scores.show", number=number))


@scores.post("/clear", endpoint="clear")
@needs(Can.CAMPAIGN_PLAN, once_found=True)
def clear(number: str) -> ResponseReturnValue:
    campaign = one_visible(db.session(), me, number)
    require_for(campaign)
    operations.clear_scores(db.session(), campaign, by=me, frames=settings().frames_folder, version=version_read())
    flash(str(_("The scores are taken away; the plan has the strata that it had without them.")), "success")
    return redirect(url_for("scores.show", number=number))
