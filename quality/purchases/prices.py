"""What a drawn listing was listed at when its frame was made, against what a purchase of its campaign may cost."""

from __future__ import annotations

from collections.abc import Iterator

from quality.core.errors import FieldProblem
from quality.core.words import Text, _
from quality.purchases.models import Task

DESPITE_CAP = "despite_cap"  # the field that says: a buyer looks all the same


def listed_fen(task: Task) -> int | None:
    """Of all pieces of the sample. None: the frame knew no price."""
    price = task.drawn.price_fen
    return None if price is None else price * task.campaign.pieces


def over_the_cap_by(task: Task) -> int:
    """In fen; 0 where it is within, or where there is no price or no cap."""
    listed, cap = listed_fen(task), task.campaign.cap_of(task.drawn.stratum)
    return 0 if listed is None or cap is None else max(0, listed - cap)


def not_within_the_cap(task: Task) -> Iterator[FieldProblem]:
    """Why it is not given to a buyer as the others are, and what can be done."""
    if over := over_the_cap_by(task):
        yield FieldProblem(DESPITE_CAP, "over_price_cap", what_to_do(over))


def what_to_do(over: int) -> Text:
    return _(
        "Over the price cap by %(over)s yuan, as the frame lists it. Say that the buyer looks whether it costs less by "
        "now; or ask for a higher cap on the campaign's page; or cancel the task as over the price cap: then the next "
        "reserve takes its place",
        over=in_yuan(over),
    )


def buyer_looks(over: int) -> Text:
    return _(
        "Over the price cap by %(over)s yuan, as the frame lists it. Look whether it costs less by now; if it does "
        "not, have your coordinator ask for a higher cap, or report the listing as unobtainable",
        over=in_yuan(over),
    )


def in_yuan(fen: int) -> str:
    """800 is "8", 850 is "8.50"."""
    yuan, rest = divmod(fen, 100)
    return f"{yuan}.{rest:02}" if rest else str(yuan)
