"""A result as anybody reads it: what the public page is drawn from, and the same before it is public (preview)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignStatus
from quality.core import clock
from quality.core.errors import Refused
from quality.core.words import _
from quality.pages.judging import TONES, overtaken
from quality.pages.published import in_a_sentence, path_of
from quality.pages.replies import said_beside
from quality.pages.words import word
from quality.publication.models import Result, ResultStatus
from quality.publication.queries import Gone, public_editions
from quality.publication.replies import shown_beside
from quality.publication.statements import newest_of

KEPT = ("id", "number", "edition", "finding_id", "agency_id", "copy", "copy_sha256")


def drawn_from(session: Session, found: Result, editions: Sequence[Result]) -> dict[str, Any]:
    """For `public/result.html`. `editions`: those that are public, the newest first."""
    copy = found.copy
    since = newest_of(session, [found]).get(found.id)
    down = since.says if since else copy["takedown"]
    return {
        "result": found,
        "copy": copy,
        "tone": TONES[copy["verdict"]],
        "verdict": word("finding_verdict", copy["verdict"]),
        "answer": in_a_sentence(copy),
        "published_at": found.published_at,
        "rows": overtaken(copy["items"], copy.get("first_results", ())),
        "down": down,
        "replies": said_beside(session, found),
        "stated_at": since.stated_at if since else None,
        "path": path_of(down, [each for each in editions if each.edition <= found.edition]),
        "editions": editions,
        "later": editions[0].edition > found.edition,
        "section": "results",
    }


def as_it_will_be(session: Session, result: Result) -> dict[str, Any]:
    """The same of what is proposed or scheduled, as if its moment had come. The row itself stays what it is."""
    if result.status in (ResultStatus.WITHDRAWN, ResultStatus.EXPIRED):
        raise Refused("not_public", _("It is not public, and will not be: there is nothing to preview"))
    if result.published_at is not None:
        return drawn_from(session, result, public_editions(session, result.number))
    at = max(result.not_before or clock.now(), clock.now())
    seen = {name: getattr(result, name) for name in KEPT}
    shown = Result(**seen, status=ResultStatus.PUBLISHED, published_at=at)  # in no session: it is never written
    earlier = [as_superseded(each) for each in public_editions(session, result.number)]
    return drawn_from(session, shown, [shown, *earlier])


def as_superseded(edition: Result) -> Result:
    if edition.status != ResultStatus.PUBLISHED:
        return edition
    seen = {name: getattr(edition, name) for name in KEPT}
    return Result(**seen, status=ResultStatus.SUPERSEDED, published_at=edition.published_at)


def as_it_would_be_gone(session: Session, result: Result, reason: str) -> dict[str, Any]:
    """For `public/gone.html`: what stands in its place once it is withdrawn for this reason."""
    if result.status != ResultStatus.PUBLISHED:
        raise Refused("not_public", _("Only a result that is public can be withdrawn from the public"))
    gone = Gone(result.number, result.edition, ResultStatus.WITHDRAWN, clock.now(), reason)
    return {"gone": gone, "editions": public_editions(session, result.number), "section": "results"}


class Leaves(NamedTuple):
    """What nobody reads any more once a result is withdrawn."""

    editions: list[Result]
    replies: int
    campaign: Campaign | None  # whose announcement is made anew without it


def leaves(session: Session, result: Result) -> Leaves | None:
    """None: nobody outside reads it now."""
    if result.status != ResultStatus.PUBLISHED:
        return None
    campaign = result.finding.sample.campaign
    replies = shown_beside(session, [result]).get(result.finding_id, [])
    is_closed = campaign.status == CampaignStatus.CLOSED
    return Leaves(public_editions(session, result.number), len(replies), campaign if is_closed else None)
