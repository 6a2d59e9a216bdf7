"""Seals that an agency issues: numbers with a check character, so that a slip of the finger is found before it is kept.

Source of the check: ISO/IEC 7064, pure system MOD 37-2 over the signs of prefix and serial number. 37 is prime, so
every wrong sign and every exchange of two neighbours is found. Serials whose check would be `*` are not issued.

An agency without a series of its own seals with whatever its seals say. One with a series may allow seals of other
makers beside it; else a number that is none of its own is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import count, islice
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship
from stdnum.iso7064 import mod_37_2

from quality.core import clock
from quality.core.db import Base, by_bytes
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import Text, _
from quality.core.workflow import record
from quality.people.actor import Actor
from quality.people.models import Organisation, Person
from quality.people.permit import permit
from quality.permissions import Can

PREFIX = re.compile(r"[A-Z]{2,6}")
FORM = re.compile(r"([A-Z]{2,6})-?([0-9]{6})-?([0-9A-Z])")
MOST_AT_ONCE = 2_000
HIGHEST = 999_999


class SealSeries(Base):
    """What an agency says of its seals. A change is a new edition; the newest counts. Prefix "": it issues none."""

    __tablename__ = "seal_series"
    __table_args__ = (sa.UniqueConstraint("agency_id", "edition"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    edition: Mapped[int]  # from 1
    prefix: Mapped[str] = mapped_column(by_bytes(6))
    others_too: Mapped[bool]  # seals of other makers are used beside its own
    set_at: Mapped[datetime]
    set_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    set_by: Mapped[Person] = relationship()


class SealBatch(Base):
    """Numbers that were issued together. No serial of a prefix is issued twice, by whatever agency."""

    __tablename__ = "seal_batch"
    __table_args__ = (sa.UniqueConstraint("prefix", "first"), sa.CheckConstraint("last >= first", name="is_a_range"))

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    prefix: Mapped[str] = mapped_column(by_bytes(6))
    first: Mapped[int]  # serials
    last: Mapped[int]
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    issued_by: Mapped[Person] = relationship()

    @property
    def numbers(self) -> list[str]:
        return list(numbers_from(self.prefix, self.first, self.last))


class Doubt(StrEnum):
    MISTYPED = "mistyped_seal"
    NOT_ISSUED = "seal_not_issued"
    NOT_OURS = "seal_not_ours"


class Rule(NamedTuple):
    """What a seal number of an agency has to be. `last`: the highest serial that was issued."""

    prefix: str = ""
    others_too: bool = True
    last: int = 0


# --- pure ---


def check_of(prefix: str, serial: int) -> str:
    return str(mod_37_2.calc_check_digit(f"{prefix}{serial:06d}"))


def written(prefix: str, serial: int) -> str:
    """`YZ-000123-K`"""
    return f"{prefix}-{serial:06d}-{check_of(prefix, serial)}"


def numbers_from(prefix: str, first: int, last: int = HIGHEST) -> Iterator[str]:
    return (written(prefix, serial) for serial in range(first, last + 1) if check_of(prefix, serial) != "*")


def doubt_about(number: str, rule: Rule) -> Doubt | None:
    """What speaks against a number as it was typed (upper case, narrow signs); None: nothing."""
    if not rule.prefix:
        return None
    found = FORM.fullmatch(number)
    if found and found[1] == rule.prefix:
        if not mod_37_2.is_valid(found[1] + found[2] + found[3]):
            return Doubt.MISTYPED
        return None if int(found[2]) <= rule.last else Doubt.NOT_ISSUED
    if looks_like_ours(number, rule.prefix):
        return Doubt.MISTYPED
    return None if rule.others_too else Doubt.NOT_OURS


def looks_like_ours(number: str, prefix: str) -> bool:
    """One sign from being one of ours, or ours with a sign too many or too few: a slip, and no other maker's."""
    signs, whole = number.replace("-", ""), len(prefix) + 7
    if signs.startswith(prefix) and signs[len(prefix) :].isalnum() and abs(len(signs) - whole) <= 1:
        return True
    return len(signs) == whole and any(
        mod_37_2.is_valid(fixed) for fixed in mended(signs) if FORM.fullmatch(fixed) and fixed.startswith(prefix)
    )


def mended(signs: str) -> Iterator[str]:
    """Everything one sign away."""
    for place, each in enumerate(signs):
        for other in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            if other != each:
                yield signs[:place] + other + signs[place + 1 :]


def as_issued(number: str, rule: Rule) -> str:
    """One of ours that was typed without its hyphens, as it is kept."""
    found = FORM.fullmatch(number)
    return f"{found[1]}-{found[2]}-{found[3]}" if found and found[1] == rule.prefix else number


SAYS: dict[Doubt, Text] = {
    Doubt.MISTYPED: _(
        "A sign is wrong in this seal number: its check character does not fit. Compare it with the seal"
    ),
    Doubt.NOT_ISSUED: _("This seal number was not issued yet; compare it with the seal"),
    Doubt.NOT_OURS: _("This is no seal of this agency, as YZ-000123-K; compare it with the seal"),
}


