"""The dossier of a disposal notice: for each listing what the platform says, and beside it what we saw."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import url_for
from markupsafe import Markup
from sqlalchemy.orm import Session, joinedload, object_session, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from quality.core import clock
from quality.core.events import Event
from quality.core.words import Text, _
from quality.core.workflow import name_of
from quality.delivery.operations import open_as_platform
from quality.delivery.queries import is_unproven, receipts_of, stands_unproven, told_of
from quality.documents.models import DocumentKind
from quality.documents.queries import latest_of
from quality.evidence.models import Exhibit
from quality.lab.models import Finding
from quality.notices.contents import as_known
from quality.notices.models import REMOVAL_RULES, Claim, Look, Notice, NoticeItem, NoticeStatus
from quality.notices.operations import close, issue, reopen, send_back, submit, verify, withdraw
from quality.notices.queries import one_visible, visible_to
from quality.notices.second import is_kept_from, looks_told
from quality.notices.versions import since_last_review
from quality.notices.workflow import APPROVE, ITEM_LIFE, LIFE, RETURN, own_proofs_since
from quality.pages.forms.answers import Said, unsaid, waiting
from quality.pages.forms.notices import LISTING_SHEETS, NOTICE_SHEETS
from quality.pages.judging import Row, overtaken, weights_of
from quality.pages.kinds.narrowing import About, Narrowing, in_campaign
from quality.pages.kinds.shape import Dossier, Fact, Kind, Made, TimedParts, plain
from quality.pages.moments import apart, moment
from quality.pages.qr import qr_of
from quality.pages.rechecks import SOON, next_due, rounds
from quality.pages.reviewing import Review, review
from quality.pages.words import STATUSES, Party, Status, Tone, word
from quality.pages.words.delivery import MESSAGES, of_delivery
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can, Sees
from quality.purchases.models import Sample
from quality.web import settings

ENDED = {NoticeStatus.CLOSED, NoticeStatus.WITHDRAWN}
URGENT = ("returned", "reopened", "open", "claimed", "excused", "verified")  # first what needs an answer


class Side(NamedTuple):
    """One side of a listing: said by the platform, or seen by us."""

    tone: Tone
    says: Text
    lines: list[Text]


class Genuine(NamedTuple):
    code: str
    address: str  # here
    full_address: str  # on paper
    picture: Markup  # the full address as a QR code
    sha256: str | None


class Listing(NamedTuple):
    item: NoticeItem
    place: int
    status: Status
    shown: dict[str, Any]
    failed: list[Row]
    said: Side
    seen: Side


def number(notice: Notice) -> str:
    return notice.number or notice.reference


def said(item: NoticeItem) -> Side:
    claim = item.claims[-1] if item.claims else None
    if claim is None:
        return Side(Tone.WAIT, _("No answer yet"), [])
    lines: list[Text] = [_("said %(moment)s", moment=moment(claim.received_at))]
    if claim.acted_at:
        lines.append(_("acted %(moment)s", moment=moment(claim.acted_at)))
    if claim.units_sold is not None:
        lines.append(_("%(count)s sold", count=claim.units_sold))
    if claim.swept:
        lines.append(_("of the same product swept: %(count)s", count=len(claim.swept)))
    if claim.reason:
        lines.append(claim.reason)
    return Side(Tone.SAID, word("outcome", claim.outcome), lines)


def seen(item: NoticeItem, me: Actor) -> Side:
    if is_kept_from(item, me.id) and me.sees is Sees.AGENCY:
        return Side(Tone.WAIT, _("Kept until you have looked"), [_("Drawn for a second look: somebody has looked")])
    looks = looks_told(item, me.id)
    look = looks[-1] if looks else None
    if look is None:
        return Side(Tone.WAIT, _("Not looked at yet"), [])
    lines: list[Text] = [_("looked %(moment)s", moment=moment(look.seen_at))]
    if look.reason:
        lines.append(look.reason)
    if item.excuse:
        lines.append(word("excuse", item.excuse))
    if not look.gone:
        return Side(Tone.BAD, _("Still on sale"), lines)
    if STATUSES["notice_item"][item.status].tone is Tone.SEEN:
        return Side(Tone.SEEN, _("Verified: gone"), lines)
    return Side(Tone.OK, _("Was gone when we looked"), lines)


def listings(session: Session, notice: Notice, me: Actor) -> dict[int, Listing]:
    """By the ids of their items, first what needs an answer."""
    known = as_known(session, notice.items)
    results = {key: (said["results"], said["first_results"]) for key, said in known.items()}
    decides = me.sees is not Sees.PLATFORM  # how the agency weighs an item is nothing that a platform answers for
    weights = weights_of(session, notice.agency_id, *chain(*results.values())) if decides else {}
    found = [
        Listing(
            item,
            place,
            STATUSES["notice_item"][item.status],
            known[item.id],
            [row for row in overtaken(*results[item.id], weights) if row.is_bad],
            said(item),
            seen(item, me),
        )
        for place, item in enumerate(notice.items, 1)
    ]
    found.sort(key=lambda listing: URGENT.index(listing.item.status))
    return {listing.item.id: listing for listing in found}


def kept_from(notice: Notice, me: Actor) -> set[int]:
    """The pictures of a first look, until this reader has looked too."""
    session = object_session(notice)
    assert session is not None, "it was read"
    drawn = sa.select(NoticeItem).join(NoticeItem.claims).where(NoticeItem.notice_id == notice.id, Claim.is_drawn)
    return {
        proof.id
        for item in session.scalars(drawn.distinct())
        if is_kept_from(item, me.id)
        for proof in own_proofs_since(item, item.claims[-1].received_at)
    }


def named(item: NoticeItem) -> str:
    return str(item.snapshot["listing"]["title"] or item.snapshot["product"]["name"])


def hash_of(session: Session, notice: Notice) -> str | None:
    """Of the PDF, by which /verify finds it; of a notice from before there were any, of what it says."""
    document = latest_of(session, notice, DocumentKind.DISPOSAL_NOTICE) if notice.issued_at else None
    return document.sha256 if document else notice.sealed_sha256


def genuine(notice: Notice, sha256: str | None) -> Genuine | None:
    """How anybody checks it; None before it is issued."""
    if notice.verification_code is None:
        return None
    code = notice.verification_code
    everywhere = settings().public_url + url_for("verify.answer", code=code, lang=None)  # in print it has no language
    return Genuine(code, url_for("verify.answer", code=code), everywhere, qr_of(everywhere), sha256)


def answering(notice: Notice, me: Actor) -> list[Said]:
    """The forms of the listings that wait for this reader's answer."""
    may = me.can(Can.ITEM_ANSWER) and me.stands_over(notice) and notice.status not in ENDED
    return unsaid(waiting(notice)) if may else []


