"""Figures in public: all closed campaigns together, and each by itself; and the same for programs."""

from __future__ import annotations

from flask import jsonify, render_template
from flask.typing import ResponseReturnValue

from quality.campaigns.models import CampaignKind
from quality.campaigns.queries import announced
from quality.core.db import db
from quality.core.words import Text, _, in_script
from quality.figures.ranking import TWO, Place, places, simultaneous
from quality.pages.linked import of_campaign_statistics, of_statistics
from quality.pages.statistics import (
    axis_of,
    campaign_shown,
    campaigns_shown,
    indices_shown,
    platforms_shown,
    stages,
    strata_shown,
    untested_shown,
)
from quality.pages.statistics_charts import takedowns_shown, trends_shown
from quality.pages.statistics_json import campaign_as_json, statistics_as_json
from quality.pages.views.public import public
from quality.pages.words import word
from quality.people.access import public as open_to_all
from quality.publication.counting import Counted
from quality.publication.estimates import estimated, said_of
from quality.publication.figures import all_counted, counted_of
from quality.statistics.public import each_said, funnel, indices, of_kind, trends
from quality.statistics.takedowns import kept_takedowns
from quality.web import errors, settings

KINDS = (CampaignKind.PROBABILITY, CampaignKind.RISK_TARGETED)
DESCRIBED: Text = _(
    "How often products bought in secret do not conform, from closed campaigns: rates with both denominators and 95%% "
    "intervals, estimates from samples drawn by lot, and how long listings stay up."
)
SHOWN = 30  # campaigns of a kind on the page, the newest; the others are in its JSON


@public.get("/statistics.json", endpoint="statistics_as_json")
@public.get("/statistics")
@open_to_all
def statistics() -> ResponseReturnValue:
    least, counted, kept = settings().statistics_least, all_counted(db.session()), kept_takedowns(db.session())
    index, by_quarter = indices(counted, least), trends(counted, least)
    if errors.wants_problem():
        return jsonify(statistics_as_json(counted, index, by_quarter, kept, least))
    return render_template(
        "public/statistics.html",
        counted=counted,
        least=least,
        tables=[
            (kind, len(own := of_kind(counted, kind)), campaigns_shown(each_said(own[:SHOWN], least), least))
            for kind in KINDS
        ],
        funnels=[
            (word("campaign_kind", kind), total := funnel(own), stages(total, least), untested_shown(total.untested))
            for kind in KINDS
            if (own := of_kind(counted, kind))
        ],
        index=indices_shown(index, least) if index else None,
        trends=trends_shown(by_quarter),
        takedowns=takedowns_shown(kept.takedowns, kept.counted_at, least),
        described=DESCRIBED,
        linked=of_statistics(_("Statistics"), DESCRIBED),
        section="statistics",
    )


@public.get("/statistics/<number>.json", endpoint="campaign_statistics_as_json")
@public.get("/statistics/<number>")
@open_to_all
def campaign_statistics(number: str) -> ResponseReturnValue:
    """Of one that is closed; before, the page says when there will be figures, and nothing else."""
    campaign, least = announced(db.session(), number), settings().statistics_least
    counted = counted_of(db.session(), number)
    if errors.wants_problem():
        return jsonify(campaign_as_json(counted, least) if counted else {"number": number, "counted": False})
    if counted is None:
        return render_template("public/not_counted.html", campaign=campaign, section="statistics")
    said, placed = said_of(counted, least), ranked(counted, least)
    each = [estimated(counted, code) for code in counted.platforms] if said.estimate else []
    axis, whole = axis_of(found.interval for found in each if found), funnel([counted])
    title = _("Figures of %(title)s", title=in_script(counted.title))
    described = described_as(counted)
    return render_template(
        "public/campaign_statistics.html",
        shown=campaign_shown(counted, said, least),
        described=described,
        linked=of_campaign_statistics(counted, title, described),
        strata=strata_shown(counted),
        axis=axis,
        platforms=platforms_shown(counted, placed, least, axis) if said.estimate else [],
        stages=stages(whole, least),
        untested=untested_shown(counted.untested),
        why=[(word("unobtainable", reason), many) for reason, many in sorted(counted.why.items())],
        least=least,
        section="statistics",
    )


def described_as(counted: Counted) -> Text:
    return _(
        "%(agency)s: of %(bought)s products bought, %(tested)s were tested and %(bad)s did not conform. %(kind)s.",
        agency=counted.agency,
        bought=counted.sum("bought"),
        tested=counted.sum("tested"),
        bad=counted.sum("nonconforming"),
        kind=word("campaign_kind", counted.kind),
    )


def ranked(counted: Counted, least: int) -> dict[str, Place]:
    """Of the platforms of a probability sample, by their codes; the greatest rate first."""
    if not said_of(counted, least).estimate:
        return {}
    tested = {code: sum(s.tested for s in counted.strata if s.platform == code) for code in counted.platforms}
    able = [code for code, many in tested.items() if many >= least and estimated(counted, code)]
    if len(able) < TWO:
        return {}
    z = simultaneous(len(able))
    around = {code: estimated(counted, code, z) for code in able}
    return places({code: each.interval for code, each in around.items() if each})
