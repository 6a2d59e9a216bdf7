"""A move whose page is a form: what it asks, and which operation it hands the answers to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from quality.core.errors import FieldProblem
from quality.core.words import Text
from quality.core.workflow import Case, Condition, Part, stale
from quality.pages.forms.fields import Form
from quality.people.actor import Actor
from quality.permissions import Can


class Sheet(NamedTuple):
    """`form` is made for one case (its lists, what it proposes); `act` gets it read, and raises what the room refuses.

    A sheet that is no move of the life brings its `label`, who may, and when.
    """

    form: Callable[[Session, Any, Actor], Form]
    act: Callable[[Session, Any, Form, Actor, int], object]
    says: Text = ""  # first on the page: what to mind
    answers: frozenset[str] = frozenset()  # refusals that what is asked here takes away
    also: Sequence[Condition] = ()
    label: Text | None = None
    by: Can | None = None
    is_due: Callable[[Any], bool] = lambda _case: True
    may_wait: bool = False  # it can be done, and nobody's turn comes of it
    template: str = "desk/form.html"
    shown: Callable[[Session, Any, Form], Mapping[str, Any]] | None = None  # what its own template draws besides
    shows_once: Callable[[Any, Any], str] | None = None  # the page after it, for what no other page may hold
    goes_on: Callable[[Any, Any], str] | None = None  # the address after it, by the case and what `act` gave


def put_beside(form: Form, problems: Sequence[FieldProblem]) -> list[Text]:
    """What the operation found wrong goes to its field; the rest is returned."""
    loose: list[Text] = []
    for problem in problems:
        name = field_of(problem.field)
        if name in form:
            form[name].errors = list(dict.fromkeys([*form[name].errors, str(problem.text)]))
        else:
            loose.append(problem.text)
    return loose


IN_A_ROW = re.compile(r"\w+ (\d+), (\w+)")


def field_of(named: str) -> str:
    """`results 2, value` is value_2, `test.seal_no` is test_seal_no, `swept 3` is of the one field swept."""
    if found := IN_A_ROW.fullmatch(named):
        return f"{found[2]}_{found[1]}"
    return named.split(" ", maxsplit=1)[0].replace(".", "_")


def unchanged(session: Session, case: Case | Part, version: int) -> None:
    """For a deed that takes no version: whoever has not seen the present one is told."""
    if case.version != version:
        raise stale(session, case, version)
