"""Editions of a notice that was issued: what each says, what is different in it, and which one is in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, object_session

from quality.core.differences import Change
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import Reason, _
from quality.notices.models import EditionKind, Excuse, Notice, NoticeEdition, NoticeItem
from quality.notices.versions import changes, titled

TEXTS = ("legal_basis", "reasons", "answer_to", "how_to_object")
MOST = 100  # editions of one notice that are told


def is_named(item: NoticeItem) -> bool:
    """Whether the notice still names the listing: an edition may have taken it back."""
    return item.excuse != Excuse.WITHDRAWN


def wording_of(notice: Notice) -> dict[str, Any]:
    """Texts and measures in force."""
    return {name: getattr(notice, name) for name in TEXTS} | {"measures": [str(each) for each in notice.measures]}


def said_by(
    wording: Mapping[str, Any], items: Sequence[NoticeItem], added: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """What an edition says, as text only, to be compared with another."""
    named = {item.listing_id: titled(item.snapshot) for item in items}
    return {**wording, "listings": named | {each["listing_id"]: titled(each["snapshot"]) for each in added}}


def compared(
    notice: Notice, wording: Mapping[str, Any], withdrawn: Sequence[int], added: Sequence[Mapping[str, Any]]
) -> list[Change]:
    """What is different in the next edition, field by field and listing by listing."""
    there = [item for item in notice.items if is_named(item)]
    stays = [item for item in there if item.id not in set(withdrawn)]
    return list(changes(said_by(wording_of(notice), there), said_by(wording, stays, added)))


def kind_of(withdrawn: Sequence[int], added: Sequence[Any]) -> EditionKind:
    return EditionKind.PARTIAL_WITHDRAWAL if withdrawn and not added else EditionKind.AMENDMENT


def as_kept(found: Sequence[Change]) -> list[dict[str, Any]]:
    return [change._asdict() for change in found]


def as_changes(kept: Sequence[Mapping[str, Any]]) -> list[Change]:
    return [Change(**each) for each in kept]


# --- reads ---


def editions_of(session: Session, notice: Notice, *, issued_only: bool = False) -> list[NoticeEdition]:
    """The newest first, with who made them. Those that were dropped are in the record alone."""
    of = sa.select(NoticeEdition).where(NoticeEdition.notice_id == notice.id, NoticeEdition.dropped_at.is_(None))
    if issued_only:
        of = of.where(NoticeEdition.issued_at.is_not(None))
    of = of.options(joinedload(NoticeEdition.drafted_by), joinedload(NoticeEdition.approved_by))
    return list(session.scalars(of.order_by(NoticeEdition.edition.desc()).limit(MOST)))


def one_edition(session: Session, notice: Notice, edition: int) -> NoticeEdition | None:
    return next((each for each in editions_of(session, notice) if each.edition == edition), None)


def in_force_since(session: Session, notice: Notice, edition: int) -> datetime | None:
    asked = sa.select(NoticeEdition.issued_at).where(
        NoticeEdition.notice_id == notice.id,
        NoticeEdition.edition == edition,
        NoticeEdition.dropped_at.is_(None),
    )
    return session.scalars(asked).one_or_none()


def asked_since(item: NoticeItem) -> datetime | None:
    """When the listing was first named to the platform: with the notice, or with the edition that added it."""
    if item.edition == 1:
        return item.notice.issued_at
    session = object_session(item)
    assert session, "nothing is asked of a row that no session knows"
    return in_force_since(session, item.notice, item.edition)


def editions_since(session: Session, read: Mapping[int, int]) -> dict[int, list[NoticeEdition]]:
    """What was issued after the edition of each notice, by its id, that somebody read; the newest first."""
    of = sa.select(NoticeEdition).where(NoticeEdition.notice_id.in_(read), NoticeEdition.issued_at.is_not(None))
    found: dict[int, list[NoticeEdition]] = {}
    for each in session.scalars(of.order_by(NoticeEdition.edition.desc())):
        if each.edition > read[each.notice_id]:
            found.setdefault(each.notice_id, []).append(each)
    return found


def had_in(session: Session, notice: Notice, version: int) -> int:
    """Which edition whoever had the notice in this version had before them."""
    asked = sa.select(sa.func.max(NoticeEdition.edition)).where(
        NoticeEdition.notice_id == notice.id, NoticeEdition.in_version <= version
    )
    return session.scalars(asked).one() or 1


def named_by_a_proposal(session: Session, agency_id: int, what: str, key: int, *, but: int | None = None) -> str | None:
    """The notice, by its number, whose next edition names this `finding` or `alike` and is not issued yet."""
    under_way = (
        sa.select(NoticeEdition.added, NoticeEdition.notice_id, Notice.number)
        .join(NoticeEdition.notice)
        .where(Notice.agency_id == agency_id, NoticeEdition.issued_at.is_(None), NoticeEdition.dropped_at.is_(None))
    )
    for added, notice_id, number in session.execute(under_way):
        tested = [each for each in added if what == "alike" or each["alike"] is None]
        if notice_id != but and str(key) in {each[what] for each in tested}:
            return str(number)
    return None


def not_in_force(notice: Notice, edition: int | None) -> FieldProblem | None:
    """Why what was said to this edition answers nothing that is asked now. Who names none means the one in force."""
    if edition is None or edition == notice.edition:
        return None
    if not 1 <= edition < notice.edition:
        text = _("There is no such edition of this notice; in force is edition %(edition)s", edition=notice.edition)
        return FieldProblem("edition", "unknown_edition", text)
    text = _(
        "This answers edition %(read)s of the notice, and edition %(edition)s is in force since: look at what changed "
        "in it, and answer that one",
        read=edition,
        edition=notice.edition,
    )
    return FieldProblem("edition", "superseded", text)


def refuse_superseded(session: Session, notice: Notice, edition: int | None) -> None:
    """Refuse an answer that was given to an edition before the one in force, and say what changed since."""
    problem = not_in_force(notice, edition)
    if edition is None or problem is None:
        return
    if problem.code != "superseded":
        raise Invalid(problem)
    since = [each for each in editions_of(session, notice, issued_only=True) if each.edition > edition]
    why = Reason(
        "superseded",
        _(
            "Edition %(edition)s of this notice is in force since you read it. Nothing of yours was recorded: "
            "look at what changed, and send it again",
            edition=notice.edition,
        ),
    )
    raise Superseded(why, edition, since)


class Superseded(Refused):
    """What was answered is not what is asked any more."""

    def __init__(self, why: Reason, read: int, since: Sequence[NoticeEdition]) -> None:
        super().__init__(why.code, why.text)
        self.read = read
        self.more = {"edition": since[0].edition, "changed": [told for each in since for told in changed_in(each)]}


def changed_in(edition: NoticeEdition) -> Iterator[dict[str, Any]]:
    """For programs: what an edition changed, each with the edition's number and reason."""
    for change in as_changes(edition.changed):
        yield {"edition": edition.edition, "field": change.field, "of": change.of, "old": change.old, "new": change.new}
