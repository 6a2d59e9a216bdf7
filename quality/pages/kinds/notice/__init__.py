"""The dossier of a disposal notice: for each listing what the platform says, and beside it what we saw."""

from __future__ import annotations

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session, joinedload, selectinload, with_expression

from quality.core import clock
from quality.core.events import Event
from quality.core.words import Text, _
from quality.core.workflow import name_of
from quality.delivery.operations import open_as_platform
from quality.delivery.queries import is_unproven, stands_unproven
from quality.lab.models import Finding
from quality.notices.models import REMOVAL_RULES, Notice, NoticeItem, NoticeStatus, Way
from quality.notices.operations import close, issue, reopen, send_back, submit, verify, withdraw
from quality.notices.queries import one_visible, visible_to
from quality.notices.workflow import APPROVE, ITEM_LIFE, LIFE, RETURN
from quality.pages.forms.editions import EDITION_DEEDS, EDITION_SHEETS
from quality.pages.forms.notices import LISTING_SHEETS, NOTICE_SHEETS
from quality.pages.forms.replying import REPLY_IN_PUBLIC
from quality.pages.kinds.narrowing import About, Narrowing, in_campaign
from quality.pages.kinds.notice.genuine import hash_of
from quality.pages.kinds.notice.listings import kept_from, named, number, read_what_was_said, title_in
from quality.pages.kinds.notice.panels import BESIDE, MAIN, drawn, opened
from quality.pages.kinds.shape import Dossier, Fact, Kind, Made, TimedParts, plain
from quality.pages.moments import apart, moment
from quality.pages.rechecks import SOON, next_due
from quality.pages.words import STATUSES, Party, Status, word
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can, Sees
from quality.purchases.models import Sample

UNDER_WAY = frozenset({"amend", "approve_edition", "drop_edition"})  # of an edition, before it is issued


def turn(notice: Notice, session: Session | None) -> Status | None:
    """A closed notice is looked at again: on the day it is the coordinator's turn, until then nobody's.

    One that nobody is known to have received after its time is the coordinator's too.
    """
    if stands_unproven(notice):
        reach = _("No proof that the platform has it: ask it to open it, or send it by post and record the receipt")
        if notice.unproven_by is Way.LETTER:
            reach = _("No proof that the platform has it: send cover letter and notice by post, record the receipt")
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


def untold(me: Actor) -> frozenset[str]:
    """Nor is a platform told of an edition that is not issued: what the agency means to say is no word of it yet."""
    return UNDER_WAY if me.sees is Sees.PLATFORM else frozenset()


def across(me: Actor) -> tuple[Text, str] | None:
    """The page over the listings of all notices: to look at, or to answer for."""
    if me.can(Can.ITEM_VERIFY):
        return _("Listings to verify"), url_for("looks.queue")
    return (_("Listings to answer"), url_for("answering.listed")) if me.can(Can.ITEM_ANSWER) else None


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
    before_me = opened(session, notice, me)
    return Dossier(
        heading=_("Disposal notice to %(platform)s", platform=notice.platform.name),
        facts=facts,
        is_sealed=notice.sealed_sha256 is not None,
        parts=notice.items,
        part_names={name_of(item): f"{place}. {named(item)}" for place, item in enumerate(notice.items, 1)},
        more={
            "arrives": me.can(Can.NOTICE_ACKNOWLEDGE) and notice.status == NoticeStatus.ISSUED,
            "main_panels": drawn(MAIN, before_me),
            "panels_beside": drawn(BESIDE, before_me),
        },
    )


ON_IT = sa.select(NoticeItem).where(NoticeItem.notice_id == Notice.id).correlate(Notice)
HOW_MANY = ON_IT.with_only_columns(sa.func.count()).scalar_subquery()
THE_FIRST = ON_IT.with_only_columns(NoticeItem.snapshot).order_by(NoticeItem.id).limit(1).scalar_subquery()


def heading(notice: Notice) -> Text:
    """To whom, and of what: notices to one platform are told apart by their goods. A single one is read without."""
    to, first = notice.platform.name, notice.first_of_them
    if not first:
        return to
    title, more = title_in(first), (notice.listings or 1) - 1
    if not more:
        return _("%(platform)s: %(title)s", platform=to, title=title)
    return _("%(platform)s: %(title)s, and %(more)s more", platform=to, title=title, more=more)


def many(me: Actor) -> tuple[Text, str] | None:
    works = me.can(Can.NOTICE_DRAFT) or me.can(Can.NOTICE_APPROVE)
    return (_("Many notices at once"), url_for("batches.listed")) if works else None


NOTICE = Kind(
    name="notice",
    title=_("Notices"),
    read=Can.NOTICE_READ,
    life=LIFE,
    model=Notice,
    visible_to=visible_to,
    one_visible=one_visible,
    number=number,
    heading=heading,
    beside=lambda notice: notice.agency.name,
    describe=describe,
    shown_from=shown_from,
    untold=untold,
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
        with_expression(Notice.listings, HOW_MANY),
        with_expression(Notice.first_of_them, THE_FIRST),
    ),
    begins=lambda me: (_("Draft disposal notices"), url_for("drafts.new")) if me.can(Can.NOTICE_DRAFT) else None,
    across=across,
    many=many,
    turn=turn,
    turned_to={Party.COORDINATOR: is_unproven()},
    stays_with=frozenset({Party.PLATFORM}),  # what nobody proved to be there is still to be opened
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
            _("Why it is withdrawn; of one that was issued the reason is drafted, and this is your note on it"),
        ),
    },
    follows=frozenset({"sealed", "serve", "answer", "ask_again", "reopen", "added"}),
    kept_from=kept_from,
    sheets={**NOTICE_SHEETS, **EDITION_SHEETS},
    deeds=EDITION_DEEDS,
    part_life=ITEM_LIFE,
    parts=lambda notice: notice.items,
    part_sheets=LISTING_SHEETS | {"reply": REPLY_IN_PUBLIC},
    part_makes={
        "verify": Made(lambda session, item, by, version, _note: verify(session, item, by=by, version=version)),
        "send_back": Made(
            lambda session, item, by, version, note: send_back(session, item, by=by, version=version, note=note)
        ),
        "reopen": Made(lambda session, item, by, version, _note: reopen(session, item, by=by, version=version)),
    },
)
