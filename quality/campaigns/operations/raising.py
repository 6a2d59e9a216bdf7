"""The price cap, raised after the plan was frozen: asked for by who plans, granted by another, and recorded.

The plan stays as it was approved and hashed, and so does the draw, which never read the cap. What the market asks by
now is no reason to leave a drawn listing out; whether the agency pays it is for two people to say (0076).
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CapRaise, Drawn
from quality.campaigns.operations.planning import MOST_FEN, may_plan
from quality.campaigns.strata import in_order, stratum_called
from quality.campaigns.versions import approved_edition
from quality.campaigns.workflow import ASKED, GRANT, RAISED_IN, REFUSE, TAKE_BACK
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import _
from quality.core.workflow import begin, perform, take
from quality.people.actor import Actor

LONGEST = 500  # of a reason


def may_be_raised(campaign: Campaign) -> bool:
    return campaign.status in RAISED_IN and campaign.price_cap_fen is not None


def strata_there(session: Session, campaign: Campaign) -> list[str]:
    """What was drawn in; before the draw, what the approved plan buys in."""
    asked = sa.select(Drawn.stratum).where(Drawn.campaign_id == campaign.id).distinct()
    names = list(session.scalars(asked))
    if not names and (edition := approved_edition(session, campaign)):
        names = list(edition.plan.get("allocated") or {})
    return [name for name in in_order(names, campaign.design) if name]


def ask_for_cap(
    session: Session,
    campaign: Campaign,
    *,
    stratum: str,
    cap_fen: int,
    reason: str,
    by: Actor,
    version: int | None = None,
) -> CapRaise:
    """Ask for a higher cap of one stratum, or of all ("")."""
    may_plan(campaign, by)
    if version is not None and version != campaign.version:
        take(session, campaign, version)  # says what happened since
    refuse_unless_raised_now(campaign)
    cap, names = campaign.cap_of(stratum), strata_there(session, campaign)
    if problems := [*wrong_stratum(stratum, names), *wrong_cap(cap_fen, cap or 0), *wrong_reason(reason)]:
        raise Invalid(*problems)
    if any(each.status is ASKED and each.stratum == stratum for each in campaign.cap_raises):
        raise asked_already()
    asked = CapRaise(
        campaign_id=campaign.id,
        stratum=stratum,
        cap_fen=cap_fen,
        reason=reason.strip(),
        asked_by_id=by.id,
        asked_at=clock.now(),
    )
    told = {"stratum": stratum, "cap_fen": cap_fen, "before": cap}
    try:
        begin(session, asked, by=by, note=asked.reason, details=told)
    except IntegrityError as quicker:  # the same form, sent twice at once
        raise asked_already() from quicker
    session.expire(campaign, ["cap_raises"])
    return asked


def asked_already() -> Refused:
    return Refused("asked_already", _("A higher cap is asked for here already; it is to be decided first"))


def refuse_unless_raised_now(campaign: Campaign) -> None:
    if campaign.price_cap_fen is None:
        raise Refused("no_cap", _("This plan has no price cap: there is nothing to raise"))
    if campaign.status not in RAISED_IN:
        raise Refused("wrong_status", _("A price cap is raised from freezing to closing; before, change the plan"))


def wrong_stratum(stratum: str, names: list[str]) -> list[FieldProblem]:
    if not stratum or stratum in names:
        return []
    return [FieldProblem("stratum", "unknown", _("Choose a stratum of this campaign, or all of them"))]


def wrong_cap(cap_fen: int, before: int) -> list[FieldProblem]:
    if cap_fen > MOST_FEN:
        text = _("Enter at most %(most)s yuan", most=f"{MOST_FEN // 100:,}")
        return [FieldProblem("cap_fen", "too_much", text)]
    if cap_fen <= before:
        text = _("Enter more than the present cap of %(cap)s yuan: it is only raised", cap=f"{before / 100:,.2f}")
        return [FieldProblem("cap_fen", "not_higher", text)]
    return []


def wrong_reason(reason: str) -> list[FieldProblem]:
    if not reason.strip():
        return [FieldProblem("reason", "missing", _("Say why more has to be paid"))]
    if len(reason) > LONGEST:
        return [FieldProblem("reason", "too_long", _("Keep to %(most)s characters", most=LONGEST))]
    return []


def grant_cap(session: Session, asked: CapRaise, *, by: Actor, version: int | None = None, note: str = "") -> None:
    """From now on. What is committed follows, for it is derived (0056)."""
    told = {"stratum": asked.stratum, "cap_fen": asked.cap_fen}
    facts = {"decided_at": clock.now(), "answer": note.strip()[:LONGEST]}
    perform(session, asked, GRANT, by=by, version=version, note=note, details=told, facts=facts)
    session.expire(asked.campaign, ["cap_raises"])


def refuse_cap(session: Session, asked: CapRaise, why: str, *, by: Actor, version: int | None = None) -> None:
    if problems := wrong_answer(why):
        raise Invalid(*problems)
    facts = {"decided_at": clock.now(), "answer": why.strip()}
    perform(session, asked, REFUSE, by=by, version=version, note=why, facts=facts)


def wrong_answer(why: str) -> list[FieldProblem]:
    if not why.strip():
        return [FieldProblem("note", "missing", _("Enter the reason"))]
    if len(why) > LONGEST:
        return [FieldProblem("note", "too_long", _("Keep to %(most)s characters", most=LONGEST))]
    return []


def take_cap_back(session: Session, asked: CapRaise, *, by: Actor, version: int | None = None, note: str = "") -> None:
    perform(session, asked, TAKE_BACK, by=by, version=version, note=note, facts={"decided_at": clock.now()})


def of_which(asked: CapRaise) -> str:
    """The stratum, as people call it."""
    return stratum_called(asked.stratum, asked.campaign.design) if asked.stratum else str(_("All strata"))
