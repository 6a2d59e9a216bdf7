"""Planning a campaign, freezing its frame with a commitment, and drawing it once: every verb that writes."""

from __future__ import annotations

from quality.campaigns.operations.approving import approve, cancel, reopen
from quality.campaigns.operations.drawing import draw, freeze
from quality.campaigns.operations.framing import design_for_another, known_platforms, set_frame
from quality.campaigns.operations.layering import Layer, as_drawn, laid_with, layers_of, set_layer
from quality.campaigns.operations.planning import (
    MISSING,
    MOST_BUDGET_FEN,
    MOST_PIECES,
    ItemPlan,
    Plan,
    amend,
    as_written,
    plan,
    planned_by_form,
    submit,
)
from quality.campaigns.operations.raising import (
    ask_for_cap,
    grant_cap,
    may_be_raised,
    of_which,
    refuse_cap,
    strata_there,
    take_cap_back,
)

__all__ = [
    "MISSING",
    "MOST_BUDGET_FEN",
    "MOST_PIECES",
    "ItemPlan",
    "Layer",
    "Plan",
    "amend",
    "approve",
    "as_drawn",
    "as_written",
    "ask_for_cap",
    "cancel",
    "design_for_another",
    "draw",
    "freeze",
    "grant_cap",
    "known_platforms",
    "laid_with",
    "layers_of",
    "may_be_raised",
    "of_which",
    "plan",
    "planned_by_form",
    "refuse_cap",
    "reopen",
    "set_frame",
    "set_layer",
    "strata_there",
    "submit",
    "take_cap_back",
]
