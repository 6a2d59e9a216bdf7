"""Asking for one deed of many notices at once. What comes of each, a job finds out: notices/walking.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import _
from quality.lab.models import Finding
from quality.notices.batches import BatchDeed, BatchRow, NoticeBatch
from quality.notices.models import Notice, NoticeStatus
from quality.notices.operations.alike import waiting_for_a_notice
from quality.notices.operations.drafting import ALL_MEASURES, refuse_what_cannot_be_drafted, too_long
from quality.notices.operations.grouping import Entry, Grouping, grouped
from quality.notices.operations.templates import InForce
from quality.notices.permit import permit
from quality.notices.queries import findings_to_put_on
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can
from quality.purchases.models import Sample, Task

MOST = 2_000  # notices, or findings, of one batch
ON_ONE = 200  # listings that one notice of a batch names at most
BY: Mapping[BatchDeed, Can] = {
    BatchDeed.DRAFT: Can.NOTICE_DRAFT,
    BatchDeed.SUBMIT: Can.NOTICE_DRAFT,
    BatchDeed.APPROVE: Can.NOTICE_APPROVE,
    BatchDeed.ISSUE: Can.NOTICE_DRAFT,
}
FROM: Mapping[BatchDeed, NoticeStatus] = {
    BatchDeed.SUBMIT: NoticeStatus.DRAFT,
    BatchDeed.APPROVE: NoticeStatus.IN_REVIEW,
    BatchDeed.ISSUE: NoticeStatus.APPROVED,
}


def open_to(actor: Actor, deed: BatchDeed) -> sa.Select[Notice]:
    """Notices of the own agency that stand before this deed, the oldest first; none of one's own to approve."""
    waiting = sa.select(Notice).where(Notice.agency_id == actor.organisation_id, Notice.status == FROM[deed])
    if not actor.can(BY[deed]):
        waiting = waiting.where(sa.false())
    if deed is BatchDeed.APPROVE:
        waiting = waiting.where(Notice.drafted_by_id != actor.id)
    return waiting.order_by(Notice.id)


def do_to_many(session: Session, deed: BatchDeed | str, numbers: Sequence[str] | None, *, by: Actor) -> NoticeBatch:
    """Ask for `deed` of the notices with these references, or of all that wait for it (None), as they are now.

    What cannot be done is told at its notice, and keeps no other from it.
    """
    asked = known(deed)
    permit(by, BY[asked])
    mine = sa.select(Notice).where(Notice.agency_id == by.organisation_id).order_by(Notice.id)
    if numbers is None:
        found = list(session.scalars(open_to(by, asked).limit(MOST)))
    else:
        named = sa.or_(Notice.reference.in_(numbers), Notice.number.in_(numbers))
        found = list(session.scalars(mine.where(named).limit(MOST + 1)))
    if problems := list(wrong_notices(numbers, found)):
        raise Invalid(*problems)
    batch = begun(session, asked, by=by, says={})
    session.add_all(
        BatchRow(batch_id=batch.id, notice_id=each.id, version=each.version, about={}, reason={}) for each in found
    )
    session.flush()
    return batch


def known(deed: str) -> BatchDeed:
    if deed not in FROM:
        text = _("Choose one of these: %(known)s", known=", ".join(FROM))
        raise Invalid(FieldProblem("deed", "unknown_deed", text))
    return BatchDeed(deed)


def wrong_notices(numbers: Sequence[str] | None, found: Sequence[Notice]) -> Iterator[FieldProblem]:
    if not found:
        yield FieldProblem("notices", "missing", _("Choose at least one notice"))
    if len(found) > MOST:
        yield FieldProblem("notices", "how_many", _("Choose at most %(most)s at once", most=MOST))
        return
    there = {each.reference for each in found} | {each.number for each in found}
    for place, number in enumerate(numbers or (), 1):
        if found and number not in there:
            text = _("There is no notice %(number)s of this agency", number=number[:60])
            yield FieldProblem(f"notices {place}", "unknown", text)


class Wording(NamedTuple):
    """What each notice of a batch of drafts says."""

    kind: str
    legal_basis: str
    reasons: str
    measures: Sequence[str] = ALL_MEASURES
    answer_to: str = ""
    how_to_object: str = ""
    reasons_untested: str = ""


