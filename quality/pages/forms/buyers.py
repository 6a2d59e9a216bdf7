"""How much a buyer can buy and where, and how often buyers and cover identities may be seen."""

from __future__ import annotations

from typing import Any

from quality.core.words import _
from quality.pages.forms.fields import Form, Paragraph, Whole
from quality.purchases.profiles import BuyerThere
from quality.purchases.rules import Limits, usual


class ProfileForm(Form):
    per_week = Whole(
        _("Orders a week"), _("What is given and not ordered yet counts too. Empty: nobody has said"), optional=True
    )
    regions = Paragraph(
        _("Regions"),
        _("One a line, as frames begin to call them: the province, or with its city. Empty: everywhere"),
        rows=4,
        optional=True,
    )


def profile_form(buyer: BuyerThere) -> ProfileForm:
    return ProfileForm(data={"per_week": buyer.per_week, "regions": "\n".join(buyer.regions)})


LIMIT = _("0: no limit")


class RulesForm(Form):
    shop_again = Whole(_("Days for which a buyer does not buy again from a shop"), LIMIT)
    cover_period = Whole(_("Days over which orders with a cover identity are counted"))
    cover_on_platform = Whole(_("Orders with one account, address or telephone number on one platform"), LIMIT)
    cover_in_shop = Whole(_("Orders with one account, address or telephone number at one shop"), LIMIT)


def rules_form(limits: Limits) -> RulesForm:
    return RulesForm(data=limits._asdict())


def rules_sent(form: RulesForm) -> dict[str, Any]:
    return {code: form[code].data for code in usual()}