def reviewed(session: Session, notice: Notice) -> Review | None:
    """What the draft is compared with, and the differences; None where there is nothing to review any more."""
    if notice.status not in {NoticeStatus.DRAFT, NoticeStatus.IN_REVIEW}:
        return None
    found = since_last_review(session, notice)
    return review("draft", found, in_words, is_first=notice.status == NoticeStatus.IN_REVIEW)


def in_words(field: str, value: str | None) -> Text:
    """A value of a draft (notices/versions.py) as people read it."""
    if value is None or value == "":
        return "—"
    codes = {"kind": "notice_kind", "measure": "measure"}
    return word(codes[field], value) if field in codes else value


def read_what_was_said(session: Session, notice: Notice) -> None:
    """Its listings with their claims, looks, findings and proofs, each read once, however many there are.

    They are hung on the notice: what nobody holds, the session forgets and asks for again.
    """
    asked = sa.select(NoticeItem).where(NoticeItem.notice_id == notice.id).order_by(NoticeItem.id)
    asked = asked.options(
        selectinload(NoticeItem.claims),
        selectinload(NoticeItem.looks).joinedload(Look.by),
        selectinload(NoticeItem.exhibits).joinedload(Exhibit.holding),
        joinedload(NoticeItem.finding),
    )
    set_committed_value(notice, "items", list(session.scalars(asked)))


def turn(notice: Notice, session: Session | None) -> Status | None:
    """A closed notice is looked at again: on the day it is the coordinator's turn, until then nobody's.

    One that nobody is known to have received after its time is the coordinator's too.
    """
    if stands_unproven(notice):
        reach = _("No proof that the platform has it: ask it to open it, or send it by post and record the receipt")
        return STATUSES["notice"][notice.status]._replace(has_it=Party.COORDINATOR, to_do=reach)
    if session is None or notice.status != NoticeStatus.CLOSED or (due := next_due(session, notice)) is None:
        return None
    status = STATUSES["notice"][notice.status]
    if due <= clock.now() + SOON:
        return status._replace(has_it=Party.COORDINATOR, to_do=_("Look again whether the listing stays down"))
    return status._replace(to_do=_("Nothing for now; the listings are looked at again on the days below"))


def shown_from(session: Session, notice: Notice, me: Actor) -> int:
    """To a platform the record begins with the issue: how the agency came to the notice is its own affair."""
    if me.sees is not Sees.PLATFORM:
        return 1
    asked = sa.select(sa.func.min(Event.seq)).where(
        Event.subject_type == "notice", Event.subject_id == notice.id, Event.new_status == "issued"
    )
    return session.scalars(asked).one() or 1


