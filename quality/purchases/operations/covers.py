"""Cover identities are registered, many at once; read by who must, each reading logged; and retired for good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.errors import FieldProblem, Invalid, NotFound, NotPermitted, Refused
from quality.core.numbers import next_numbers
from quality.core.words import Text, _
from quality.core.workflow import begin, record
from quality.people.actor import Actor
from quality.people.looks import LookReason
from quality.people.models import Organisation, OrganisationKind, Person
from quality.permissions import Can, Sees
from quality.purchases import fields
from quality.purchases.covers import CoverIdentity, CoverSecret, Retiring
from quality.purchases.operations.appearing import place_of, values_of
from quality.purchases.operations.buying import LONGEST, LONGEST_ADDRESS, cannot_be_dialled
from quality.purchases.operations.identity import Secret, looked_at
from quality.purchases.profiles import LONGEST_REGION, buyers_there
from quality.purchases.telephone import read as dialled

VALUES = (Secret.ACCOUNT, Secret.RECIPIENT, Secret.ADDRESS, Secret.TELEPHONE)
MOST_AT_ONCE = 200


class NewCover(NamedTuple):
    """One to be registered. A value may stay empty: then the buyer types it."""

    account: str = ""
    recipient: str = ""
    address: str = ""
    telephone: str = ""
    region: str = ""
    platform: str = ""  # the platform's name or code; empty: any
    buyer: str = ""  # the buyer's name or e-mail; empty: any buyer of the agency


def add_covers(session: Session, rows: Sequence[NewCover], *, by: Actor, cipher: Cipher) -> list[CoverIdentity]:
    """All of them or none: each that is wrong is named by its row, counted from 1. Nothing typed is said back."""
    if not by.can(Can.COVER_KEEP) or by.organisation is None:
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.COVER_KEEP))
    if not 0 < len(rows) <= MOST_AT_ONCE:
        text = _("Send from 1 to %(most)s cover identities at once", most=MOST_AT_ONCE)
        raise Invalid(FieldProblem("covers", "how_many", text))
    platforms, buyers = by_name(platforms_there(session)), by_name(buyers_here(session, by))
    numbers = next_numbers(session, by.organisation.code, "CV", len(rows))  # who sends the same beside us waits here
    known = accounts_in_use(session, by, [cipher.blind_index(Secret.ACCOUNT, row.account) for row in rows])
    problems: list[FieldProblem] = []
    for place, row in enumerate(rows, start=1):
        account = platforms.get(row.platform), cipher.blind_index(Secret.ACCOUNT, row.account)
        problems += [
            FieldProblem(f"covers {place}, {each.field}", each.code, each.text)
            for each in (*wrong_with(row), *unknown_names(row, platforms, buyers), *used_account(row, account, known))
        ]
        known.add(account)
    if problems:
        raise Invalid(*problems)
    made = []
    for number, row in zip(numbers, rows, strict=True):
        cover = CoverIdentity(
            number=number,
            agency_id=by.organisation_id,
            platform_id=platforms.get(row.platform),
            buyer_id=buyers.get(row.buyer),
            region=row.region.strip(),
        )
        begin(session, cover, by=by)
        session.add_all(secrets_of(cover.id, row, cipher))
        made.append(cover)
    session.flush()
    return made


def secrets_of(cover_id: int, row: NewCover, cipher: Cipher) -> Iterator[CoverSecret]:
    for kind in VALUES:
        value = getattr(row, kind).strip()
        if kind is Secret.TELEPHONE:
            value = dialled(value) or value
        if value:
            yield CoverSecret(
                cover_id=cover_id,
                kind=kind,
                value=cipher.encrypt(value, about=place_of(cover_id, kind)),
                blind_index=cipher.blind_index(kind, value),
            )


def wrong_with(row: NewCover) -> Iterator[FieldProblem]:
    if not any(getattr(row, kind).strip() for kind in VALUES):
        yield FieldProblem("account", "missing", _("Enter at least an account, an address or a telephone number"))
    for kind in VALUES:
        most = LONGEST_ADDRESS if kind is Secret.ADDRESS else LONGEST
        yield from fields.text(kind, getattr(row, kind), most=most, ask=None)
    yield from fields.text("region", row.region, most=LONGEST_REGION, ask=None)
    yield from cannot_be_dialled(row.telephone)


def unknown_names(row: NewCover, platforms: dict[str, int], buyers: dict[str, int]) -> Iterator[FieldProblem]:
    if row.platform and row.platform not in platforms:
        yield FieldProblem("platform", "unknown_platform", _("No platform of this name is registered"))
    if row.buyer and row.buyer not in buyers:
        yield FieldProblem("buyer", "no_buyer_here", _("No buyer of this name works here"))


Account = tuple[int | None, str]


def used_account(row: NewCover, account: Account, known: set[Account]) -> Iterator[FieldProblem]:
    if row.account.strip() and account in known:
        yield FieldProblem("account", "used_account", _("This account is registered for this platform already"))


def accounts_in_use(session: Session, by: Actor, indexes: Iterable[str]) -> set[Account]:
    asked = (
        sa.select(CoverIdentity.platform_id, CoverSecret.blind_index)
        .join(CoverSecret, CoverSecret.cover_id == CoverIdentity.id)
        .where(CoverIdentity.agency_id == by.organisation_id, CoverIdentity.retired_at.is_(None))
        .where(CoverSecret.kind == Secret.ACCOUNT, CoverSecret.blind_index.in_(list(indexes)))
    )
    return {(platform, index) for platform, index in session.execute(asked)}


def by_name(some: Iterable[Organisation | Person]) -> dict[str, int]:
    """By everything that each may be called; a name that two have is nobody's."""
    called: dict[str, int] = {}
    doubled = set()
    for each in some:
        for name in {each.name, each.code if isinstance(each, Organisation) else each.email} - {""}:
            if called.setdefault(name, each.id) != each.id:
                doubled.add(name)
    return {name: key for name, key in called.items() if name not in doubled}


