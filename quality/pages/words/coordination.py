"""Words of coordination: why a listing is left out of a draw."""

from __future__ import annotations

from quality.core.words import Text, _

# fmt: off
COORDINATION: dict[str, dict[str, Text]] = {
    "left_out": {
        "same_listing":       _("The same listing was sampled lately"),
        "same_product":       _("The same product was sampled lately"),
        "same_shop":          _("The same shop was sampled lately"),
        "chosen_campaign":    _("Drawn by an earlier campaign that was chosen"),
        "superior_authority": _("A superior authority has it"),
    },
    "keep_rule": {  # as a coordinator chooses them
        "same_listing":       _("Leave out the same listing"),
        "same_product":       _("Leave out the same product: producer, standard, brand and model, or the barcode"),
        "same_shop":          _("Leave out all listings of the same shop"),
    },
    "rule_certainty": {  # how far a number may be trusted
        "law":                _("as the law says"),
        "account":            _("as others tell it"),
        "param":              _("a choice, or local practice"),
    },
    "layer_step": {  # of a job that works at a big frame
        "exclusions":         _("comparing the frame with what was sampled"),
        "scores":             _("scoring every listing"),
        "hash":               _("writing what is drawn from, and its hash"),
    },
}
# fmt: on
