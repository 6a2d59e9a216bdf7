"""What the domain may say no with. `web/errors.py` turns each into a page or a JSON problem, `cli/` into an exit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from quality.core.words import Reason, Text, _


class Refused(Exception):
    """The rules forbid it (409). `code` is for programs, `reason` is fit for the person who asked."""

    def __init__(self, code: str, reason: Text) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason
        self.more: dict[str, Any] = {}  # further members of the problem, for programs

    def __str__(self) -> str:
        return f"{self.code}: {self.reason}"

    @classmethod
    def because(cls, reason: Reason) -> Refused:
        return cls(reason.code, reason.text)


class NotPermitted(Refused):
    """The person's role or organisation does not allow it, whatever the state of the case (403)."""


class NotFound(Refused):
    """Missing, or outside the person's scope: the two must look alike (404)."""

    def __init__(self, what: str) -> None:
        super().__init__("not_found", _("There is nothing here that you may see: %(what)s", what=what))


class Stale(Refused):
    """Someone else moved the case first (409). Nothing of the caller's was recorded."""

    def __init__(self, *, status: str | None, version: int | None, since: Sequence[Any] = ()) -> None:
        super().__init__("stale", _("Someone else changed this after you opened it. Nothing of yours was recorded."))
        self.status = status
        self.version = version
        self.since = since  # the events that the caller has not seen


class Unavailable(Refused):
    """What we stand on does not answer now (503): nothing was kept, and trying again after so many seconds is right."""

    def __init__(self, code: str, reason: Text, *, retry_after: int) -> None:
        super().__init__(code, reason)
        self.retry_after = retry_after


class FieldProblem(NamedTuple):
    """One thing wrong with what was typed or uploaded. `field` names the field, or `row 7, limit` in a file."""

    field: str
    code: str
    text: Text


class Invalid(Exception):
    """What was typed or uploaded cannot be used (422). Every problem is named, not only the first."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__(", ".join(f"{p.field}: {p.code}" for p in problems))
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(f"{p.field}: {p.text}" for p in self.problems)