def platforms_there(session: Session) -> Sequence[Organisation]:
    asked = sa.select(Organisation).where(Organisation.kind == OrganisationKind.PLATFORM)
    return session.scalars(asked.order_by(Organisation.name)).all()


def buyers_here(session: Session, by: Actor) -> list[Person]:
    return [each.person for each in buyers_there(session, by.organisation_id)]


# --- reading, retiring ---


def visible_covers(actor: Actor) -> sa.Select[CoverIdentity]:
    """Of the own agency; to a buyer those that are theirs or anybody's, as long as they are used."""
    asked = sa.select(CoverIdentity).where(CoverIdentity.agency_id == actor.organisation_id)
    if not actor.can(Can.COVER_READ):
        return asked.where(sa.false())
    if actor.sees is Sees.OWN_WORK:
        theirs = sa.or_(CoverIdentity.buyer_id == actor.id, CoverIdentity.buyer_id.is_(None))
        asked = asked.where(theirs, CoverIdentity.retired_at.is_(None))
    return asked.order_by(CoverIdentity.id)


def one_cover(session: Session, actor: Actor, key: int) -> CoverIdentity:
    cover = session.scalars(visible_covers(actor).where(CoverIdentity.id == key)).one_or_none()
    if cover is None:
        raise NotFound(str(key))
    return cover


def show_cover(
    session: Session,
    cover: CoverIdentity,
    *,
    by: Actor,
    cipher: Cipher,
    why: str,
    reason: LookReason = LookReason.OTHER,
) -> dict[str, str]:
    """What it says. Each kind is logged with `why`."""
    if not (by.can(Can.IDENTITY_READ) or by.sees is Sees.OWN_WORK):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.IDENTITY_READ))
    if not why.strip():
        raise Invalid(FieldProblem("why", "missing", _("Enter why you must read it")))
    return looked_at(session, cover, values_of(session, cover, cipher), by=by, why=why, reason=reason)


def retire(session: Session, cover: CoverIdentity, reason: str, *, by: Actor, version: int | None = None) -> None:
    """It is not offered any more. What was bought with it stays; it does not come back."""
    if not (by.can(Can.COVER_KEEP) and by.stands_over(cover)):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.COVER_KEEP))
    if reason not in set(Retiring):
        codes: Text = _("Choose one of these reasons: %(codes)s", codes=", ".join(Retiring))
        raise Invalid(FieldProblem("reason", "unknown_reason", codes))
    if cover.retired_at is not None:
        raise Refused("is_retired", _("It is retired already"))
    facts = {"retired_at": clock.now(), "retired_why": Retiring(reason)}
    record(session, cover, "retire", by=by, version=version, details={"reason": reason}, facts=facts)
