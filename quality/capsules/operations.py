"""Asking for a capsule, and taking one away. Making it is a job's (capsules/jobs.py)."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.capsules.contents import contents, subjects_of
from quality.capsules.keys import key_for
from quality.capsules.making import require_bounds
from quality.capsules.models import Capsule, Variant
from quality.capsules.queries import DOWNLOADED, variants_for
from quality.core import clock
from quality.core.config import Settings
from quality.core.db import canonical
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.events import Access
from quality.core.words import _
from quality.core.workflow import begin, hold_still
from quality.evidence.vault import Vault
from quality.people.actor import Actor
from quality.people.looks import LookReason
from quality.people.models import Organisation
from quality.permissions import Can
from quality.purchases.models import Sample, Task

MOST = 50  # of one sample
LONGEST = 500  # characters of why


def ask_for_capsule(
    session: Session, sample: Sample, variant: str, why: str, *, by: Actor, settings: Settings
) -> Capsule:
    """Have a capsule made of the sample as it stands. One that would hold the same is the one that is there."""
    wanted = read_variant(variant)
    refuse_unless_theirs(sample, wanted, by)
    why = why.strip()
    if not why and wanted is Variant.WHOLE:
        text = _("Say what it is for: it holds what leads to the buyer")
        raise Invalid(FieldProblem("why", "missing", text))
    if len(why) > LONGEST:
        raise Invalid(FieldProblem("why", "too_long", _("Write at most %(most)s characters", most=LONGEST)))
    hold_still(session, sample)
    state = state_of(session, sample, wanted, settings)
    of = sa.select(Capsule).where(Capsule.sample_id == sample.id).order_by(Capsule.edition.desc())
    made = session.scalars(of).all()
    if same := next((each for each in made if each.variant is wanted and each.state == state), None):
        return same
    if len(made) >= MOST:
        raise Refused("too_many", _("%(most)s capsules of this sample were made; fetch one of those", most=MOST))
    require_bounds(contents(session, sample, wanted))
    now = clock.now()
    capsule = Capsule(
        sample_id=sample.id,
        agency_id=sample.agency_id,
        variant=wanted,
        edition=made[0].edition + 1 if made else 1,
        state=state,
        why=why,
        asked_at=now,
        asked_by_id=by.id,
        next_try_at=now,
    )
    told = {"sample": sample.id, "variant": wanted, "edition": capsule.edition}
    begin(session, capsule, by=by, note=why, details=told)
    return capsule


def read_variant(text: str) -> Variant:
    try:
        return Variant(text)
    except ValueError:
        said = _("Choose what is to be in it: %(kinds)s", kinds=", ".join(Variant))
        raise Invalid(FieldProblem("variant", "unknown", said)) from None


def refuse_unless_theirs(sample: Sample, wanted: Variant, by: Actor) -> None:
    if not by.can(Can.CAPSULE_MAKE):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.CAPSULE_MAKE))
    if not by.stands_over(sample):
        raise NotPermitted("not_yours", _("This belongs to another organisation or person; you may only read it"))
    if wanted not in variants_for(by, sample):
        said = _("The whole capsule holds what leads to the buyer: a coordinator asks for it")
        raise NotPermitted("role_may_not", said)


def state_of(session: Session, sample: Sample, variant: Variant, settings: Settings) -> str:
    """What a capsule would be made of, as one hash: where each subject's record stands, and whose key signs."""
    heads = [
        [each.row.__tablename__, each.row.id, each.row.version, each.row.digest]
        for each in subjects_of(session, sample)
    ]
    key = key_for(settings, sample_agency(session, sample)).fingerprint
    return hashlib.sha256(canonical([variant, heads, key, settings.timestamp_url]).encode()).hexdigest()


def sample_agency(session: Session, sample: Sample) -> str:
    return session.get_one(Organisation, sample.agency_id).code


def take_away(session: Session, vault: Vault, capsule: Capsule, *, by: Actor) -> BinaryIO:
    """Its bytes, and who had them in the log. FileNotFoundError before it is made.

    A whole one is a look at what leads to the buyer, and stands among the looks at the purchase, too.
    """
    if capsule.sha256 is None:
        raise FileNotFoundError(capsule.number)
    opened = vault.open(capsule.sha256)
    said = {"at": clock.now(), "actor": by.signature, "organisation_id": by.organisation_id, "why": capsule.why}
    about = {"subject_type": capsule.__tablename__, "subject_id": capsule.id, "subject_version": capsule.version}
    session.add(Access(what=DOWNLOADED, **about, **said))
    if capsule.variant is Variant.WHOLE:
        bought = {"subject_type": Task.__tablename__, "subject_id": capsule.sample.purchase.id}
        session.add(Access(what=f"evidence:capsule:{capsule.id}", reason=LookReason.INQUIRY, **bought, **said))
    return opened