def draft_all(
    session: Session,
    wording: Wording,
    *,
    by: Actor,
    grouping: Grouping | str = Grouping.PLATFORM,
    template: InForce | None = None,
) -> NoticeBatch:
    """Ask for drafts of everything of the agency that waits for a notice: a notice a platform, or one a finding.

    Of a platform with more than `ON_ONE` listings, or two findings about one listing, there are several.
    """
    permit(by, Can.NOTICE_DRAFT)
    said = wording._asdict()
    texts = {name: said[name] for name in ("legal_basis", "reasons", "answer_to", "how_to_object")}
    also = [*too_long(wording.reasons_untested)]
    if grouping not in set(Grouping):
        also.append(FieldProblem("grouping", "unknown_grouping", _("Choose one notice a platform, or one a finding")))
    refuse_what_cannot_be_drafted(wording.kind, texts, wording.measures, also=also)
    groups = list(in_notices(everything(session, by, Grouping(grouping))))
    if not groups:
        raise Invalid(FieldProblem("findings", "missing", _("No finding waits for a notice")))
    says = said | {
        "measures": [str(each) for each in wording.measures],
        "template": template.name if template else None,
    }
    batch = begun(session, BatchDeed.DRAFT, by=by, says=says)
    names = {one: session.get_one(Organisation, one).name for one in {group[0].platform_id for group in groups}}
    session.add_all(
        BatchRow(batch_id=batch.id, about=named(group) | {"platform": names[group[0].platform_id]}, reason={})
        for group in groups
    )
    session.flush()
    return batch


def everything(session: Session, by: Actor, grouping: Grouping) -> list[list[Entry]]:
    """What waits for a notice now, by notices."""
    drawn = joinedload(Finding.sample).joinedload(Sample.task).joinedload(Task.drawn)
    findings = session.scalars(findings_to_put_on(by).options(drawn).limit(MOST)).all()
    alike = session.scalars(waiting_for_a_notice(by).limit(MOST)).all()
    return grouped(findings, alike, grouping)


def in_notices(groups: Iterable[Sequence[Entry]]) -> Iterator[list[Entry]]:
    """No notice names a listing twice, or more listings than people can look through."""
    for group in groups:
        parts: list[dict[str, Entry]] = []
        for entry in group:
            free = (part for part in parts if entry.listing_id not in part and len(part) < ON_ONE)
            part = next(free, None)
            if part is None:
                parts.append(part := {})
            part[entry.listing_id] = entry
        yield from (list(part.values()) for part in parts)


def named(group: Sequence[Entry]) -> dict[str, Any]:
    return {
        "findings": [entry.finding.id for entry in group if entry.alike is None],
        "alike": [entry.alike.id for entry in group if entry.alike is not None],
    }


def begun(session: Session, deed: BatchDeed, *, by: Actor, says: Mapping[str, Any]) -> NoticeBatch:
    assert by.id is not None and by.organisation_id is not None, "a person, or their key, asks"
    batch = NoticeBatch(
        agency_id=by.organisation_id, deed=deed, asked_by_id=by.id, role=by.role.value, via=by.via,
        asked_at=clock.now(), says=dict(says),
    )  # fmt: skip
    session.add(batch)
    session.flush()
    return batch


# --- reads ---


class Progress(NamedTuple):
    many: int
    done: int
    refused: int


def one_batch(session: Session, actor: Actor, batch_id: int) -> NoticeBatch:
    """Of the own agency, for whoever drafts or approves its notices."""
    found = session.get(NoticeBatch, batch_id)
    works = actor.can(Can.NOTICE_DRAFT) or actor.can(Can.NOTICE_APPROVE)
    if found is None or not works or found.agency_id != actor.organisation_id:
        raise NotFound(str(batch_id))
    return found


def batches_of(session: Session, actor: Actor, limit: int = 20) -> list[tuple[NoticeBatch, Progress]]:
    """Of the own agency, the newest first."""
    of = sa.select(NoticeBatch).where(NoticeBatch.agency_id == actor.organisation_id)
    of = of.options(joinedload(NoticeBatch.asked_by)).order_by(NoticeBatch.id.desc()).limit(limit)
    found = list(session.scalars(of))
    counted = progress_of(session, [each.id for each in found])
    return [(each, counted[each.id]) for each in found]


def progress_of(session: Session, batches: Sequence[int]) -> dict[int, Progress]:
    of = (
        sa.select(
            BatchRow.batch_id,
            sa.func.count(),
            sa.func.count(BatchRow.done_at),
            sa.func.count(BatchRow.refusal),
        )
        .where(BatchRow.batch_id.in_(batches))
        .group_by(BatchRow.batch_id)
    )
    return dict.fromkeys(batches, Progress(0, 0, 0)) | {row[0]: Progress(*row[1:]) for row in session.execute(of)}


def rows_of(session: Session, batch: NoticeBatch, *, after: int = 0, limit: int = MOST) -> list[BatchRow]:
    """From the row behind `after`, with their notices."""
    of = sa.select(BatchRow).where(BatchRow.batch_id == batch.id, BatchRow.id > after)
    of = of.options(joinedload(BatchRow.notice).joinedload(Notice.platform))
    return list(session.scalars(of.order_by(BatchRow.id).limit(limit)))
