"""The scores of a risk-targeted campaign: worked out, read with what each is made of, taken away."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.door import takes, told
from quality.api.idempotency import once
from quality.api.reading import asked, sent
from quality.api.risk import risk
from quality.api.shapes import Asked, Moment, Page, Sent, Told, Version, Words
from quality.campaigns.frame.layered import file_to_draw
from quality.campaigns.models import Campaign, LayerKind
from quality.campaigns.queries import one_visible
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import _
from quality.pages.laying import STATES, standing
from quality.pages.risk import SAYS, bands_of, basis_of
from quality.pages.views.scores import the_campaign
from quality.people.access import acting, me, needs, require_for
from quality.permissions import Can
from quality.targeting.risk import operations
from quality.targeting.risk.reading import LONGEST, Scored, Wanted, highest
from quality.web import settings

A_PAGE, MOST = 50, 200
LONGEST_CURSOR = 400
DOORS = [risk]  # with the addresses of risk.py


class Whose(StrEnum):
    LISTING = "listing"
    SHOP = "shop"


class ScoreFilter(Asked):
    limit: int = Field(A_PAGE, ge=1, le=MOST, description="Lines of a page")
    cursor: str = Field("", max_length=LONGEST_CURSOR, description="`next` of the page before")
    by: Whose = Field(Whose.LISTING, description="`listing`; `shop`: each shop by its highest listing")
    band: str = Field("", max_length=LONGEST, description="As `bands` of the scoring calls it: `<20`, `20-39`, `>=40`")
    platform: str = Field("", max_length=LONGEST, description="As the frame calls it")
    of: str = Field("", max_length=LONGEST, description="A listing's or shop's number, or the shop's name, whole")


class RiskPartTold(Told):
    part: str = Field(description="`findings`, `complaints`, `price`, `sales` or `newness`")
    share: int | None = Field(description="In thousandths; null: nothing is known, which gives no points")
    points: int = Field(description="Of at most `weight`. Those of all parts add up to the score")
    weight: int
    says: Words = Field(description="What is known, in words")


class RiskScoreTold(Told):
    score: int
    parts: list[RiskPartTold]
    listing_id: str
    platform: str = Field(description="As the frame calls it")
    category: str
    title: str
    shop_id: str
    shop_name: str
    listings: int = Field(description="By shop: how many of it are in the file; else 1")


class ScoreBand(Told):
    band: str
    listings: int
    n: int | None = Field(description="To be drawn, by lot; null where the plan does not draw by these bands")


class ScoringTold(Told):
    campaign: str
    version: int = Field(description="Of the campaign, as it is now")
    state: str = Field(description=STATES)
    problem: str | None = Field(description="Why it failed")
    edition: int | None = Field(
        description="Of the weights that it was scored by; null, and so the rest: it has no scores yet"
    )
    points: dict[str, int]
    floor: int | None = Field(description="Of each stratum and band at least so many are drawn")
    findings: int | None = Field(description="That the scores know of; so `complaints` and earlier `frames`")
    complaints: int | None
    frames: int | None
    scored_at: Moment | None
    bands: list[ScoreBand] = Field(description="From the lowest")


class ToScore(Sent):
    version: Version


class ScoresGone(Told):
    campaign: str
    version: int = Field(description="Of the campaign, as it is now")


@risk.get("/campaigns/<number>/scores", summary="Where to look first, the highest score first",
               responses={200: Page[RiskScoreTold]})  # fmt: skip
@acting
@takes(query=ScoreFilter)
def list_scores(number: str) -> ResponseReturnValue:
    """Counts for nothing but the order: a score estimates nothing. Empty where the frame has no scores."""
    campaign, wanted = the_campaign(number), asked(ScoreFilter)
    basis, file = basis_of(db.session(), campaign), file_to_draw(campaign, settings().frames_folder)
    if basis is None or not file.is_file():
        return told(Page[RiskScoreTold](items=[], next=None))
    looked = Wanted(wanted.by is Whose.SHOP, wanted.band, wanted.platform, wanted.of, after(wanted.cursor))
    found = highest(file, basis.weights, looked, wanted.limit + 1)
    items = [score_told(each) for each in found[: wanted.limit]]
    last = found[wanted.limit - 1] if len(found) > wanted.limit else None
    return told(Page[RiskScoreTold](items=items, next=f"{last.score}:{last.key}" if last else None))


def after(cursor: str) -> tuple[int, str] | None:
    score, _colon, key = cursor.partition(":")
    if not cursor:
        return None
    if not (score.isascii() and score.isdigit() and len(score) <= len(str(MOST * MOST)) and key):
        raise Invalid(FieldProblem("cursor", "bad_value", _("Send the `next` of the page before")))
    return int(score), key


def score_told(each: Scored) -> RiskScoreTold:
    names = ("listing_id", "platform", "category", "title", "shop_id", "shop_name")
    parts = [
        RiskPartTold(
            part=one.part, share=one.share, points=one.points, weight=one.weight, says=str(SAYS[one.part](each.facts))
        )
        for one in each.parts
    ]
    listing = {name: str(each.listing.get(name, "")) for name in names}
    return RiskScoreTold(score=each.score, parts=parts, listings=each.listings, **listing)


@risk.get("/campaigns/<number>/scoring", summary="By what its listings were scored", responses={200: ScoringTold})
@acting
def show_scoring(number: str) -> ResponseReturnValue:
    return told(scoring_told(the_campaign(number)))


@risk.post(
    "/campaigns/<number>/scores", summary="Score the frame of a draft", responses={200: ScoringTold, 202: ScoringTold}
)
@once
@needs(Can.CAMPAIGN_PLAN, once_found=True)
@takes(body=ToScore)
def score_campaign(number: str) -> ResponseReturnValue:
    """By the weights in force and what is known today; the bands become the last strata of its design.

    202: the frame is big, and a job scores it.
    """
    campaign = one_visible(db.session(), me, number)
    require_for(campaign)
    version = sent(ToScore).version
    done = operations.score(db.session(), campaign, by=me, frames=settings().frames_folder, version=version)
    return told(scoring_told(campaign), 200 if done else 202)


@risk.post("/campaigns/<number>/scores/clear", summary="Take the scores away", responses={200: ScoresGone})
@once
@needs(Can.CAMPAIGN_PLAN, once_found=True)
@takes(body=ToScore)
def clear_scores_of(number: str) -> ResponseReturnValue:
    campaign = one_visible(db.session(), me, number)
    require_for(campaign)
    version = sent(ToScore).version
    operations.clear_scores(db.session(), campaign, by=me, frames=settings().frames_folder, version=version)
    return told(ScoresGone(campaign=campaign.number, version=campaign.version))


def scoring_told(campaign: Campaign) -> ScoringTold:
    """`Refused` where nothing was scored, nor is asked to be."""
    session = db.session()
    basis, stands = basis_of(session, campaign), standing(session, campaign, LayerKind.SCORES)
    file = file_to_draw(campaign, settings().frames_folder)
    if (basis and not file.is_file()) or stands.state(basis) == "none":
        raise Refused("not_scored", _("Nothing of this campaign is scored; score the frame of its draft"))
    bands: Sequence[ScoreBand] = [
        ScoreBand(**each._asdict()) for each in (bands_of(campaign, basis, file) if basis else [])
    ]
    return ScoringTold(
        campaign=campaign.number,
        version=campaign.version,
        state=stands.state(basis),
        problem=stands.failed,
        edition=basis.edition if basis else None,
        points={part.value: points for part, points in basis.weights.points.items()} if basis else {},
        floor=basis.weights.floor if basis else None,
        findings=basis.findings if basis else None,
        complaints=basis.complaints if basis else None,
        frames=basis.frames if basis else None,
        scored_at=basis.layer.made_at if basis else None,
        bands=list(bands),
    )
