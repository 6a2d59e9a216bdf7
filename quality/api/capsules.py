"""Evidence capsules of a sample by key: only those that are given away. What leads to the buyer leaves by a page."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.cases import Collection, wear
from quality.api.door import Door, takes, told
from quality.api.idempotency import once
from quality.api.reading import sent
from quality.api.shapes import Moment, Page, Sent, Told
from quality.capsules.models import Capsule, Variant
from quality.capsules.operations import ask_for_capsule
from quality.capsules.queries import capsules_of, one_capsule
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import _
from quality.pages.encapsulated import as_json
from quality.pages.views.capsules import as_file
from quality.people.access import me, needs, require_for
from quality.permissions import Can
from quality.web import settings

ZIP: dict[str, Any] = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}

THEIRS = needs(Can.CAPSULE_MAKE, once_found=True)


class CapsuleTold(Told):
    edition: int = Field(description="Of the sample, from 1")
    variant: str = Field(description="`open`: what leads to the buyer is left out, its hashes stay")
    state: str = Field(description="`being_made`, `made`, or `waiting`: it could not be made, and is tried again")
    problem: str = Field(description="Why it could not, as a code")
    done: int = Field(description="Files that are packed already")
    files: int | None = Field(description="How many it will hold; null: not known yet")
    asked_at: Moment
    made_at: Moment | None
    sha256: str | None = Field(description="Of the ZIP file. A time stamp that comes later changes it")
    bytes: int | None
    signed_with: str | None = Field(description="Fingerprint of the key, as `/proof/capsules/keys.json` has it")
    timestamp: str = Field(description="`none`: no authority is configured; `awaited`; `there`")
    stamped_at: Moment | None
    address: str | None = Field(description="Of the file in this API; null before it is made")


class CapsuleWanted(Sent):
    variant: str = Field("open", max_length=8, description="`open`; a `whole` one is asked for on the sample's page")
    why: str = Field("", max_length=500, description="What it is for; it stands in the record")


def add_capsules(made: Door, found: Collection) -> None:
    """A list, asking for one, and the file."""

    @takes()
    def listed(**named: str) -> ResponseReturnValue:
        sample = the_sample(found, named)
        every = capsules_of(db.session(), sample, me)
        items = [capsule_told(each) for each in every if each.variant is Variant.OPEN]
        return told(Page[CapsuleTold](items=items, next=None))

    @takes(body=CapsuleWanted)
    def ask(**named: str) -> ResponseReturnValue:
        sample, given = the_sample(found, named), sent(CapsuleWanted)
        if given.variant == Variant.WHOLE:
            said = _("What leads to the buyer leaves by the sample's page only; by key ask for `open`")
            raise Invalid(FieldProblem("variant", "not_by_key", said))
        return told(
            capsule_told(ask_for_capsule(db.session(), sample, given.variant, given.why, by=me, settings=settings())),
            202,
        )

    def fetch(**named: Any) -> ResponseReturnValue:
        capsule = one_capsule(db.session(), the_sample(found, named), named["edition"], me)
        if capsule.variant is not Variant.OPEN:
            raise NotFound(capsule.number)
        return as_file(capsule)

    rule = f"/{found.name}/<{found.part}>/capsules"
    made.get(rule, summary="Its evidence capsules", responses={200: Page[CapsuleTold]})(
        wear(THEIRS, listed, "capsules_of_sample")
    )
    asking = once(wear(THEIRS, ask, "ask_for_capsule_of_sample"))
    made.post(rule, summary="Have one made; it is there in a few seconds", responses={202: CapsuleTold})(asking)
    fetching = wear(THEIRS, fetch, "fetch_capsule_of_sample")
    made.get(f"{rule}/<int:edition>.zip", summary="An evidence capsule", responses={200: {"content": ZIP}})(fetching)


def the_sample(found: Collection, named: dict[str, Any]) -> Any:
    sample = found.found(named[found.part])
    require_for(sample)
    return sample


def capsule_told(capsule: Capsule) -> CapsuleTold:
    here = f"/api/v1/samples/{capsule.sample.number}/capsules/{capsule.edition}.zip" if capsule.sha256 else None
    return CapsuleTold(**as_json(capsule), address=here)