def describe(session: Session, notice: Notice, me: Actor) -> Dossier:
    facts = [
        Fact(_("Kind"), word("notice_kind", notice.kind)),
        Fact(_("From"), notice.agency.name),
        Fact(_("To"), notice.platform.name),
        Fact(_("Legal basis"), notice.legal_basis),
        Fact(_("Reasons"), notice.reasons),
        Fact(_("To be done"), apart().join(str(word("measure", code)) for code in notice.measures)),
        Fact(_("Answer to"), notice.answer_to or "—"),
        Fact(_("How to object"), notice.how_to_object or "—"),
    ]
    if notice.issued_at is not None:
        facts.append(Fact(_("Issued"), moment(notice.issued_at)))
    if notice.platform_reference:
        facts.append(Fact(_("Platform's reference"), notice.platform_reference, is_code=True))
    sha256 = hash_of(session, notice)
    if sha256:
        facts.append(Fact(_("Hash of the document"), sha256, is_code=True))
    if me.sees is Sees.PLATFORM:
        open_as_platform(session, notice, by=me)
    read_what_was_said(session, notice)
    to_answer = answering(notice, me)
    return Dossier(
        heading=_("Disposal notice to %(platform)s", platform=notice.platform.name),
        facts=facts,
        is_sealed=notice.sealed_sha256 is not None,
        parts=notice.items,
        part_names={name_of(item): f"{place}. {named(item)}" for place, item in enumerate(notice.items, 1)},
        more={
            "listings": listings(session, notice, me),
            "tally": Counter(item.status for item in notice.items),
            "item_statuses": STATUSES["notice_item"],
            "reviewed": reviewed(session, notice),
            "is_issued": notice.issued_at is not None,
            "rechecks": rounds(session, notice, me),
            "receipts": receipts_of(session, notice),
            "told": told_of(session, notice),
            "of_delivery": of_delivery,
            "message_words": MESSAGES,
            "genuine": genuine(notice, sha256),
            "answering": to_answer,
            "answered_here": {each.item.id for each in to_answer},
            "preview": url_for("drafts.preview", number=number(notice)),
        },
    )


NOTICE = Kind(
    name="notice",
    title=_("Notices"),
    read=Can.NOTICE_READ,
    life=LIFE,
    model=Notice,
    visible_to=visible_to,
    one_visible=one_visible,
    number=number,
    heading=lambda notice: notice.platform.name,
    beside=lambda notice: notice.agency.name,
    describe=describe,
    shown_from=shown_from,
    has_clock=True,
    timed_parts=TimedParts(NoticeItem, NoticeItem.notice_id, REMOVAL_RULES, lambda item: item.listing_id),
    numbers=(Notice.number, Notice.reference),
    narrowed_by={
        "campaign": in_campaign(Notice, Notice.items, NoticeItem.finding, Finding.sample, Sample.task),
        "platform": Narrowing(
            lambda code: sa.select(Notice.id).join(Notice.platform).where(Organisation.code == code),
            lambda code: Notice.platform.has(code=code),
        ),
    },
    about=About(Notice, Notice.id, Notice.id.in_, Can.NOTICE_READ),
    shown_with=(
        joinedload(Notice.platform),
        joinedload(Notice.agency),
        selectinload(Notice.asked_again),
    ),
    begins=lambda me: (_("Draft disposal notices"), url_for("drafts.new")) if me.can(Can.NOTICE_DRAFT) else None,
    across=lambda me: (_("Listings to verify"), url_for("looks.queue")) if me.can(Can.ITEM_VERIFY) else None,
    turn=turn,
    turned_to={Party.COORDINATOR: is_unproven()},
    makes={
        "submit": Made(
            lambda session, notice, by, version, note: submit(session, notice, by=by, version=version, note=note),
            _("Note for the reviewer"),
        ),
        "return": plain(RETURN, _("What is to be changed")),
        "approve": plain(APPROVE),
        "issue": Made(lambda session, notice, by, version, _note: issue(session, notice, by=by, version=version)),
        "close": Made(lambda session, notice, by, version, _note: close(session, notice, by=by, version=version)),
        "withdraw": Made(
            lambda session, notice, by, version, note: withdraw(session, notice, note, by=by, version=version),
            _("Why it is withdrawn"),
            must=True,
        ),
    },
    follows=frozenset({"sealed", "serve", "answer", "ask_again", "reopen"}),
    kept_from=kept_from,
    sheets=NOTICE_SHEETS,
    part_life=ITEM_LIFE,
    parts=lambda notice: notice.items,
    part_sheets=LISTING_SHEETS,
    part_makes={
        "verify": Made(lambda session, item, by, version, _note: verify(session, item, by=by, version=version)),
        "send_back": Made(
            lambda session, item, by, version, note: send_back(session, item, by=by, version=version, note=note)
        ),
        "reopen": Made(lambda session, item, by, version, _note: reopen(session, item, by=by, version=version)),
    },
)
