"""A higher price cap is asked for: of one stratum or of all, up to what, and why."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quality.campaigns import operations
from quality.campaigns.models import Campaign
from quality.campaigns.strata import stratum_called
from quality.core.words import _
from quality.pages.forms.fields import Choice, Form, Paragraph, Yuan
from quality.pages.forms.sheet import Sheet
from quality.people.actor import Actor
from quality.permissions import Can

ALL = "*"  # no stratum is called so: an empty choice is none


class Raising(Form):
    stratum = Choice(_("Stratum"), _("With the price cap that it has now"))
    cap_fen = Yuan(_("New price cap, in yuan"), _("What one purchase may cost then, all pieces and shipping included"))
    reason = Paragraph(_("Reason"), _("Another person reads this and grants it or does not"))


def raising(session: Session, campaign: Campaign, _me: Actor) -> Raising:
    form = Raising(data={"stratum": ALL})
    names = operations.strata_there(session, campaign)
    form.stratum.offer({ALL: with_cap(campaign, "")} | {name: with_cap(campaign, name) for name in names})
    return form


def with_cap(campaign: Campaign, stratum: str) -> Any:
    name = stratum_called(stratum, campaign.design) if stratum else _("All strata")
    return _("%(stratum)s: %(cap)s yuan", stratum=name, cap=f"{(campaign.cap_of(stratum) or 0) / 100:,.2f}")


def ask(session: Session, campaign: Campaign, form: Any, me: Actor, version: int) -> None:
    stratum = "" if form.stratum.data == ALL else form.stratum.data
    asked = {"stratum": stratum, "cap_fen": form.cap_fen.data, "reason": form.reason.data or ""}
    operations.ask_for_cap(session, campaign, **asked, by=me, version=version)


RAISING = Sheet(
    raising,
    ask,
    _("The plan stays as it was approved, and so does the draw. The cap holds once another person has granted it."),
    label=_("Ask for a higher price cap"),
    by=Can.CAMPAIGN_PLAN,
    is_due=operations.may_be_raised,
    may_wait=True,
)