# --- what an agency says ---


def rule_of(session: Session, agency_id: int | None) -> Rule:
    newest = newest_of(session, agency_id)
    if newest is None:
        return Rule()
    return Rule(newest.prefix, newest.others_too, last_issued(session, newest.prefix) if newest.prefix else 0)


def newest_of(session: Session, agency_id: int | None) -> SealSeries | None:
    of = sa.select(SealSeries).where(SealSeries.agency_id == agency_id).order_by(SealSeries.edition.desc())
    return session.scalars(of.options(joinedload(SealSeries.set_by)).limit(1)).one_or_none()


def last_issued(session: Session, prefix: str) -> int:
    return session.scalar(sa.select(sa.func.max(SealBatch.last)).where(SealBatch.prefix == prefix)) or 0


def batches_of(session: Session, actor: Actor, most: int = 50) -> Sequence[SealBatch]:
    """Of the own agency, the newest first."""
    of = sa.select(SealBatch).where(SealBatch.agency_id == actor.organisation_id).order_by(SealBatch.id.desc())
    return session.scalars(of.options(joinedload(SealBatch.issued_by)).limit(most)).all()


def set_series(session: Session, prefix: str, others_too: bool, *, edition: int, by: Actor) -> SealSeries:
    """A new edition after `edition`, the one that was read (0: none). The same again is no new one."""
    permit(by, Can.COVER_KEEP)
    assert by.organisation is not None and by.id is not None, "people of agencies keep seals"
    named = prefix.strip().upper()
    if named and not PREFIX.fullmatch(named):
        raise Invalid(FieldProblem("prefix", "bad_prefix", _("Use two to six letters from A to Z, or none")))
    if not named and not others_too:
        text = _("Without a series of its own the agency seals with other makers' seals: allow them")
        raise Invalid(FieldProblem("others_too", "no_seals", text))
    theirs = sa.select(SealSeries.id).where(SealSeries.prefix == named, SealSeries.agency_id != by.organisation_id)
    if named and session.scalars(theirs.limit(1)).first() is not None:
        raise Invalid(FieldProblem("prefix", "taken", _("Another agency has this prefix; choose another")))
    before = newest_of(session, by.organisation_id)
    if edition != (before.edition if before else 0):
        raise OTHER_EDITION
    if before is not None and (before.prefix, before.others_too) == (named, others_too):
        return before
    made = SealSeries(
        agency_id=by.organisation_id, edition=edition + 1, prefix=named, others_too=others_too,
        set_at=clock.now(), set_by_id=by.id,
    )  # fmt: skip
    session.add(made)
    try:
        session.flush()
    except IntegrityError as conflict:  # by somebody who set it at the same moment
        raise OTHER_EDITION from conflict
    told = {"edition": made.edition, "prefix": named, "others_too": others_too}
    record(session, by.organisation, "set_seal_series", by=by, details=told)
    return made


OTHER_EDITION = Refused("other_edition", _("Somebody has set this since you opened it; read it again"))


def issue_seals(session: Session, many: int, *, by: Actor) -> SealBatch:
    """The next `many` numbers of the agency's series, to be printed on its seals."""
    permit(by, Can.COVER_KEEP)
    assert by.organisation is not None and by.id is not None, "people of agencies keep seals"
    if not 1 <= many <= MOST_AT_ONCE:
        text = _("Enter a whole number from %(least)s to %(most)s", least=1, most=MOST_AT_ONCE)
        raise Invalid(FieldProblem("many", "out_of_range", text))
    session.execute(sa.select(Organisation.id).where(Organisation.id == by.organisation_id).with_for_update())
    rule = rule_of(session, by.organisation_id)
    if not rule.prefix:
        raise Refused("no_series", _("This agency has no series of its own; choose a prefix first"))
    usable = (serial for serial in count(rule.last + 1) if check_of(rule.prefix, serial) != "*")
    serials = list(islice(usable, many))
    if serials[-1] > HIGHEST:
        raise Refused("series_full", _("This series is used up; choose another prefix"))
    made = SealBatch(
        agency_id=by.organisation_id, prefix=rule.prefix, first=serials[0], last=serials[-1],
        issued_at=clock.now(), issued_by_id=by.id,
    )  # fmt: skip
    session.add(made)
    try:
        session.flush()
    except IntegrityError as conflict:
        raise OTHER_EDITION from conflict
    told = {"prefix": made.prefix, "first": made.first, "last": made.last}
    record(session, by.organisation, "issue_seals", by=by, details=told)
    return made


def what_is_wrong(session: Session, agency_id: int, number: str, field: str) -> Iterator[FieldProblem]:
    if number and (doubt := doubt_about(number, rule_of(session, agency_id))):
        yield FieldProblem(field, doubt, SAYS[doubt])
