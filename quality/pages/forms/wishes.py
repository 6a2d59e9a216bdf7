"""What a campaign wants to be able to say, from which the number to buy is worked out. Beside the plan's own form."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from quality.core.words import Text, _
from quality.pages.forms.fields import Form, Percent


class WishForm(Form):
    wish_rate = Percent(_("Expected rate, in percent"), optional=True)
    wish_half_width = Percent(_("Half-width of the interval, in points"), optional=True)
    zero_rate = Percent(_("Rate that is to be ruled out, in percent"), optional=True)
    zero_confidence = Percent(_("Confidence, in percent"), optional=True)
    effect_one = Percent(_("Rate on one platform, in percent"), optional=True)
    effect_other = Percent(
        _("Rate on the other, in percent"), _("Empty: what the number to buy can tell"), optional=True
    )
    effect_power = Percent(_("Power, in percent"), _("How often the difference is to be seen"), optional=True)


class Wish(NamedTuple):
    """Fields that are asked together: `may_be_empty` of them may stay so, the others lie between 0 and 100 %."""

    heading: Text
    fields: tuple[str, ...]
    may_be_empty: tuple[str, ...] = ()


WISHES = {
    "precision": Wish(_("A precision of the rate"), ("wish_rate", "wish_half_width")),
    "zero": Wish(_("That none was found"), ("zero_rate", "zero_confidence")),
    "effect": Wish(
        _("A difference between two platforms"),
        ("effect_one", "effect_other", "effect_power"),
        may_be_empty=("effect_other",),
    ),
}
BEGINNING = {
    "wish_rate": Decimal("0.1"),
    "zero_confidence": Decimal("0.95"),
    "effect_power": Decimal("0.8"),
}
