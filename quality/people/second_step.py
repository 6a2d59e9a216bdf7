"""The second step of signing in: a code of an authenticator app (RFC 6238), or a recovery code, each taken once."""

from __future__ import annotations

import hashlib
import io
import re
import secrets
import unicodedata

import sqlalchemy as sa
from passlib.exc import TokenError
from passlib.totp import TOTP
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.workflow import record
from quality.people.actor import Actor
from quality.people.models import Authenticator, Person, RecoveryCode

ISSUER = "Mingcha 明察"
STEP = 30  # seconds that a code is shown
HOW_MANY = 10  # recovery codes
SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another: 16 of them are some 79 bits


def is_on(session: Session, person_id: int) -> bool:
    found = session.get(Authenticator, person_id)
    return found is not None and found.confirmed_at is not None


def prepare(session: Session, cipher: Cipher, person: Person) -> None:
    """A new secret for the app. It counts for nothing until a code of it was entered."""
    kept = session.get(Authenticator, person.id) or Authenticator(person_id=person.id)
    kept.secret = cipher.encrypt(TOTP.new().base32_key, about=about(person.id))
    kept.last_counter, kept.confirmed_at = 0, None
    session.add(kept)
    session.flush()


def secret_of(session: Session, cipher: Cipher, person_id: int) -> str | None:
    """In base32, as an app takes it."""
    kept = session.get(Authenticator, person_id)
    return cipher.decrypt(kept.secret, about=about(person_id)) if kept else None


def confirm(session: Session, cipher: Cipher, person: Person, typed: str, by: Actor) -> list[str] | None:
    """Turn the second step on by a first code. Gives the recovery codes, to be shown this once; None: a wrong code."""
    if not takes_code(session, cipher, person.id, typed):
        return None
    session.execute(
        sa.update(Authenticator).where(Authenticator.person_id == person.id).values(confirmed_at=clock.now())
    )
    codes = new_recovery_codes(session, person.id)
    record(session, person, "second_step_on", by=by)
    return codes


def renew_recovery_codes(session: Session, person: Person, by: Actor) -> list[str]:
    codes = new_recovery_codes(session, person.id)
    record(session, person, "recovery_codes", by=by)
    return codes


def remove(session: Session, person_id: int) -> None:
    for model in (Authenticator, RecoveryCode):
        session.execute(sa.delete(model).where(model.person_id == person_id))


def opens(session: Session, cipher: Cipher, person_id: int, typed: str) -> bool:
    """Whether what was typed is a code of the app or a recovery code, and takes it: it opens nothing again."""
    return takes_code(session, cipher, person_id, typed) or takes_recovery_code(session, person_id, typed)


def takes_code(session: Session, cipher: Cipher, person_id: int, typed: str) -> bool:
    """By compare-and-set, so that of two who send the same code at once one is told no."""
    secret, code = secret_of(session, cipher, person_id), plain(typed)
    if secret is None or not re.fullmatch(r"\d{6}", code):
        return False
    try:  # the step before and the one after count too: clocks differ
        match = TOTP(key=secret, format="base32", period=STEP).match(code, time=clock.now(), window=STEP)
    except TokenError:
        return False
    taken = sa.update(Authenticator).where(
        Authenticator.person_id == person_id, Authenticator.last_counter < match.counter
    )
    newer = taken.values(last_counter=match.counter).returning(Authenticator.person_id)
    return session.scalars(newer).first() is not None


def takes_recovery_code(session: Session, person_id: int, typed: str) -> bool:
    found = sa.update(RecoveryCode).where(
        RecoveryCode.person_id == person_id,
        RecoveryCode.digest == digest_of(person_id, plain(typed)),
        RecoveryCode.used_at.is_(None),
    )
    return session.scalars(found.values(used_at=clock.now()).returning(RecoveryCode.id)).first() is not None


def new_recovery_codes(session: Session, person_id: int) -> list[str]:
    """In groups of four; the ones before open nothing any more."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    codes = ["".join(secrets.choice(SIGNS) for _sign in range(16)) for _code in range(HOW_MANY)]
    session.add_all(RecoveryCode(person_id=person_id, digest=digest_of(person_id, code)) for code in codes)
    session.flush()
    return ["-".join(re.findall("....", code)) for code in codes]


def codes_left(session: Session, person_id: int) -> int:
    left = sa.select(RecoveryCode.id).where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    return len(session.scalars(left).all())


def qr_code(secret: str, account: str) -> bytes:
    """What an app reads with its camera, as SVG."""
    import segno  # noqa: PLC0415 - a start draws no codes

    drawn = io.BytesIO()
    address = TOTP(key=secret, format="base32", period=STEP).to_uri(label=account, issuer=ISSUER)
    segno.make(address, error="m").save(drawn, kind="svg", scale=5, border=4, light="white")
    return drawn.getvalue()


def plain(typed: str) -> str:
    """As it is compared: full-width signs, capitals, spaces and hyphens make no difference."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed)).lower()


def digest_of(person_id: int, code: str) -> str:
    return hashlib.sha256(f"{person_id}:{code}".encode()).hexdigest()


def about(person_id: int) -> str:
    return f"authenticator:{person_id}"
