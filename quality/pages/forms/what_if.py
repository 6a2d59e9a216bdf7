"""What a planner moves: the numbers of a plan, and what is assumed of what is not known yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms.validators import ValidationError

from quality.campaigns.allocation import Method
from quality.core.words import Text, _
from quality.pages.forms.fields import Choice, Form, Percent, Typed, Whole, Yuan
from quality.pages.words import CODES

AT_THE_FIELD = {"allocation": "method"}  # of a problem of the design, by the first part of its name


class WhatIfForm(Form):
    n = Whole(_("To buy, in all"))
    method = Choice(_("Allocation"))
    rate = Percent(_("Expected rate of nonconforming ones, in percent"))
    rates = Choice(_("Rate of each stratum"), _("What earlier samples found, where they found anything"))
    half_width = Percent(_("Wished half-width, in points"), _("Empty: half a point less than it is"), optional=True)
    budget_fen = Yuan(_("Budget, in yuan"), optional=True)
    price_cap_fen = Yuan(_("Price cap of a purchase, in yuan"), optional=True)
    lab_fee_fen = Yuan(
        _("Laboratory fee of a sample, in yuan"), _("Empty: what the plan's test items cost"), optional=True
    )
    buyers_per_week = Whole(_("Purchases a week, of all buyers"), _("Empty: what their profiles say"), optional=True)
    laboratory = Choice(_("Laboratory"), optional=True)
    lab_per_week = Whole(_("Samples a week, of the laboratory"), _("Empty: what the laboratory states"), optional=True)

    def validate_n(self, field: Typed) -> None:
        self._is_above_0(field)

    def validate_half_width(self, field: Typed) -> None:
        self._is_above_0(field)

    def validate_buyers_per_week(self, field: Typed) -> None:
        self._is_above_0(field)

    def validate_lab_per_week(self, field: Typed) -> None:
        self._is_above_0(field)

    @staticmethod
    def _is_above_0(field: Typed) -> None:
        if field.data is not None and field.data <= 0:
            raise ValidationError(str(_("Enter a number above 0")))


def asking(begins: Mapping[str, Any], laboratories: Mapping[str, Text], sent: MultiDict[str, str]) -> WhatIfForm:
    """The form as it was sent; where a name was not sent at all, with what the plan has."""
    form = WhatIfForm(data=begins)
    offered = {code: each for code, each in CODES["allocation"].items() if code != Method.FIXED}
    if begins["method"] == Method.FIXED:
        offered[Method.FIXED.value] = CODES["allocation"][Method.FIXED]
    form.method.offer(offered)
    form.laboratory.offer(laboratories)
    form.rates.offer(CODES["expected_rates"])
    typed = MultiDict({field.name: value_of(field) for field in form})
    for name in form._fields.keys() & sent.keys():
        typed.setlist(name, sent.getlist(name))
    form.process(typed)
    return form


def value_of(field: Any) -> str:
    return str(field.data or "") if isinstance(field, Choice) else str(field.written())


def field_of_design(named: str) -> str:
    """`allocation.n` stands at n, `allocation.method` and `allocation.fixed.A/B` at the method."""
    part = named.split(".")
    return "n" if part[:2] == ["allocation", "n"] else AT_THE_FIELD.get(part[0], named)
