"""Who was told that a sample was taken, as its page and a platform's pages show it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.words import Text, _
from quality.documents.models import Document
from quality.documents.queries import with_code
from quality.informing.models import Call, Outcome, ReachTry, SampleMailLine, SampleNotice
from quality.informing.queries import calls_to, first_openings, notices_of, tries_of
from quality.objections.models import Party
from quality.pages.moments import moment
from quality.pages.words import Tone, word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Sample


class Line(NamedTuple):
    """One party, when it was told, what is known of its receipt, and what a person tried."""

    notice: SampleNotice
    who: Text
    sent: Text
    opened: Text
    tone: str
    state: Text
    tries: list[Text]
    mails: list[Text]


def panel(session: Session, sample: Sample, me: Actor) -> list[Line]:
    """For the people of the agency; buyers do not deal with sellers."""
    if not me.can(Can.OBJECTION_READ):
        return []
    notices = notices_of(session, sample)
    keys = [each.id for each in notices]
    opened, tries, calls = first_openings(session, keys), tries_of(session, keys), calls_to(session, keys)
    return [
        line(each, opened.get(each.id), tries.get(each.id, []), [called(call) for call in calls.get(each.id, [])])
        for each in notices
    ]


def line(notice: SampleNotice, opened_at: datetime | None, tries: list[ReachTry], mails: list[Text]) -> Line:
    tone, state = state_of(notice, tries, clock.now())
    sent = _("told %(at)s", at=moment(notice.sent_at))
    if notice.links > 1:
        at = moment(notice.link_sent_at)
        sent = _(
            "told %(at)s, %(many)s links, the last %(last)s", at=moment(notice.sent_at), many=notice.links, last=at
        )
    opened: Text = ""
    if opened_at:
        opened = _("opened first %(at)s", at=moment(opened_at))
    return Line(
        notice,
        f"{word('objecting_party', notice.party)}: {notice.addressee}",
        sent,
        opened,
        tone,
        state,
        [said_of(each) for each in tries],
        mails,
    )


def called(each: SampleMailLine) -> Text:
    """A mail to the desk of the platform, and whether its mail server took it: more of it nobody knows."""
    mail = each.mail
    at = moment(mail.delivered_at or mail.made_at)
    match each.call:
        case Call.TOLD:
            said = _("mailed to its desk %(at)s", at=at)
        case Call.REMINDER:
            said = _("reminded by mail %(at)s", at=at)
        case Call.LAST_REMINDER:
            said = _("reminded by mail once more %(at)s", at=at)
    if mail.delivered_at:
        return said
    state = _("its mailbox did not take it") if mail.dead_at else _("on its way")
    return f"{said} ({state})"


def said_of(each: ReachTry) -> Text:
    said = _("%(at)s, %(way)s: %(outcome)s", at=moment(each.at), way=word("told_way", each.way),
             outcome=word("told_outcome", each.outcome))  # fmt: skip
    return f"{said}{_('; ')}{each.note}" if each.note else said


def state_of(notice: SampleNotice, tries: list[ReachTry], now: datetime) -> tuple[str, Text]:
    if notice.received_at and notice.proof:
        how = word("told_proof", notice.proof)
        return Tone.OK, _("received %(at)s: %(how)s", at=moment(notice.received_at), how=how)
    if tries and tries[-1].outcome is Outcome.REFUSED:
        return Tone.BAD, word("told_outcome", Outcome.REFUSED)
    if tries:
        return Tone.BAD, word("told_outcome", Outcome.UNREACHABLE)
    if notice.expires_at and notice.expires_at <= now:
        return Tone.WARN, _("its link has expired")
    return Tone.WAIT, _("not confirmed yet")


def paper_of(session: Session, notice: SampleNotice) -> Document:
    """What they were told: the document whose code the notice bears, made or not yet."""
    return with_code(session, notice.code)[0]


def about(session: Session, notice: SampleNotice) -> dict[str, Any]:
    """What a page draws of a notice for who was told."""
    paper = paper_of(session, notice)
    return {"notice": notice, "says": paper.says, "paper": paper, "party": Party(notice.party)}
