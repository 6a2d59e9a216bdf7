"""Leaving out of a draft's draw what was sampled within its period: at once, by a job of a big frame, and undone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns import operations
from quality.campaigns.frame.layered import file_to_draw, stored
from quality.campaigns.models import Campaign, CampaignStatus, Drawn, FrameLayer, LayerKind
from quality.campaigns.operations import Layer, known_platforms, layers_of, set_layer
from quality.campaigns.sampling import DrawRole
from quality.campaigns.workflow import refuse_unless_draft
from quality.clocks.days import day_of
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.words import _
from quality.core.workflow import stale
from quality.likeness.matching import Keys, keys_of
from quality.people.actor import Actor
from quality.permissions import Can
from quality.targeting.coordination.beside import (
    above,
    frozen_beside,
    refuse_others_since,
    refuse_shared,
    wait_for_other_freezings,
)
from quality.targeting.coordination.models import Sampled
from quality.targeting.coordination.noting import catch_up
from quality.targeting.coordination.repeats import Earlier, Found, Wish, how_many, left_out
from quality.targeting.coordination.rules import OWN_RULES, Reason, rules_on
from quality.targeting.requests import is_big, leave_to_the_job

LONGEST_NOTE = 500
MOST_CHOSEN = 20  # earlier campaigns
EXCLUSIONS = LayerKind.EXCLUSIONS


class Asked(NamedTuple):
    """`rules` that are kept; what a superior authority has is always left out. `campaigns`: no overlap with these."""

    rules: tuple[Reason, ...] = OWN_RULES
    campaigns: tuple[str, ...] = ()
    note: str = ""


def exclude(
    session: Session, campaign: Campaign, asked: Asked, *, by: Actor, frames: Path, version: int | None = None
) -> bool:
    """Leave out what was sampled lately, or of a big frame have a job do so; whether it is done.

    The reviewer approves what it came to with the plan. A follow-up looks again at what was sampled: of it only the
    listings of `asked.campaigns` are left out.
    """
    seen = campaign.version if version is None else version
    _refuse_unless_open(session, campaign, asked, by, seen)
    catch_up(session)
    session.refresh(campaign)
    told = {"rules": list(asked.rules), "campaigns": list(asked.campaigns), "note": asked.note}
    if is_big(campaign):
        leave_to_the_job(session, campaign, EXCLUSIONS, told, by=by, version=seen)
        return False
    lay(session, campaign, prepared(session, campaign, told, by, frames)(), by=by, frames=frames, version=seen)
    return True


def prepared(
    session: Session, campaign: Campaign, told: Mapping[str, Any], _by: Actor, frames: Path
) -> Callable[[], Layer]:
    """What compares the frame with what was sampled, which is read by now: it needs no database."""
    asked = Asked(tuple(map(Reason, told["rules"])), tuple(told["campaigns"]), told["note"])
    at, wish = clock.now(), wish_of(session, campaign, asked)
    earlier, frame = list(earlier_of(session, campaign, asked, wish)), frame_of(campaign, frames)
    return lambda: layer_of(left_out(frame, earlier, wish), wish, asked, at)


def lay(session: Session, campaign: Campaign, layer: Layer, *, by: Actor, frames: Path, version: int) -> None:
    note = layer.basis["note"]
    set_layer(session, campaign, EXCLUSIONS, layer, by=by, frames=frames, version=version, note=note)


def include(
    session: Session, campaign: Campaign, *, by: Actor, frames: Path, version: int | None = None, note: str = ""
) -> None:
    """Leave nothing out any more."""
    if EXCLUSIONS not in layers_of(session, campaign):
        raise Refused("nothing_left_out", _("Nothing is left out of this campaign"))
    set_layer(session, campaign, EXCLUSIONS, None, by=by, frames=frames, version=version, note=note)


def freeze(session: Session, campaign: Campaign, *, by: Actor, frames: Path, **facts: Any) -> None:
    """Freeze plan and frame, unless what was approved to be left out leaves in what was sampled since, or what a frozen
    campaign may draw too (decision 0057).

    A campaign for which nothing was compared is frozen as it is: nobody said that it was.
    """
    if not by.can(Can.CAMPAIGN_DRAW) or campaign.status != CampaignStatus.APPROVED:
        operations.freeze(session, campaign, by=by, frames=frames, **facts)  # which says no
        return
    many, others = sampled_since(session, campaign, frames), frozen_beside(session, campaign)
    if many:
        since = _(
            "%(count)s listings that may be drawn were sampled since this was approved, or their product or shop was: "
            "take the plan back, and have it worked out again what is left out",
            count=many,
        )
        raise Refused("sampled_since", since)
    refuse_shared(campaign, others, frames)
    wait_for_other_freezings(session, campaign)
    operations.freeze(session, campaign, by=by, frames=frames, **facts)
    refuse_others_since(session, campaign, others)


def sampled_since(session: Session, campaign: Campaign, frames: Path) -> int:
    """Listings that may be drawn though by the plan's own rules they are not to be."""
    layer = layers_of(session, campaign).get(EXCLUSIONS)
    if layer is None:
        return 0
    catch_up(session)  # else what was drawn a moment ago is neither frozen any more nor sampled yet
    session.refresh(campaign)
    asked = asked_before(layer)
    wish = wish_of(session, campaign, asked)
    return how_many(file_to_draw(campaign, frames), list(earlier_of(session, campaign, asked, wish)), wish)


