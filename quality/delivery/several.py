"""A platform answers for listings of several notices at once: by one deed of theirs, by the one operation of ours."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from quality.core.many import batches
from quality.delivery.operations import answer
from quality.notices.answers import OutcomeEntry
from quality.notices.models import Notice
from quality.notices.operations import Answered
from quality.people.actor import Actor

AT_ONCE = 1_000  # answers in one call of the operation


def answer_several(session: Session, said: Sequence[tuple[Notice, OutcomeEntry]], *, by: Actor) -> list[Answered]:
    """Each answer taken down, or why not, in the order they came; see `delivery.operations.answer`.

    The notices are taken in the order of their ids, so that two who answer at once wait for each other and not in a
    ring. An edition that comes in force while we wait for one refuses them all: nobody has answered that one.
    """
    read = {notice.id: notice.edition for notice, _entry in said}
    places: dict[int, list[int]] = {}
    for place, (notice, _entry) in enumerate(said):
        places.setdefault(notice.id, []).append(place)
    found: dict[int, Answered] = {}
    for notice_id in sorted(places):
        notice = session.get_one(Notice, notice_id)
        for some in batches(places[notice_id], AT_ONCE):
            entries = [said[place][1] for place in some]
            found.update(zip(some, answer(session, notice, entries, by=by, edition=read[notice_id]), strict=True))
    return [found[place] for place in range(len(said))]
