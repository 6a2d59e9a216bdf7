"""What stands on the picture of a result, of a campaign, of all else: from what the page says, and nothing beside."""

from __future__ import annotations

from quality.campaigns.models import Campaign, CampaignStatus
from quality.core.words import Text, _, in_script
from quality.pages.cards import Card, Plot, plot_of
from quality.pages.judging import TONES, Row, overtaken
from quality.pages.moments import full_day
from quality.pages.published import in_a_sentence
from quality.pages.statistics import CampaignShown, Figure, campaign_shown
from quality.pages.words import word
from quality.publication.counting import Counted
from quality.publication.estimates import said_of
from quality.publication.models import Result


def card_of_result(result: Result) -> Card:
    copy = result.copy
    rows = overtaken(copy["items"], copy.get("first_results", ()))
    shown = [in_force(row) for row in rows if copy["verdict"] == "conforming" or in_force(row).is_bad]
    day = full_day(result.published_at) if result.published_at else ""
    return Card(
        above=copy["agency"]["name"],
        title=copy["product"]["name"] or result.number,
        says=str(in_a_sentence(copy)),
        below=(result.number, day, str(_("This batch only"))),
        verdict=str(word("finding_verdict", copy["verdict"])),
        tone=TONES[copy["verdict"]],
        plot=next(filter(None, map(plot_of_row, shown)), None),
    )


def in_force(row: Row) -> Row:
    """Of an item that was tested again, what the re-inspection found."""
    return row.again or row


def plot_of_row(row: Row) -> Plot | None:
    """Never of an item that passed beside a verdict that came from another."""
    spread = f" ± {row.uncertainty}" if row.uncertainty else ""
    said = _("%(item)s: %(value)s %(unit)s", item=row.item, value=f"{row.value}{spread}", unit=row.unit)
    return plot_of(row.bar, f"{said} · {row.asks}") if row.bar else None


UNDER_WAY: Text = _(
    "Purchases are under way in secret. Until they end, only this is public: what proves later that nobody chose the "
    "sample."
)


def card_of_campaign(campaign: Campaign, counted: Counted | None, least: int) -> Card:
    """One that goes on is called by its number, and says nothing more."""
    if campaign.status != CampaignStatus.CLOSED:
        title = _("Campaign %(number)s", number=campaign.number)
        return Card(above="", title=str(title), says=str(UNDER_WAY), below=(campaign.number,))
    if counted is None:
        about = str(word("campaign_kind", campaign.kind))
        return Card(
            campaign.agency.name, in_script(campaign.title), in_script(campaign.category), (campaign.number, about)
        )
    shown = campaign_shown(counted, said_of(counted, least), least)
    figure = shown.whole or shown.tested
    return Card(
        above=counted.agency,
        title=in_script(counted.title),
        says=str(
            _("%(name)s: %(value)s", name=of_what(shown), value=figure.between) if figure.value else shown.why_not
        ),
        below=(counted.number, str(word("campaign_kind", counted.kind)), str(counted_in(counted))),
        figure=f"{figure.value}{figure.unit}" if figure.value else figure.counts,
        plot=plot_of_figure(shown, figure, counted),
    )


def of_what(shown: CampaignShown) -> Text:
    if shown.whole:
        return _("Estimate for all %(listings)s listings", listings=shown.listings)
    return _("Detection rate of what was tested")


def counted_in(counted: Counted) -> Text:
    return _("bought %(bought)s, tested %(tested)s", bought=counted.sum("bought"), tested=counted.sum("tested"))


def plot_of_figure(shown: CampaignShown, figure: Figure, counted: Counted) -> Plot | None:
    if figure.low is None or figure.high is None or figure.at is None:
        return None
    span, dot = (float(figure.low), float(figure.high)), (float(figure.at), False)
    bad, tested = counted.sum("nonconforming"), counted.sum("tested")
    said = _("%(bad)s nonconforming ÷ %(tested)s tested", bad=bad, tested=tested)
    return Plot(str(said), spans=(span,), dots=(dot,), ends=shown.axis.ends)


TITLE: Text = _("What was bought in secret and tested")
SAYS: Text = _(
    "Regulators buy online like any consumer, have it tested blind, and publish what was found. A listing counts as "
    "taken down only when they have seen it gone themselves, not when a platform says so."
)
FOOT: Text = _("Mingcha: bought in secret, tested blind, taken down for certain")


def card_of_all() -> Card:
    return Card(above="", title=str(TITLE), says=str(SAYS), below=(str(FOOT),))