def is_outdated(session: Session, campaign: Campaign, layer: FrameLayer) -> bool:
    """Whether anything was sampled since, by this agency or one above it, or the first day was moved forward."""
    if day_for(campaign) < date.fromisoformat(layer.basis["on"]):
        return True
    since = datetime.fromisoformat(layer.basis["at"])
    later = sa.select(Sampled.id).where(
        Sampled.agency_id.in_([campaign.agency_id, *above(session, campaign)]),
        Sampled.noted_at > since,
        Sampled.campaign_id != campaign.id,
    )
    return bool(layer.basis["months"]) and session.scalars(later.limit(1)).first() is not None


def was_sampled_lately(session: Session, campaign: Campaign) -> bool:
    """Whether there is anything that its frame could be compared with, noted by now or drawn a moment ago."""
    since, of_whom = begun(wish_of(session, campaign, Asked())), [campaign.agency_id, *above(session, campaign)]
    noted = sa.select(Sampled.id).where(
        Sampled.agency_id.in_(of_whom), Sampled.sampled_on > since, Sampled.campaign_id != campaign.id
    )
    drawn = sa.select(Campaign.id).where(
        Campaign.agency_id.in_(of_whom),
        Campaign.drawn_at > datetime.combine(since, time.min, clock.BEIJING),
        Campaign.id != campaign.id,
    )
    return any(session.scalars(asked.limit(1)).first() is not None for asked in (noted, drawn))


def asked_before(layer: FrameLayer) -> Asked:
    """What its coordinator asked for."""
    rules = tuple(Reason(each) for each in layer.basis["months"] if each in OWN_RULES)
    return Asked(rules, tuple(layer.basis["campaigns"]))


def offered(session: Session, campaign: Campaign, most: int) -> list[Campaign]:
    """Campaigns of its agency that were drawn, the newest first: from which no overlap may be asked for."""
    asked = sa.select(Campaign).where(
        Campaign.agency_id == campaign.agency_id, Campaign.drawn_at.is_not(None), Campaign.id != campaign.id
    )
    return list(session.scalars(asked.order_by(Campaign.id.desc()).limit(most)))


# --- what is compared ---


def frame_of(campaign: Campaign, frames: Path) -> Path:
    """Its whole frame."""
    return stored(frames, str(campaign.frame_sha256), None)


def day_for(campaign: Campaign) -> date:
    """On which it is asked whether a period is over: nothing is bought before the campaign begins."""
    return max(day_of(clock.now()), campaign.starts_on)


def wish_of(session: Session, campaign: Campaign, asked: Asked) -> Wish:
    on = day_for(campaign)
    kept = () if campaign.follow_up else (*asked.rules, Reason.SUPERIOR)
    rules = rules_on(on)
    return Wish({each: rules[each].months for each in kept if each in rules}, on, known_platforms(session))


def begun(wish: Wish) -> date:
    """When the longest of its periods began, or a few days before."""
    return wish.on - timedelta(days=31 * max(wish.months.values(), default=0))


