"""What counts how much in a score, as somebody types it."""

from __future__ import annotations

import re
from typing import Any

from quality.core.words import Text, _
from quality.pages.forms.fields import Form, Line, Paragraph, Unseen
from quality.pages.words import CODES
from quality.targeting.risk.scores import Part
from quality.targeting.risk.weights import MOST, Weights, read_weights

DIVIDED = re.compile(r"\s*[,，、;；]\s*")
HINTS: dict[Part, Text] = {
    Part.FINDINGS: _("Nonconforming among what was tested of this product or shop in three years"),
    Part.COMPLAINTS: _("About this listing, product or shop in a year"),
    Part.PRICE: _("From below seven tenths of the median of its stratum; the whole at two tenths"),
    Part.SALES: _("By doublings, up to 131,072 pieces a month"),
    Part.NEWNESS: _("In no earlier frame of this agency, falling to nothing in 180 days"),
}


class Counted(Line):
    """A whole number, read by weights.py, which says what it may be."""

    keyboard = "numeric"


class WeightsForm(Form):
    edges = Line(_("Scores at which bands begin"), _("Rising, with commas between: 20, 40 makes three bands"))
    floor = Counted(_("At least so many of each stratum and band, by lot"),
                    _("Those of the lowest band too: what no score expects is found by nothing else"))  # fmt: skip
    reason = Paragraph(_("Why they are changed"), _("Stands with the edition; others read it"), rows=2)
    edition = Unseen()

    def points(self) -> list[Any]:
        """The fields of the parts, in their order."""
        return [self[part.value] for part in Part]

    def read(self) -> Weights:
        """`Invalid` names every field that is wrong."""
        typed = [each for each in DIVIDED.split(self.edges.data or "") if each]
        return read_weights({part.value: self[part.value].data for part in Part}, typed, self.floor.data)


def weighing(edition: int, weights: Weights, typed: Any = None) -> WeightsForm:
    """With what is in force, or with what was typed."""
    words = CODES["risk_part"]
    fields: dict[str, Any] = {
        part.value: Counted(words[part.value], HINTS[part], render_kw={"most": MOST}) for part in Part
    }
    shown: dict[str, Any] = {part.value: str(points) for part, points in weights.points.items()}
    shown |= {"edges": ", ".join(map(str, weights.edges)), "floor": str(weights.floor), "edition": str(edition)}
    form: WeightsForm = type("Weighing", (WeightsForm,), fields)(typed, data=shown)
    return form
