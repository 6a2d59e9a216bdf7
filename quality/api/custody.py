"""What a body shows of a hand-over: pictures that were sent before, or why there are none. Both may be left out."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from quality.api.shapes import Line, Sha256, tenths
from quality.purchases.operations import Seen

Photos = Annotated[
    list[Sha256], Field(max_length=50, description="Of pictures that you sent before: they belong to this hand-over")
]
NoPhoto = Annotated[
    Line, Field(description="Why there is no photo; without either the custody says that there is none")
]
NoScan = Annotated[
    Line, Field(description="Why its label was not scanned, where it was not; empty: the custody says that nobody did")
]


def seen_of(said: dict[str, Any]) -> Seen:
    """Taken out of what was said."""
    return Seen(said.pop("photos"), said.pop("no_photo"), tenths(said.pop("temperature", None)))