def earlier_of(session: Session, campaign: Campaign, asked: Asked, wish: Wish) -> Iterator[Earlier]:
    """What was sampled lately, and what the chosen campaigns drew. Of an agency above nothing but that it was."""
    superiors = above(session, campaign) if Reason.SUPERIOR in wish.months else []
    of_whom = [*([campaign.agency_id] if wish.months else []), *superiors]
    chosen = {each.id: each.number for each in chosen_of(session, campaign, asked.campaigns)}
    rows = sa.select(Sampled, Campaign.number).join(Campaign, Campaign.id == Sampled.campaign_id)
    is_meant = Sampled.agency_id.in_(of_whom) & (Sampled.sampled_on > begun(wish))
    seen = set()
    for each, number in session.execute(
        rows.where(is_meant, Sampled.campaign_id != campaign.id).order_by(Sampled.id).execution_options(yield_per=2000)
    ):
        seen.add(each.drawn_id)
        is_own = each.agency_id == campaign.agency_id
        yield Earlier(
            key=each.id,
            listing_id=each.listing_id,
            keys=keys_kept(each),
            standard=each.standard,
            sampled_on=each.sampled_on,
            campaign=number if is_own else "",
            is_superior=not is_own,
            is_chosen=each.campaign_id in chosen,
        )
    yield from _drawn_by(session, chosen, seen)


def _drawn_by(session: Session, chosen: Mapping[int, str], but: Collection[int]) -> Iterator[Earlier]:
    """What these campaigns drew to be bought, whatever became of it."""
    is_drawn = sa.or_(Drawn.role == DrawRole.MAIN, Drawn.replaces_id.is_not(None))
    asked = sa.select(Drawn).where(Drawn.campaign_id.in_(chosen), is_drawn).order_by(Drawn.id)
    for unit in session.scalars(asked.execution_options(yield_per=2000)) if chosen else ():
        if unit.id not in but:
            only = keys_of({}, unit.platform_id)
            number = chosen[unit.campaign_id]
            yield Earlier(-unit.id, unit.listing_id, only, "", None, number, is_chosen=True)


def keys_kept(of: Sampled) -> Keys:
    return Keys(
        barcode=of.barcode,
        brand=of.brand,
        model=of.model,
        producer=of.producer,
        category="",
        platform=of.platform_id,
        shop_code=of.shop_code,
        shop_id=of.shop_id,
        shop_name="",
    )


def chosen_of(session: Session, campaign: Campaign, numbers: Collection[str]) -> list[Campaign]:
    """The campaigns of its own agency with these numbers that were drawn, or `Invalid` for one that is none."""
    asked = sa.select(Campaign).where(
        Campaign.agency_id == campaign.agency_id, Campaign.number.in_(numbers), Campaign.drawn_at.is_not(None)
    )
    found = list(session.scalars(asked.where(Campaign.id != campaign.id))) if numbers else []
    unknown = sorted({*numbers} - {each.number for each in found})
    if unknown:
        said = _("%(number)s is no campaign of this agency that was drawn", number=unknown[0][:40])
        raise Invalid(FieldProblem("campaigns", "unknown_campaign", said))
    return found


def layer_of(found: Found, wish: Wish, asked: Asked, at: datetime) -> Layer:
    """With from what it was worked out: `at` is when what was sampled was read."""
    basis = {
        "at": at.isoformat(),
        "on": wish.on.isoformat(),
        "months": dict(wish.months),
        "campaigns": list(asked.campaigns),
        "found": [list(each) for each in found.campaigns],
        "note": asked.note,
    }
    return Layer(found.sha256, found.rows, found.counts, basis)


# --- asking ---


def _refuse_unless_open(session: Session, campaign: Campaign, asked: Asked, by: Actor, version: int) -> None:
    if not by.can(Can.CAMPAIGN_PLAN) or not by.stands_over(campaign):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.CAMPAIGN_PLAN))
    refuse_unless_draft(campaign)
    if campaign.frame_sha256 is None:
        raise Refused("no_frame", _("Import the sampling frame first"))
    if campaign.version != version:
        raise stale(session, campaign, version)
    if campaign.follow_up and not asked.campaigns:
        said = _("A follow-up looks at the same again: leave out what single campaigns drew, or nothing")
        raise Invalid(FieldProblem("campaigns", "follow_up", said))
    if not campaign.follow_up and set(asked.rules) != set(OWN_RULES) and not asked.note.strip():
        raise Invalid(
            FieldProblem("note", "missing", _("Say why not all of the rules are kept: the reviewer reads it"))
        )
    if len(asked.note) > LONGEST_NOTE:
        raise Invalid(FieldProblem("note", "too_long", _("Keep to %(most)s characters", most=LONGEST_NOTE)))
    if len(asked.campaigns) > MOST_CHOSEN:
        raise Invalid(FieldProblem("campaigns", "too_many", _("Choose at most %(most)s campaigns", most=MOST_CHOSEN)))
    chosen_of(session, campaign, asked.campaigns)
