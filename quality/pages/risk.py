"""A score in words and as a picture: what each part of it says, for pages and for programs alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from flask import url_for
from sqlalchemy.orm import Session

from quality.campaigns.design import parse_design
from quality.campaigns.floor import SCORE
from quality.campaigns.models import Campaign, FrameLayer, LayerKind
from quality.campaigns.operations import layers_of
from quality.campaigns.sampling import sizes_of
from quality.core.errors import Invalid
from quality.core.words import Text, _, ngettext
from quality.pages.laying import standing
from quality.pages.moments import yuan
from quality.pages.readiness import Check
from quality.pages.words import Tone, word
from quality.targeting.risk.scores import Facts, Part
from quality.targeting.risk.weights import Weights, from_told


def findings(facts: Facts) -> Text:
    if not facts.tested:
        return _("not known: never tested")
    said = _("%(bad)s of %(tested)s tested nonconforming", bad=facts.bad or 0, tested=facts.tested)
    return _("%(said)s: %(whose)s", said=said, whose=word("risk_key", facts.found_by))


def complaints(facts: Facts) -> Text:
    if facts.complaints is None:
        return _("not known: no complaints were taken in")
    if not facts.complaints:
        return _("none")
    said = ngettext("%(count)s complaint", "%(count)s complaints", facts.complaints)
    return _("%(said)s: %(whose)s", said=said, whose=word("risk_key", facts.told_by))


def price(facts: Facts) -> Text:
    if not facts.price_fen:
        return _("not known: no price")
    if not facts.median_fen:
        return _("not known: too few prices in its stratum")
    percent = 100 * facts.price_fen // facts.median_fen
    return _("%(percent)s %% of the median, %(median)s", percent=percent, median=yuan(facts.median_fen))


def sales(facts: Facts) -> Text:
    if facts.monthly_sales is None:
        return _("not known: the frame does not say")
    return _("%(sales)s a month", sales=f"{facts.monthly_sales:,}")


def newness(facts: Facts) -> Text:
    if facts.known_days is None:
        return _("not known: no earlier frame of this platform")
    if not facts.known_days:
        return _("in no earlier frame")
    return ngettext("known for %(count)s day", "known for %(count)s days", facts.known_days)


SAYS: Mapping[Part, Callable[[Facts], Text]] = {
    Part.FINDINGS: findings,
    Part.COMPLAINTS: complaints,
    Part.PRICE: price,
    Part.SALES: sales,
    Part.NEWNESS: newness,
}


class BandTold(NamedTuple):
    """`n` are drawn of it in all strata, each stratum by lot; None where the plan does not read the scores or cannot be
    drawn."""

    band: str
    listings: int
    n: int | None


class Basis(NamedTuple):
    """From what the scores of a campaign were worked out."""

    layer: FrameLayer
    weights: Weights
    edition: int
    findings: int
    complaints: int
    frames: int


def basis_of(session: Session, campaign: Campaign) -> Basis | None:
    """None where its frame has no scores."""
    layer = layers_of(session, campaign).get(LayerKind.SCORES)
    if layer is None:
        return None
    told = layer.basis  # its numbers are texts, as all JSON is kept
    counts = {name: int(told[name]) for name in ("edition", "findings", "complaints", "frames")}
    return Basis(layer, from_told(told), **counts)


def readiness(session: Session, campaign: Campaign) -> Iterator[Check]:
    """A plan that is handed in while a job scores its frame is not scored."""
    if standing(session, campaign, LayerKind.SCORES).waits:
        page = url_for("scores.show", number=campaign.number)
        yield Check(Tone.WARN, _("Scores"), _("The frame is being scored"), page)


def bands_of(campaign: Campaign, basis: Basis, file: Path) -> list[BandTold]:
    """The bands as the plan has them, from the lowest; where it has none, as the weights do."""
    design = parse_design(campaign.design)
    made_of = {name: band for name, band in design.bands if band.column == SCORE}
    place = next((place for place, name in enumerate(design.strata) if name in made_of), None)
    if place is None:
        counts = basis.layer.rows_by_reason
        return [BandTold(band, counts[band], None) for band in basis.weights.band.values if band in counts]
    sizes = sizes_of(file, design.strata, design.bands)
    allocated: Mapping[str, int] | None = None
    with suppress(Invalid):  # too few listings for the plan: its own page says so
        allocated = design.allocate(sizes)
    found: dict[str, BandTold] = {}
    for stratum, size in sizes.items():
        band = stratum.split("/")[place]
        before = found.get(band, BandTold(band, 0, None if allocated is None else 0))
        more = None if allocated is None or before.n is None else before.n + allocated[stratum]
        found[band] = BandTold(band, before.listings + size, more)
    order = made_of[design.strata[place]].values
    return [found[band] for band in order if band in found]
