"""What a notice says as plain text, kept at each submission, and what is different since the last one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.differences import Change, by_name, field_by_field
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
        "listings": {
            item.listing_id: item.snapshot["listing"]["title"] or item.snapshot["product"]["name"]
            for item in notice.items
        },
    }


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
    last = session.scalars(editions(notice).limit(1)).one_or_none()
    session.add(
        NoticeVersion(
            notice_id=notice.id,
            edition=last.edition + 1 if last else 1,
            says=says(notice),
            submitted_at=clock.now(),
        )
    )


def editions(notice: Notice) -> sa.Select[NoticeVersion]:
    """The newest first."""
    asked = sa.select(NoticeVersion).where(NoticeVersion.notice_id == notice.id)
    return asked.order_by(NoticeVersion.edition.desc())


class Reviewed(NamedTuple):
    """What is different from the version that was last submitted before, and when that was."""

    before: NoticeVersion
    changes: list[Change]


def since_last_review(session: Session, notice: Notice) -> Reviewed | None:
    """Of a draft, against what was last submitted and returned; in review, against the submission before.

    None for a first one.
    """
    last = list(session.scalars(editions(notice).limit(2)))
    before = last[0] if notice.status == NoticeStatus.DRAFT and last else last[1] if len(last) > 1 else None
    if before is None:
        return None
    return Reviewed(before, list(changes(before.says, says(notice))))
