"""Which samples' labels go on one sheet of A4."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quality.core.words import _
from quality.pages.forms.fields import Choices, Form
from quality.pages.moments import day
from quality.purchases.models import Sample


def labelling(samples: Sequence[Sample], sent: Any = None) -> Any:
    offered = {each.number: f"{each.number} · {each.product_name} · {day(each.sealed_at)}" for each in samples}
    field = Choices(_("Samples"), offered)
    form: type[Form] = type("Labelling", (Form,), {"samples": field})
    return form(sent)
