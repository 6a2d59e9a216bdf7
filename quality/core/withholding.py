"""What must not leave the house is known to a later room; what is written or goes out asks here, and it answers.

Without any such room (a test of this one alone) nothing is withheld.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from quality.core.db import Base
from quality.core.errors import FieldProblem, Invalid
from quality.core.events import id_of
from quality.core.redaction import Needle, all_redacted, hits, texts_in
from quality.core.words import Text, _


class Keeper(NamedTuple):
    """`known`: which values lead to somebody behind rows of a table. `is_of_the_house`: whether an actor keeps them
    too. `called`: the kinds of values, in words."""

    known: Callable[[Session, str, Iterable[int]], Sequence[Needle]]
    is_of_the_house: Callable[[Any], bool]
    called: Mapping[str, Text]


KEEPERS: list[Keeper] = []
NOT_TYPED = frozenset({"number", "digest", "reference", "blind_no", "seal_no", "report_no"})
# what those outside wrote: it is kept as it came, and goes back to them so, or a mark would tell them that they guessed
THEIR_OWN_WORDS = frozenset({"statement", "claim", "claims", "platform_reference"})
CODE = "leads_to_the_buyer"


def needles_behind(session: Session, table: str, keys: Iterable[int]) -> list[Needle]:
    wanted = list(keys)
    return [each for keeper in KEEPERS for each in keeper.known(session, table, wanted)] if wanted else []


def withheld(session: Session, subject: Base, says: Any) -> Any:
    """What goes out about `subject`, with a mark for each value that leads to somebody behind it."""
    return all_redacted(says, needles_behind(session, subject.__tablename__, [id_of(subject)]), but=THEIR_OWN_WORDS)


def refuse_what_leads(session: Session, subject: Base, typed: Mapping[str, Any], *, by: Any) -> None:
    """`Invalid` at each field in which somebody of the house writes what leads to the buyer behind `subject`.

    Only of them: who is told from outside whether a guess was right has learnt it.
    """
    if not any(keeper.is_of_the_house(by) for keeper in KEEPERS):
        return
    asked = {name: value for name, value in typed.items() if name not in NOT_TYPED | THEIR_OWN_WORDS}
    texts = {field: [text for text in texts_in(value) if text.strip()] for field, value in asked.items()}
    if not any(texts.values()):
        return
    needles = needles_behind(session, subject.__tablename__, [id_of(subject)])
    problems = [
        FieldProblem(field, CODE, said(found))
        for field, each in texts.items()
        if (found := {hit.kind for text in each for hit in hits(text, needles)})
    ]
    if problems:
        raise Invalid(*problems)


def said(kinds: set[str]) -> Text:
    first = min(kinds)
    what = next((keeper.called[first] for keeper in KEEPERS if first in keeper.called), first)
    return _(
        "Here stands what leads to the buyer (%(what)s). Take it out: whoever needs it asks for it, and the look is "
        "recorded",
        what=what,
    )
