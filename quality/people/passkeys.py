"""Passkeys (WebAuthn): a device proves that it holds the private half of a key, and that its owner let it.

Both together stand for password and second step. The mathematics is the library's; what is asked and kept is here.
The library is fetched when a passkey is made or used: it brings whole other libraries along, for certificates.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import _
from quality.core.workflow import record
from quality.people.actor import themselves
from quality.people.models import Passkey, Person

AT_MOST = 20  # of one person


class Place(NamedTuple):
    """Where we are, as the browser vouches for it: a key made here is offered here only."""

    origin: str
    host: str


def place(address: str, public_url: str) -> Place:
    """`address` is where the request came to. Only the address that people are told counts, and this very machine."""
    asked, told = urlsplit(address), urlsplit(public_url)
    if re.fullmatch(r"[\d.]+|.*:.*", asked.hostname or ""):
        named = f"{asked.scheme}://localhost:{asked.port or 80}"
        raise Refused(
            "no_name", _("Passkeys need an address with a name; on this machine open %(address)s", address=named)
        )
    if asked.netloc == told.netloc:
        return Place(f"{told.scheme}://{told.netloc}", told.hostname or "")
    if asked.hostname == "localhost":
        return Place(f"{asked.scheme}://{asked.netloc}", asked.hostname)
    raise Refused("elsewhere", _("Passkeys work at %(address)s only; open the page there", address=public_url))


def of(session: Session, person_id: int) -> list[Passkey]:
    return list(session.scalars(sa.select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id)))


def offer(session: Session, here: Place, person: Person) -> tuple[str, dict[str, str]]:
    """What a browser needs to make a key, as JSON; and what the session keeps until it comes back (`add`)."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, structs  # noqa: PLC0415

    there = of(session, person.id)
    handle = there[0].handle if there else bytes_to_base64url(os.urandom(64))
    options = webauthn.generate_registration_options(
        rp_id=here.host,
        rp_name="Mingcha 明察",
        user_id=base64url_to_bytes(handle),
        user_name=person.email,
        user_display_name=person.name,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.credential_id)) for key in there
        ],
    )
    return webauthn.options_to_json(options), {"challenge": bytes_to_base64url(options.challenge), "handle": handle}


def add(session: Session, here: Place, person: Person, *, made: str, challenge: str, handle: str, name: str) -> None:
    """Keep the public half of a key that the browser made for our challenge."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, exceptions  # noqa: PLC0415

    there = of(session, person.id)
    if len(there) >= AT_MOST:
        raise Invalid(FieldProblem("name", "too_many", _("Take away a passkey first: there may be 20")))
    try:
        proven = webauthn.verify_registration_response(
            credential=made,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=here.host,
            expected_origin=here.origin,
            require_user_verification=True,
        )
    except (exceptions.WebAuthnException, ValueError, KeyError) as wrong:
        said = _("The browser made no passkey that can be used here; try again")
        raise Invalid(FieldProblem("name", "not_made", said)) from wrong
    credential_id = bytes_to_base64url(proven.credential_id)
    if session.scalars(sa.select(Passkey.id).where(Passkey.credential_id == credential_id)).first():
        raise Invalid(FieldProblem("name", "taken", _("This passkey is there already")))
    key = Passkey(
        person_id=person.id,
        handle=handle,
        credential_id=credential_id,
        public_key=bytes_to_base64url(proven.credential_public_key),
        sign_count=proven.sign_count,
        name=name,
        created_at=clock.now(),
    )
    session.add(key)
    session.flush()
    record(session, person, "passkey_add", by=themselves(person), details={"passkey": key.id})


def take_away(session: Session, person: Person, passkey_id: int) -> bool:
    found = sa.delete(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person.id).returning(Passkey.id)
    if session.scalars(found).first() is None:
        return False
    record(session, person, "passkey_remove", by=themselves(person), details={"passkey": passkey_id})
    return True


def ask(here: Place) -> tuple[str, str]:
    """What a browser needs to prove a key, whosever it is; and the challenge."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import bytes_to_base64url, structs  # noqa: PLC0415

    options = webauthn.generate_authentication_options(
        rp_id=here.host, user_verification=structs.UserVerificationRequirement.REQUIRED
    )
    return webauthn.options_to_json(options), bytes_to_base64url(options.challenge)


def holder(session: Session, here: Place, *, proof: str, challenge: str) -> Person | None:
    """Whose key signed our challenge. A key that was copied counts backwards one day, and opens nothing then."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import base64url_to_bytes, exceptions  # noqa: PLC0415

    try:
        said: dict[str, Any] = json.loads(proof)
        key = session.scalars(sa.select(Passkey).where(Passkey.credential_id == str(said["id"]))).one_or_none()
        if key is None:
            return None
        proven = webauthn.verify_authentication_response(
            credential=said,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=here.host,
            expected_origin=here.origin,
            credential_public_key=base64url_to_bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except (exceptions.WebAuthnException, ValueError, KeyError, TypeError):
        return None
    key.sign_count, key.last_used_at = proven.new_sign_count, clock.now()
    return session.get(Person, key.person_id)
