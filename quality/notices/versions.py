"""What a notice says as plain text, kept at each submission, and what is different since the last one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock, differences
from quality.core.differences import Change, Reviewed, by_name, field_by_field, next_edition
from quality.notices.models import Notice, NoticeStatus, NoticeVersion

BY_NAME = frozenset({"measures", "listings"})


def says(notice: Notice) -> dict[str, Any]:
    """What a reviewer approves, as text only: the words of the notice, its measures, and its listings by their ids."""
    return {
        "kind": notice.kind.value,
        "legal_basis": notice.legal_basis,
        "reasons": notice.reasons,
        "answer_to": notice.answer_to,
        "how_to_object": notice.how_to_object,
        "measures": [str(measure) for measure in notice.measures],
        "listings": {item.listing_id: titled(item.snapshot) for item in notice.items},
    }


def titled(snapshot: Mapping[str, Any]) -> str:
    """What people call the listing."""
    return str(snapshot["listing"]["title"] or snapshot["product"]["name"])


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Field by field; measures one by one, listings by their ids."""
    yield from field_by_field(old, new, but=BY_NAME)
    for measure in old["measures"]:
        if measure not in new["measures"]:
            yield Change("measure", measure, None)
    for measure in new["measures"]:
        if measure not in old["measures"]:
            yield Change("measure", None, measure)
    yield from by_name("listing", old["listings"], new["listings"])


def keep_version(session: Session, notice: Notice) -> None:
    """Keep the notice as it is submitted now."""
    edition = next_edition(session, editions(notice))
    session.add(NoticeVersion(notice_id=notice.id, edition=edition, says=says(notice), submitted_at=clock.now()))


def editions(notice: Notice) -> sa.Select[NoticeVersion]:
    """The newest first."""
    asked = sa.select(NoticeVersion).where(NoticeVersion.notice_id == notice.id)
    return asked.order_by(NoticeVersion.edition.desc())


def since_last_review(session: Session, notice: Notice) -> Reviewed | None:
    return differences.since_last_review(
        session,
        editions(notice),
        is_draft=notice.status == NoticeStatus.DRAFT,
        compared=lambda before: changes(before.says, says(notice)),
    )
