"""Samples of which a platform or a seller was not told yet, for programs of an agency, and telling of many at once."""

from __future__ import annotations

from typing import Literal

from flask import url_for
from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.door import door, takes, told
from quality.api.idempotency import holds_a_secret, once
from quality.api.reading import asked, sent
from quality.api.shapes import Asked, Line, Moment, Organisation, Page, Sent, Told, organisation
from quality.core.db import db
from quality.informing.several import MOST, Looked, Said, page_of, still_bought, tell_several
from quality.objections.models import Party
from quality.people.access import me, needs
from quality.permissions import Can
from quality.web import settings

WHO = "`platform` or `seller`"


class UntoldFilter(Asked):
    party: Literal["platform", "seller"] = Field("platform", description=f"Who was not told: {WHO}")
    campaign: str = Field("", max_length=60, description="Its number")
    platform: str = Field("", max_length=60, description="Its code")
    limit: int = Field(50, ge=1, le=MOST, description="Lines of a page")
    cursor: int | None = Field(None, ge=1, lt=2**31, description="`next` of the page before")


class UntoldSample(Told):
    sample: str = Field(description="Its number")
    product: str
    platform: Organisation
    campaign: str | None = Field(description="Its number")
    sealed_at: Moment
    still_bought: int = Field(
        description="Others of the same shop that are not bought yet: whoever sells must not know"
    )


class TellMany(Sent):
    party: Party = Field(strict=False, description=WHO)
    samples: list[Line] = Field(min_length=1, max_length=MOST, description="Their numbers")


class ManyToldOne(Told):
    sample: str = Field(description="As you named it")
    ok: bool
    code: str | None = Field(description="Why nobody was told, for programs")
    reason: str | None = Field(description="The same in a sentence")
    address: str | None = Field(description="Of a seller's page, shown this once: of it only the hash is kept here")
    expires_at: Moment | None


class ManyTold(Told):
    items: list[ManyToldOne] = Field(
        description="One for each number that you sent, in the same order; a double one once"
    )


untold = door("untold-samples", tag="samples")
DOORS = [untold]


@untold.get("/untold-samples", summary="Of which nobody was told yet", responses={200: Page[UntoldSample]})
@needs(Can.SAMPLE_TELL)
@takes(query=UntoldFilter)
def list_untold() -> ResponseReturnValue:
    """Sealed samples of your agency, the first sealed first."""
    session, wanted = db.session(), asked(UntoldFilter)
    looked = Looked(wanted.campaign, wanted.platform)
    found = page_of(session, me, Party(wanted.party), wanted.limit, looked=looked, after=wanted.cursor)
    samples = found[: wanted.limit]
    others = still_bought(session, samples)
    items = [
        UntoldSample(
            sample=each.number,
            product=each.product_name,
            platform=organisation(each.purchase.drawn.platform),
            campaign=each.campaign.number,
            sealed_at=each.sealed_at,
            still_bought=others[each.id],
        )
        for each in samples
    ]
    more = str(samples[-1].id) if len(found) > wanted.limit else None
    return told(Page[UntoldSample](items=items, next=more))


@untold.post("/untold-samples/tell", summary="Tell platforms or sellers of many", responses={200: ManyTold})
@once
@needs(Can.SAMPLE_TELL)
@takes(body=TellMany)
def tell_many() -> ResponseReturnValue:
    """Each by itself: one that cannot be told keeps no other from it. Who was told before is not told again."""
    given = sent(TellMany)
    said = tell_several(db.session(), given.party, given.samples, by=me)
    if any(each.token for each in said):
        holds_a_secret()
    return told(ManyTold(items=[one_told(each) for each in said]))


def one_told(each: Said) -> ManyToldOne:
    is_link = each.notice is not None and bool(each.token)
    return ManyToldOne(
        sample=each.number,
        ok=each.is_told,
        code=each.code or None,
        reason=str(each.reason) or None,
        address=settings().public_url + url_for("told_link.page", link=each.token) if is_link else None,
        expires_at=each.notice.expires_at if each.notice is not None else None,
    )
