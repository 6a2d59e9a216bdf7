"""What a coordinator asks to be left out of a draw."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign
from quality.campaigns.operations import layers_of
from quality.core.words import Text, _, ngettext
from quality.pages.forms.fields import Choices, Form, Paragraph
from quality.pages.moments import day
from quality.pages.words import word
from quality.targeting.coordination.excluding import EXCLUSIONS, Asked, asked_before, day_for, offered
from quality.targeting.coordination.rules import OWN_RULES, Reason, rules_on

OFFERED = 20  # earlier campaigns


class Exclusions(Form):
    rules = Choices(_("Rules"), {}, _("What a superior authority has is always left out."))
    campaigns = Choices(
        _("No overlap with"), {}, _("Nothing that these campaigns drew is drawn again, whenever it was.")
    )
    note = Paragraph(
        _("Why"), _("Needed where not all of the rules are kept; the reviewer reads it"), rows=2, optional=True,
    )  # fmt: skip

    def asked(self) -> Asked:
        """A follow-up has no rules to choose."""
        told = self.data
        rules = tuple(each for each in OWN_RULES if each in (told.get("rules") or []))
        return Asked(rules, tuple(told.get("campaigns") or ()), (told["note"] or "").strip())


def exclusions_form(session: Session, campaign: Campaign, sent: Any = None) -> Exclusions:
    """As it was asked for before, else by all rules."""
    layer = layers_of(session, campaign).get(EXCLUSIONS)
    before = asked_before(layer) if layer else Asked()
    note = str(layer.basis["note"]) if layer else ""
    form = Exclusions(sent, data={"rules": list(before.rules), "campaigns": list(before.campaigns), "note": note})
    months = rules_on(day_for(campaign))
    form.rules.offered = {each.value: for_months(each, months[each].months) for each in OWN_RULES if each in months}
    form.campaigns.offered = {
        each.number: _(
            "%(number)s, drawn %(day)s: %(title)s", number=each.number, day=day(each.drawn_at), title=each.title
        )
        for each in offered(session, campaign, OFFERED)
    }
    if campaign.follow_up:
        del form.rules
    if not form.campaigns.offered:
        del form.campaigns
    return form


def for_months(reason: Reason, months: int) -> Text:
    return ngettext(
        "%(what)s (for %(count)s month)", "%(what)s (for %(count)s months)", months, what=word("keep_rule", reason)
    )  # fmt: skip
