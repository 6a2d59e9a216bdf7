"""Who acts, as what, and which rows that lets them see and move."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from quality.people.models import Below, Membership, Organisation, Person
from quality.permissions import ROLES, Can, Grant, Role, Sees


@dataclass(frozen=True, eq=False)
class Actor:
    """A person in one membership, a key that acts for them (`via`), or the system itself (no person)."""

    person: Person | None
    organisation: Organisation | None
    role: Role
    via: str = ""  # "key:5"
    only: frozenset[Can] | None = None  # what a key was given for; None: all that the role may
    # kept beside the rows: a case that is taken makes the session forget what it has read, and every move asks these
    id: int | None = field(init=False)
    organisation_id: int | None = field(init=False)
    signature: str = field(init=False)

    def __post_init__(self) -> None:
        signature = f"person:{self.person.id}" if self.person else "system"
        object.__setattr__(self, "id", self.person.id if self.person else None)
        object.__setattr__(self, "organisation_id", self.organisation.id if self.organisation else None)
        object.__setattr__(self, "signature", f"{signature} via {self.via}" if self.via else signature)

    @classmethod
    def working_in(cls, membership: Membership, via: str = "") -> Actor:
        return cls(membership.person, membership.organisation, membership.role, via)

    @property
    def grant(self) -> Grant:
        return ROLES[self.role]

    @property
    def sees(self) -> Sees:
        return self.grant.sees

    def can(self, deed: Can) -> bool:
        return deed in self.grant.may and (self.only is None or deed in self.only)

    def stands_over(self, case: Any) -> bool:
        """Whether the case is theirs to move. A case names whose it is in `agency_id`, `laboratory_id` and so on."""
        match self.sees:
            case Sees.EVERYTHING:
                return True
            case Sees.NOTHING:
                return False
            case Sees.OWN_WORK:
                return getattr(case, "buyer_id", None) == self.id
            case Sees.AGENCY | Sees.LABORATORY | Sees.PLATFORM as mine:
                return getattr(case, OWNERS[mine], None) == self.organisation_id


def themselves(person: Person) -> Actor:
    """A person who acts for nobody but themselves: on their own account."""
    return Actor(person, None, Role.ADMIN)


SYSTEM = Actor(person=None, organisation=None, role=Role.SYSTEM)

# the column of a case that names the organisation of each kind of reader
OWNERS = {Sees.AGENCY: "agency_id", Sees.LABORATORY: "laboratory_id", Sees.PLATFORM: "platform_id"}


def within(model: Any, actor: Actor) -> sa.ColumnElement[bool]:
    """The rows of `model` that `actor` may see at all. Every `visible_to` starts from it and may narrow it.

    An agency sees its own rows and those of all agencies below it (to read, not to move: `stands_over`).
    """
    match actor.sees:
        case Sees.EVERYTHING:
            return sa.true()
        case Sees.AGENCY:
            below = sa.select(Below.below_id).where(Below.agency_id == actor.organisation_id)
            seen: sa.ColumnElement[bool] = model.agency_id.in_(below)
            return seen
        case Sees.LABORATORY | Sees.PLATFORM as mine if hasattr(model, OWNERS[mine]):
            return sa.and_(getattr(model, OWNERS[mine]) == actor.organisation_id)
        case Sees.OWN_WORK if hasattr(model, "buyer_id"):
            return sa.and_(model.buyer_id == actor.id)
        case _:
            return sa.false()
