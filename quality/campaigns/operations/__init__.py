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
    "cancel",
    "design_for_another",
    "draw",
    "freeze",
    "known_platforms",
    "laid_with",
    "layers_of",
    "plan",
    "planned_by_form",
    "reopen",
    "set_frame",
    "set_layer",
    "submit",
]
