"""What the dossier of a disposal notice holds: findings, listings with all that was said and seen, deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.differences import Change
from quality.core.events import Event, Note
from quality.core.words import Text, _
from quality.core.workflow import name_of
from quality.delivery.queries import Told, receipts_of, told_of
from quality.documents.press import has_digit
from quality.notices.contents import as_known
from quality.notices.editions import as_changes, editions_of
from quality.notices.models import Notice, NoticeItem, NoticeVersion
from quality.notices.second import looks_told
from quality.notices.thread import EntryKind, ThreadEntry
from quality.pages.casefile.sections import (
    Section,
    at,
    clocks_section,
    held_section,
    papers_section,
    record_section,
    section,
)
from quality.pages.editions import who
from quality.pages.kinds import KINDS
from quality.pages.kinds.notice.history import Entry, history
from quality.pages.kinds.notice.listings import named, read_what_was_said
from quality.pages.moments import apart
from quality.pages.words import STATUSES, status_of_item, word
from quality.pages.words.delivery import MESSAGES, PROBLEMS, of_delivery
from quality.people.actor import Actor

SAYS: dict[EntryKind, Text] = {
    EntryKind.QUESTION: _("Question"),
    EntryKind.OBJECTION: _("Objection"),
    EntryKind.ANSWER: _("Answer"),
    EntryKind.DECISION: _("Decision"),
}
RESULTS: tuple[Text, ...] = (
    _("Test item"),
    _("Measured"),
    _("Limit"),
    _("Verdict"),
    _("Laboratory"),
    _("Report"),
)
NOBODY = None  # of whom it is asked what they may know: whoever opens the paper


def sections_of_a_notice(session: Session, notice: Notice, me: Actor) -> dict[str, Any]:
    """In the language that is spoken now."""
    read_what_was_said(session, notice)
    called: dict[str, Text] = {name_of(item): f"{place}. {named(item)}" for place, item in enumerate(notice.items, 1)}
    known = as_known(session, notice.items)
    return {
        "heading": str(_("Disposal notice to %(platform)s", platform=notice.platform.name)),
        "sections": [
            facts(notice),
            findings(notice.items, known),
            listings(notice.items),
            versions(session, notice),
            editions(session, notice),
            receipts(session, notice),
            sent(told_of(session, notice)),
            thread(session, notice, called),
            clocks_section(session, [notice, *notice.items], called),
            held_section(session, KINDS["notice"], notice, me),
            papers_section(session, (Notice.__tablename__, notice.id)),
            record_section(session, notice, me, called),
        ],
    }


def facts(notice: Notice) -> Section:
    rows = [
        (_("Status"), STATUSES["notice"][notice.status].word),
        (_("Kind"), word("notice_kind", notice.kind)),
        (_("From"), notice.agency.name),
        (_("To"), notice.platform.name),
        (_("Legal basis"), notice.legal_basis),
        (_("Reasons"), notice.reasons),
        (_("To be done"), apart().join(str(word("measure", code)) for code in notice.measures)),
        (_("Answer to"), notice.answer_to),
        (_("How to object"), notice.how_to_object),
        (_("Issued"), at(notice.issued_at)),
        (_("Receipt proven"), at(notice.served_at)),
        (_("Platform's reference"), notice.platform_reference),
        (_("Verification code"), notice.verification_code),
        (_("Hash of what it says"), notice.sealed_sha256),
    ]
    return section(_("Facts"), (), [row for row in rows if row[1]])


def findings(items: Sequence[NoticeItem], known: dict[int, dict[str, Any]]) -> Section:
    """What the laboratory found, item by item, as it stands today."""
    subs, told = [], set[int]()
    for item in items:
        if item.finding_id in told:
            continue
        told.add(item.finding_id)
        says, product = known[item.id], known[item.id]["product"]
        rows = [result_row(each, says) for each in says["results"]]
        batch = _("batch %(batch)s", batch=product["batch"]) if product.get("batch") else ""
        title = " · ".join(filter(None, map(str, (item.finding.number, product["name"], batch))))
        subs.append(section(title, RESULTS, rows))
    return section(_("Findings"), (), (), subs)


def result_row(result: dict[str, Any], says: dict[str, Any]) -> tuple[object, ...]:
    unit = result.get("unit", "") if has_digit(result["value"]) else ""
    measured = f"{result['value']} {unit}".strip()
    by, report = result.get("laboratory") or says.get("laboratory"), result.get("report_no") or says.get("report_no")
    return result["item"], measured, result["limit"], word("verdict", result["verdict"]), by, report


def listings(items: Sequence[NoticeItem]) -> Section:
    """Each listing, and below it everything that was said and seen, the oldest first."""
    head = (_("Moment"), _("Who"), _("What"), _("More"), _("Evidence (SHA-256)"))
    subs = []
    for place, item in enumerate(items, 1):
        entries = history(item, looks_told(item, NOBODY), {})
        subs.append(section(f"{place}. {named(item)}", head, [entry_row(each) for each in entries]) | about(item))
    return section(_("Listings"), (), (), subs)


def about(item: NoticeItem) -> dict[str, Any]:
    """What stands above the table of a listing."""
    listing = item.snapshot["listing"]
    words = [
        status_of_item(item.status, item.notice.status).word,
        word("item_kind", item.kind),
        word("excuse", item.excuse) if item.excuse else "",
        listing["shop"],
        listing["uscc"],
        item.listing_id,
        listing["url"],
    ]
    return {"about": " · ".join(str(each) for each in words if each)}


def entry_row(entry: Entry) -> tuple[object, ...]:
    who = _("The platform says") if entry.is_said else _("What we saw")
    more = apart().join(map(str, entry.lines))
    return at(entry.at), who, entry.says, more, "\n".join(proof.sha256 for proof in entry.proofs)


def versions(session: Session, notice: Notice) -> Section:
    """As it was submitted for review, each time."""
    asked = sa.select(NoticeVersion).where(NoticeVersion.notice_id == notice.id).order_by(NoticeVersion.edition)
    rows = [(each.edition, at(each.submitted_at)) for each in session.scalars(asked)]
    return section(_("Versions submitted for review"), (_("Edition"), _("Submitted")), rows)


def editions(session: Session, notice: Notice) -> Section:
    """As it was issued and changed since, with what each changed and who made it; the oldest first."""
    rows = [
        (
            each.edition,
            word("edition_kind", each.kind),
            at(each.issued_at),
            each.reason,
            "\n".join(
                f"{change_of(change)}: {change.old or '—'} → {change.new or '—'}" for change in as_changes(each.changed)
            ),
            apart().join(str(text) for text in who(each)),
        )
        for each in reversed(editions_of(session, notice))
    ]
    head = (_("Edition"), _("Kind"), _("Issued"), _("Reason"), _("What changed"), _("Who"))
    return section(_("Editions"), head, rows)


def change_of(change: Change) -> str:
    return " ".join(filter(None, (str(word("draft", change.field)), change.of)))


def receipts(session: Session, notice: Notice) -> Section:
    rows = [
        (at(each.received_at), word("channel", each.channel), each.proof.get("receipt_no", ""))
        for each in receipts_of(session, notice)
    ]
    return section(_("Proof of receipt"), (_("Moment"), _("Channel"), _("Number")), rows)


def sent(told: Sequence[Told]) -> Section:
    """Each message with each try, the oldest first."""
    rows: list[tuple[object, ...]] = []
    for message, deliveries in reversed(told):
        first = (at(message.made_at), MESSAGES[message.type], word("medium", message.medium))
        for each in deliveries:
            to = each.endpoint.url if each.endpoint else each.address
            tries = "\n".join(tried(attempt) for attempt in each.attempts)
            rows.append((*first, to, of_delivery(each).word, tries, message.sha256))
        if not deliveries:
            rows.append((*first, "", _("The platform has no endpoint that was there then"), "", message.sha256))
    head = (_("Moment"), _("Message"), _("Channel"), _("To"), _("State"), _("Tries"), "SHA-256")
    return section(_("Sent to the platform"), head, rows)


def tried(attempt: Any) -> str:
    problem = PROBLEMS[attempt.problem] if attempt.problem else ""
    return " ".join(str(each) for each in (at(attempt.at), attempt.status or "", problem) if each)


def thread(session: Session, notice: Notice, called: dict[str, Text]) -> Section:
    """Questions, objections, answers and decisions of both sides, with their words."""
    asked = (
        sa.select(ThreadEntry, Note.text)
        .outerjoin(
            Event,
            sa.and_(
                Event.subject_type == Notice.__tablename__,
                Event.subject_id == ThreadEntry.notice_id,
                Event.seq == ThreadEntry.seq,
            ),
        )
        .outerjoin(Note, Note.digest == Event.note_digest)
        .where(ThreadEntry.notice_id == notice.id)
        .order_by(ThreadEntry.id)
    )
    rows = []
    for entry, text in session.execute(asked):
        side = notice.platform.name if entry.side == "platform" else notice.agency.name
        about = called.get(f"{NoticeItem.__tablename__}:{entry.item_id}", "")
        rows.append((at(entry.at), side, SAYS[entry.kind], about, text))
    head = (_("Moment"), _("Who"), _("Kind"), _("Listing"), _("What it says"))
    return section(_("Questions and objections"), head, rows)
