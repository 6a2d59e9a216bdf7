"""An issued notice is amended, or listings of it are withdrawn: drafted beside it, approved by another person.

What is drafted binds nobody. The edition comes in force with its sealed document (notices/reissuing.py), and not
before; until then the one in force goes on as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.events import append
from quality.core.words import Reason, _
from quality.core.workflow import record, take
from quality.lab.models import Finding
from quality.likeness.models import Alike
from quality.notices.contents import snapshot_of, snapshot_of_alike
from quality.notices.editions import as_kept, compared, is_named, kind_of
from quality.notices.models import EditionKind, ItemKind, Measure, Notice, NoticeEdition
from quality.notices.operations.alike import cannot_be_put_on
from quality.notices.operations.drafting import is_free, wrong_measures, wrong_texts
from quality.notices.operations.grouping import Entry
from quality.notices.permit import permit
from quality.notices.workflow import WITH_THE_PLATFORM, no_edition_is_under_way, stands_as_nonconforming
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can

LONGEST_REASON = 2_000  # characters


def amend(
    session: Session,
    notice: Notice,
    *,
    by: Actor,
    reason: str,
    legal_basis: str,
    reasons: str,
    measures: Sequence[Measure | str],
    answer_to: str = "",
    how_to_object: str = "",
    withdrawn: Sequence[int] = (),
    findings: Sequence[Finding] = (),
    alike: Sequence[Alike] = (),
    version: int | None = None,
) -> NoticeEdition:
    """Draft the next edition of an issued notice, or draft it anew while nobody has approved it.

    It says all texts and measures as they are to be; `withdrawn` are the ids of items that it takes back, `findings`
    and `alike` listings that it adds. Who drafts it last may not approve it.
    """
    permit(by, Can.NOTICE_DRAFT, notice)
    assert by.id is not None, "only people draft"
    texts = {"legal_basis": legal_basis, "reasons": reasons, "answer_to": answer_to, "how_to_object": how_to_object}
    entries = [*(Entry(each) for each in findings), *(Entry(each.finding, each) for each in alike)]
    problems = [*wrong_texts(texts), *wrong_measures(measures), *wrong_reason(reason)]
    if problems := [*problems, *wrong_withdrawals(notice, withdrawn, entries), *wrong_listings(notice, entries)]:
        raise Invalid(*problems)
    seen = notice.version if version is None else version
    before = notice.proposed
    were, named = named_findings(before.added if before else ()), {entry.finding.id: entry.finding for entry in entries}
    dropped = [session.get_one(Finding, key) for key in were if key not in named]
    for finding in sorted([*named.values(), *dropped], key=lambda each: each.id):
        tell_the_finding(session, notice, finding, is_named=finding.id in named, was=finding.id in were, by=by)
    wording: dict[str, Any] = {name: text.strip() for name, text in texts.items()}
    wording["measures"] = [str(Measure(each)) for each in measures]
    added = [kept(session, entry) for entry in entries]
    edition = before.edition if before else notice.edition + 1
    told = {"edition": edition, "withdrawn": sorted(withdrawn), "added": [each["listing_id"] for each in added]}
    record(session, notice, "amend", by=by, version=seen, details=told)
    if no := cannot_be_amended(notice, by):
        raise Refused.because(no)
    refuse_what_stands_elsewhere(session, notice, entries, by=by)
    found = compared(notice, wording, withdrawn, added)
    if not found:
        raise Invalid(FieldProblem("reason", "nothing_changed", _("Change something, or leave the notice as it is")))
    made = notice.proposed or NoticeEdition(notice_id=notice.id, edition=edition)
    made.kind, made.reason, made.wording = kind_of(withdrawn, added), reason.strip(), wording
    made.withdrawn, made.added, made.changed = sorted(withdrawn), added, as_kept(found)
    made.drafted_by_id, made.drafted_at = by.id, clock.now()
    session.add(made)
    session.flush()
    session.expire(notice, ["proposed"])
    return made


def draft_withdrawal(
    session: Session, notice: Notice, reason: str, *, by: Actor, version: int | None = None
) -> NoticeEdition:
    """Draft that an issued notice is taken back as a whole, and why. It goes on until another person withdraws it."""
    permit(by, Can.NOTICE_DRAFT, notice)
    assert by.id is not None, "only people draft"
    if problems := list(wrong_reason(reason)):
        raise Invalid(*problems)
    edition, seen = notice.edition + 1, notice.version if version is None else version
    told = {"edition": edition, "kind": str(EditionKind.WITHDRAWAL)}
    record(session, notice, "amend", by=by, version=seen, details=told)  # no platform reads of it yet
    if no := cannot_be_withdrawn(notice, by):
        raise Refused.because(no)
    made = NoticeEdition(
        notice_id=notice.id, edition=edition, kind=EditionKind.WITHDRAWAL, reason=reason.strip(), wording={},
        withdrawn=[], added=[], changed=[], drafted_by_id=by.id, drafted_at=clock.now(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.expire(notice, ["proposed"])
    return made


def approve_edition(session: Session, notice: Notice, *, by: Actor, version: int | None = None, note: str = "") -> None:
    """Another person than the drafter stands for it; a job then prints and seals it, and so it comes in force."""
    permit(by, Can.NOTICE_APPROVE, notice)
    proposed, seen = notice.proposed, notice.version if version is None else version
    findings = [session.get_one(Finding, key) for key in sorted(named_findings(proposed.added))] if proposed else []
    for finding in findings:
        take(session, finding, None)
        append(session, finding, "amendment_approved", actor=by.signature, details={"notice": notice.number})
    told = {"edition": proposed.edition} if proposed else {}
    record(session, notice, "approve_edition", by=by, version=seen, note=note, details=told)
    if no := cannot_be_approved(notice, by):
        raise Refused.because(no)
    for finding in findings:
        if no := stands_as_nonconforming(finding):
            raise Refused.because(no)
    assert notice.proposed, "it can be approved"
    notice.proposed.approved_by_id, notice.proposed.approved_at = by.id, clock.now()
    session.flush()


def drop_edition(session: Session, notice: Notice, reason: str, *, by: Actor, version: int | None = None) -> None:
    """The next edition is not issued. Its drafter takes it back, or a reviewer refuses it: with a reason."""
    permit(by, Can.NOTICE_APPROVE if by.can(Can.NOTICE_APPROVE) else Can.NOTICE_DRAFT, notice)
    if not reason.strip():
        raise Invalid(FieldProblem("reason", "missing", _("Say why this edition is not issued")))
    proposed, seen = notice.proposed, notice.version if version is None else version
    for key in sorted(named_findings(proposed.added) if proposed else ()):
        tell_the_finding(session, notice, session.get_one(Finding, key), is_named=False, was=True, by=by)
    told = {"edition": proposed.edition} if proposed else {}
    record(session, notice, "drop_edition", by=by, version=seen, note=reason.strip(), details=told)
    if no := nothing_to_drop(notice, by):
        raise Refused.because(no)
    put_away(session, notice)


def put_away(session: Session, notice: Notice) -> None:
    """What was proposed is over. The notice was taken."""
    assert notice.proposed, "there is one"
    notice.proposed.dropped_at = clock.now()
    session.flush()
    session.expire(notice, ["proposed"])


# --- what stands in the way ---


def cannot_be_amended(notice: Notice, _actor: Actor) -> Reason | None:
    if notice.status not in WITH_THE_PLATFORM:
        return Reason("not_in_force", _("Only a notice that was issued, and is not closed or withdrawn, is amended"))
    return being_issued(notice) or being_withdrawn(notice)


def cannot_be_withdrawn(notice: Notice, actor: Actor) -> Reason | None:
    """Before its withdrawal is drafted. What is drafted already is decided on first: a notice has one next edition."""
    if notice.status not in WITH_THE_PLATFORM:
        text = _("Only of a notice that was issued, and is not closed or withdrawn, a withdrawal is drafted")
        return Reason("not_in_force", text)
    return being_issued(notice) or being_withdrawn(notice) or no_edition_is_under_way(notice, actor)


def being_withdrawn(notice: Notice) -> Reason | None:
    if notice.proposed and notice.proposed.kind is EditionKind.WITHDRAWAL:
        text = _("Its withdrawal is drafted; have the notice withdrawn, or the withdrawal refused or taken back")
        return Reason("withdrawal_drafted", text)
    return None


def being_issued(notice: Notice) -> Reason | None:
    if notice.proposed and notice.proposed.approved_at:
        return Reason("being_issued", _("The next edition is approved and is being issued"))
    return None


def nothing_to_drop(notice: Notice, _actor: Actor) -> Reason | None:
    return being_issued(notice) if notice.proposed else Reason("nothing_proposed", _("No edition waits for approval"))


def cannot_be_approved(notice: Notice, actor: Actor) -> Reason | None:
    if notice.proposed is None:
        return Reason("nothing_proposed", _("No edition waits for approval"))
    if notice.proposed.drafted_by_id == actor.id:
        return Reason("same_person", _("Someone other than the drafter must approve"))
    return cannot_be_amended(notice, actor)


def wrong_reason(reason: str) -> Iterator[FieldProblem]:
    if not reason.strip():
        yield FieldProblem("reason", "missing", _("Say why: the reason stands first on what the platform gets"))
    if len(reason) > LONGEST_REASON:
        yield FieldProblem("reason", "too_long", _("Keep to %(most)s characters", most=LONGEST_REASON))


def wrong_withdrawals(notice: Notice, withdrawn: Sequence[int], entries: Sequence[Entry]) -> Iterator[FieldProblem]:
    there = {item.id for item in notice.items if is_named(item)}
    if not set(withdrawn) <= there:
        yield FieldProblem("withdrawn", "unknown_listing", _("Choose listings that this notice names"))
    elif set(withdrawn) == there and not entries:
        text = _("This takes back every listing; have the notice withdrawn instead")
        yield FieldProblem("withdrawn", "last_listing", text)


def wrong_listings(notice: Notice, entries: Sequence[Entry]) -> Iterator[FieldProblem]:
    there = {item.listing_id for item in notice.items}
    for entry in entries:
        field = "alike" if entry.alike else "findings"
        if entry.platform_id != notice.platform_id:
            yield FieldProblem(field, "other_platform", _("Choose listings of the platform that this notice goes to"))
        elif entry.listing_id in there:
            text = _("%(listing)s is or was on this notice already, or twice in this edition", listing=entry.listing_id)
            yield FieldProblem(field, "listing_twice", text)
        there.add(entry.listing_id)


def refuse_what_stands_elsewhere(session: Session, notice: Notice, entries: Iterable[Entry], *, by: Actor) -> None:
    """The findings were taken; of what else may stand on two notices at once, one at a time is asked."""
    session.execute(sa.select(Organisation.id).where(Organisation.id == notice.agency_id).with_for_update())
    for entry in entries:
        no = stands_as_nonconforming(entry.finding)
        if entry.alike:
            no = no or cannot_be_put_on(session, entry.alike, but=notice.id)
        else:
            no = no or is_free(entry.finding, by, but=notice.id)
        if no:
            raise Refused.because(no)


# --- what is kept ---


def named_findings(added: Iterable[Mapping[str, Any]]) -> set[int]:
    return {int(each["finding"]) for each in added}


def kept(session: Session, entry: Entry) -> dict[str, Any]:
    """A listing that is added, as it stands at this decision."""
    tested = snapshot_of(session, entry.finding)
    snapshot = snapshot_of_alike(tested, entry.alike) if entry.alike else tested
    return {
        "finding": str(entry.finding.id),
        "alike": str(entry.alike.id) if entry.alike else None,
        "kind": str(entry.alike.kind) if entry.alike else str(ItemKind.TESTED),
        "listing_id": entry.listing_id,
        "snapshot": snapshot,
    }


def tell_the_finding(
    session: Session, notice: Notice, finding: Finding, *, is_named: bool, was: bool, by: Actor
) -> None:
    """In the finding's record: a next edition names it, names it again, or does so no more. It is taken with it."""
    permit(by, Can.NOTICE_READ, finding)
    take(session, finding, None)
    action = "taken_off_notice" if not is_named else "named_again" if was else "put_on_notice"
    append(session, finding, action, actor=by.signature, details={"notice": notice.number})
