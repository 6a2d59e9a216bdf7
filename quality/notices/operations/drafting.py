"""From confirmed findings to issued notices, one a platform or one a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, object_session

from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.events import append
from quality.core.numbers import next_number, next_numbers
from quality.core.words import Reason, _
from quality.core.workflow import begin, perform, record, take
from quality.lab.models import Finding
from quality.likeness.models import Alike
from quality.notices.contents import snapshot_of, snapshot_of_alike
from quality.notices.editions import named_by_a_proposal
from quality.notices.models import (
    ItemKind,
    Measure,
    Notice,
    NoticeItem,
    NoticeKind,
    NoticeStatus,
    stands_on_a_notice,
)
from quality.notices.operations.grouping import (
    Entry,
    Grouping,
    grouped,
    refuse_what_is_on_a_notice,
    tell_the_findings,
)
from quality.notices.operations.templates import InForce
from quality.notices.permit import permit
from quality.notices.texts import english_for, fill
from quality.notices.versions import keep_version
from quality.notices.workflow import ISSUE, SUBMIT, stands_as_nonconforming
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can

LONGEST = 10_000  # characters of one text of a notice
ALL_MEASURES = tuple(Measure)


def draft_notices(
    session: Session,
    findings: Sequence[Finding],
    *,
    by: Actor,
    kind: NoticeKind | str,
    legal_basis: str,
    reasons: str,
    measures: Sequence[Measure | str] = ALL_MEASURES,
    answer_to: str = "",
    how_to_object: str = "",
    alike: Sequence[Alike] = (),
    grouping: Grouping | str = Grouping.PLATFORM,
    template: InForce | None = None,
    reasons_untested: str = "",
) -> list[Notice]:
    """Draft one notice a platform, or one a platform and finding, with the tested listing of each finding on it, and
    the confirmed listings that are `alike`, each on a notice to its own platform.

    `reasons_untested` are the reasons of a notice with no tested listing on it. In all texts `{agency}` and
    `{platform}` are filled in; what is left as the `template` has it, its courtesy copy says in English.

    Each finding is taken first, in the order of their ids: of two people who draft from one finding, the second waits
    for the first and is then told on which notice it stands. What is alike is asked about once the references are
    given, which one of two who draft gets first: whatever findings it is like, a listing is put on once.
    """
    permit(by, Can.NOTICE_DRAFT)
    assert by.id is not None and by.organisation is not None, "only people of an agency draft"
    texts = {"legal_basis": legal_basis, "reasons": reasons, "answer_to": answer_to, "how_to_object": how_to_object}
    refuse_what_cannot_be_drafted(
        kind, texts, measures, also=[*wrong_choice(findings, alike, grouping), *too_long(reasons_untested)]
    )
    groups = grouped(findings, alike, Grouping(grouping))
    tested = {finding.id for finding in findings}
    for _id, finding in sorted({entry.finding.id: entry.finding for group in groups for entry in group}.items()):
        permit(by, Can.NOTICE_DRAFT, finding)
        take(session, finding, None)
        if reason := stands_as_nonconforming(finding) or (is_free(finding, by) if finding.id in tested else None):
            raise Refused.because(reason)
    references = next_numbers(session, by.organisation.code, "ND", len(groups))
    refuse_what_is_on_a_notice(session, groups, agency_id=by.organisation.id)
    notices, told = [], set[int]()
    for reference, group in zip(references, groups, strict=True):
        tell_the_findings(session, group, reference, told, by=by)
        platform_id = group[0].platform_id
        notice = Notice(
            reference=reference,
            kind=NoticeKind(kind),
            agency_id=by.organisation.id,
            platform_id=platform_id,
            measures=[Measure(measure) for measure in measures],
            drafted_by_id=by.id,
            **worded(
                session,
                by.organisation,
                group,
                texts,
                reasons_untested=reasons_untested.strip(),
                template=template,
            ),
        )
        begin(session, notice, by=by, details={"kind": notice.kind, "platform": platform_id})
        put_on(session, notice, group, by=by)
        notices.append(notice)
    return notices


def worded(
    session: Session,
    agency: Organisation,
    group: Sequence[Entry],
    texts: Mapping[str, str],
    *,
    reasons_untested: str,
    template: InForce | None,
) -> dict[str, Any]:
    """The texts of one notice as it says them, and where its template has them in English."""
    typed = {name: text.strip() for name, text in texts.items()}
    if reasons_untested and all(entry.alike for entry in group):
        typed["reasons"] = reasons_untested
    values = {"agency": agency.name, "platform": session.get_one(Organisation, group[0].platform_id).name}
    english = english_for(template.says, typed, values) if template else {}
    kept = {"template_id": template.id if template else None, "english": english}
    return {name: fill(text, values) for name, text in typed.items()} | kept


def revise(
    session: Session,
    notice: Notice,
    *,
    by: Actor,
    kind: NoticeKind | str,
    legal_basis: str,
    reasons: str,
    measures: Sequence[Measure | str],
    answer_to: str = "",
    how_to_object: str = "",
    version: int | None = None,
) -> None:
    """Change what a draft says. Who revises it is its drafter from now on: they may not approve it."""
    permit(by, Can.NOTICE_DRAFT, notice)
    texts = {"legal_basis": legal_basis, "reasons": reasons, "answer_to": answer_to, "how_to_object": how_to_object}
    if problems := [*wrong_kind(kind), *wrong_texts(texts), *wrong_measures(measures)]:
        raise Invalid(*problems)
    if notice.status != NoticeStatus.DRAFT:
        raise Refused("wrong_status", _("Only a draft can be changed; have it returned first"))
    facts: dict[str, Any] = {name: text.strip() for name, text in texts.items()}
    facts |= {"kind": NoticeKind(kind), "measures": [Measure(measure) for measure in measures]}
    changed = sorted(name for name, value in facts.items() if getattr(notice, name) != value)
    record(
        session,
        notice,
        "revise",
        by=by,
        version=notice.version if version is None else version,
        details={"changed": changed},
        facts={**facts, "drafted_by_id": by.id},
    )


def take_off(
    session: Session,
    notice: Notice,
    items: Sequence[int],
    *,
    by: Actor,
    version: int | None = None,
    note: str = "",
) -> None:
    """Take listings, by the ids of their items, off a draft. Their findings may be put on another notice.

    Each finding is taken first, as in `draft_notices`. Who takes one off is the drafter from now on, as in `revise`.
    """
    permit(by, Can.NOTICE_DRAFT, notice)
    if notice.status != NoticeStatus.DRAFT:
        raise Refused("wrong_status", _("Only a draft can be changed; have it returned first"))
    seen = notice.version if version is None else version
    chosen = [item for item in notice.items if item.id in set(items)]
    if seen == notice.version and (problems := list(wrong_listings(notice, items))):
        raise Invalid(*problems)
    details = {  # before anything is taken: whoever was first may have taken these listings off
        "listings": [item.listing_id for item in chosen],
        "findings": [item.finding.number for item in chosen],
    }
    for finding in sorted({item.finding for item in chosen}, key=lambda finding: finding.id):
        take(session, finding, None)
        append(session, finding, "taken_off_notice", actor=by.signature, details={"notice": notice.reference})
    record(session, notice, "take_off", by=by, version=seen, note=note, details=details, facts={"drafted_by_id": by.id})
    for item in chosen:
        session.delete(item)
    session.flush()
    session.expire(notice, ["items"])


def wrong_listings(notice: Notice, items: Sequence[int]) -> Iterator[FieldProblem]:
    there = {item.id for item in notice.items}
    if not items:
        yield FieldProblem("listings", "missing", _("Choose at least one listing"))
    elif not set(items) <= there:
        yield FieldProblem("listings", "unknown_listing", _("Choose listings of this notice"))
    elif set(items) == there:
        text = _("The last listing stays on the notice; have the notice withdrawn instead")
        yield FieldProblem("listings", "last_listing", text)


def submit(session: Session, notice: Notice, *, by: Actor, version: int | None = None, note: str = "") -> None:
    """Hand the draft to a reviewer, and keep it as it is now: the next review begins with what changed since."""
    perform(session, notice, SUBMIT, by=by, version=version, note=note)
    keep_version(session, notice)


def put_on(session: Session, notice: Notice, entries: Sequence[Entry], *, by: Actor) -> None:
    """Add each listing, as it stands now."""
    tested: dict[int, dict[str, Any]] = {}
    for finding, alike in entries:
        if finding.id not in tested:
            tested[finding.id] = snapshot_of(session, finding)
        item = NoticeItem(
            notice_id=notice.id,
            finding_id=finding.id,
            kind=ItemKind(alike.kind) if alike else ItemKind.TESTED,
            snapshot=snapshot_of_alike(tested[finding.id], alike) if alike else tested[finding.id],
        )
        item.listing_id = item.snapshot["listing"]["listing_id"]
        begin(session, item, by=by, details={"finding": finding.number} | ({"alike": alike.id} if alike else {}))


def is_free(finding: Finding, _actor: Actor, *, but: int | None = None) -> Reason | None:
    """A finding that stands may be on one live notice as the tested listing, not on two, nor named by a next edition
    of another than `but`."""
    session = object_session(finding)
    assert session, "nothing is asked of a row that no session knows"
    there = (
        sa.select(Notice.reference)
        .join(NoticeItem)
        .where(NoticeItem.finding_id == finding.id, NoticeItem.kind == ItemKind.TESTED)
        .where(stands_on_a_notice())
    )
    reference = session.scalars(there.limit(1)).one_or_none()
    if reference := reference or named_by_a_proposal(session, finding.agency_id, "finding", finding.id, but=but):
        text = _("Finding %(number)s stands on notice %(notice)s already", number=finding.number, notice=reference)
        return Reason("already_on_notice", text)
    return None


def refuse_what_cannot_be_drafted(
    kind: str, texts: dict[str, str], measures: Sequence[str], also: Sequence[FieldProblem] = ()
) -> None:
    if problems := [*also, *wrong_kind(kind), *wrong_texts(texts), *wrong_measures(measures)]:
        raise Invalid(*problems)


def wrong_choice(findings: Sequence[Finding], alike: Sequence[Alike], grouping: str) -> Iterator[FieldProblem]:
    if not findings and not alike:
        yield FieldProblem("findings", "missing", _("Choose at least one confirmed finding"))
    if grouping not in set(Grouping):
        text = _("Choose one notice a platform, or one a finding")
        yield FieldProblem("grouping", "unknown_grouping", text)
    if grouping == Grouping.PLATFORM:
        yield from two_of_one_listing(findings)


def two_of_one_listing(findings: Sequence[Finding]) -> Iterator[FieldProblem]:
    seen: set[tuple[int, str]] = set()
    for drawn in (finding.sample.purchase.drawn for finding in {finding.id: finding for finding in findings}.values()):
        if (listing := (drawn.platform_id, drawn.listing_id)) in seen:
            text = _("Two findings are about listing %(listing)s; draft a notice for each", listing=drawn.listing_id)
            yield FieldProblem("findings", "listing_twice", text)
        seen.add(listing)


def wrong_kind(kind: str) -> Iterator[FieldProblem]:
    if kind not in set(NoticeKind):
        yield FieldProblem("kind", "unknown_kind", _("Choose order or notice"))


def wrong_texts(texts: dict[str, str]) -> Iterator[FieldProblem]:
    if not texts["legal_basis"].strip():
        yield FieldProblem("legal_basis", "missing", _("Enter the provisions that the notice rests on"))
    if not texts["reasons"].strip():
        yield FieldProblem("reasons", "missing", _("Enter the reasons, citing the provision"))
    for field, text in texts.items():
        if len(text) > LONGEST:
            yield FieldProblem(field, "too_long", _("Keep to %(most)s characters", most=LONGEST))


def too_long(reasons_untested: str) -> Iterator[FieldProblem]:
    if len(reasons_untested) > LONGEST:
        yield FieldProblem("reasons_untested", "too_long", _("Keep to %(most)s characters", most=LONGEST))


def wrong_measures(measures: Sequence[str]) -> Iterator[FieldProblem]:
    if not measures:
        yield FieldProblem("measures", "missing", _("Choose at least one thing that the platform must do"))
    if unknown := [measure for measure in measures if measure not in set(Measure)]:
        text = _("There is no measure %(unknown)s; choose from %(known)s", unknown=unknown[0], known=", ".join(Measure))
        yield FieldProblem("measures", "unknown_measure", text)


def issue(session: Session, notice: Notice, *, by: Actor, version: int | None = None) -> None:
    """Give the notice its number. This transaction only counts; a job then seals the document and issues it."""
    perform(
        session,
        notice,
        ISSUE,
        by=by,
        version=version,
        facts=lambda: {"number": next_number(session, notice.agency.code, "N")},
    )
