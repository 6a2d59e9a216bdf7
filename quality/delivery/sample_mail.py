"""One mail calls the desk of a platform to the samples of which it was told: new ones, and those that nobody opened.

It says how many, of which agency, and where they stand; of the goods it says nothing, for a mail is read on its way.
It proves nothing (0090). A desk gets one an hour at most: told of ten samples one by one it is not called ten times,
and who is told in the morning reads of it the same morning. What is due is taken and its mail written in one
transaction, under a lock on the platform: of two who see it one writes it. What is written is sent until it is taken,
by the schedule of webhooks; who dies over it leaves the same mail to the next, under the same Message-ID.
"""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, sessionmaker

from quality.clocks.queries import calendar
from quality.core import clock
from quality.core.config import Settings
from quality.core.words import Text, _, in_each_language
from quality.delivery.endpoints import hold
from quality.delivery.mail import BESIDE, one_line, post
from quality.delivery.models import Contact
from quality.delivery.post import Answer
from quality.delivery.sending import LEASE, Jitter, is_due, wait_after
from quality.delivery.telling import new_id
from quality.informing.calls import ORDER, after, since
from quality.informing.models import Call, SampleMail, SampleMailLine, SampleNotice

log = logging.getLogger("mingcha.delivery")

GATHERED = timedelta(minutes=10)  # whoever tells one after the other makes one mail of it
PAUSE = timedelta(hours=1)  # between two mails to one desk
AT_ONCE = 50  # mails, and platforms
MOST = 1_000  # notices of one mail; the others an hour later
UNSEEN = {"synchronize_session": False}
Called = Mapping[str, int]  # by the name of the agency, how many samples


def call_about_samples(sessions: sessionmaker[Session], settings: Settings, *, jitter: Jitter = random.random) -> int:
    """Write what is due and send what is written; returns how many tries were made."""
    if not settings.sends_mail:
        return 0
    write_what_is_due(sessions, settings)
    return send_due(sessions, settings, jitter=jitter)


# --- what is written ---


def write_what_is_due(sessions: sessionmaker[Session], settings: Settings) -> int:
    """How many mails were written. One that cannot be written keeps no other from it."""
    with sessions() as session:
        platforms = session.scalars(platforms_to_call(clock.now())).all()
    written = 0
    for platform_id in platforms:
        try:
            with sessions.begin() as session:
                written += write(session, settings, platform_id)
        except Exception:
            log.exception("the desk of platform %s was not called to its samples", platform_id)
    return written


def platforms_to_call(now: datetime) -> sa.Select[int]:
    """Those whose desk reads mail, to which something is due, and who were left in peace for a while."""
    waits = sa.exists().where(
        SampleNotice.platform_id == Contact.platform_id,
        SampleNotice.call_at <= now - GATHERED,
        SampleNotice.received_at.is_(None),
    )
    lately = sa.exists().where(SampleMail.platform_id == Contact.platform_id, SampleMail.made_at > now - PAUSE)
    return sa.select(Contact.platform_id).where(waits, ~lately).order_by(Contact.platform_id).limit(AT_ONCE)


def write(session: Session, settings: Settings, platform_id: int) -> bool:
    """The mail of one platform, and in the same breath that it was written; False if another was first."""
    hold(session, platform_id)
    now = clock.now()
    if platform_id not in session.scalars(platforms_to_call(now).where(Contact.platform_id == platform_id)).all():
        return False
    contact, known = session.get_one(Contact, platform_id), calendar(session)
    taken: list[tuple[SampleNotice, Call]] = []
    for notice in session.scalars(called_now(platform_id, now)):
        assert notice.call_at, "it was asked for"
        notice.calls, notice.call_at = coming = since(notice.calls, notice.call_at, contact.since_at, known)
        if coming.at is not None and coming.at <= now:
            taken.append((notice, ORDER[coming.calls]))
            notice.calls, notice.call_at = after(coming.calls + 1, now, known)
    if not taken:
        return False
    mail = SampleMail(
        platform_id=platform_id, message_id=new_id(), address=contact.email, made_at=now, next_try_at=now, tries=0
    )
    mail.body = drafted(settings, mail, counted(taken))
    session.add(mail)
    session.flush()
    session.add_all(SampleMailLine(mail_id=mail.id, notice_id=notice.id, call=call) for notice, call in taken)
    return True


def called_now(platform_id: int, now: datetime) -> sa.Select[SampleNotice]:
    """All that is due by now, the newest too: it goes with the same mail."""
    due = SampleNotice.call_at <= now, SampleNotice.received_at.is_(None)
    asked = sa.select(SampleNotice).where(SampleNotice.platform_id == platform_id, *due)
    return asked.options(joinedload(SampleNotice.agency)).order_by(SampleNotice.call_at, SampleNotice.id).limit(MOST)


class Counted(NamedTuple):
    new: Called
    unopened: Called


def counted(taken: Sequence[tuple[SampleNotice, Call]]) -> Counted:
    new = Counter(notice.agency.name for notice, call in taken if call is Call.TOLD)
    return Counted(new, Counter(notice.agency.name for notice, call in taken if call is not Call.TOLD))


def drafted(settings: Settings, mail: SampleMail, counts: Counted) -> bytes:
    """In 中文 and English, as plain text."""
    assert settings.mail_from, "only where mail is configured"
    agencies = {*counts.new, *counts.unopened}
    many = sum(counts.new.values()) + sum(counts.unopened.values())
    title = in_each_language(_("Notices that samples were taken") if counts.new else _("Notices that nobody opened"))
    said = EmailMessage()
    said["From"] = settings.mail_from
    said["To"] = mail.address
    prefix = f"【{one_line(next(iter(agencies)))}】" if len(agencies) == 1 else ""
    said["Subject"] = f"{prefix}{title['zh']} ({many}) / {title['en']} ({many})"
    said["Date"] = format_datetime(mail.made_at)
    said["Message-ID"] = f"<{mail.message_id}@{urlsplit(settings.public_url).hostname}>"
    said["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers
    said.set_content("\n\n----\n\n".join(text_in(each, settings.public_url, counts) for each in ("zh", "en")) + "\n")
    return said.as_bytes(policy=policy.SMTP)


def text_in(language: str, public_url: str, counts: Counted) -> str:
    def say(text: Text) -> str:
        return in_each_language(text)[language]

    def lines(called: Called) -> list[str]:
        return [say(_("%(agency)s: %(count)s", agency=name, count=many)) for name, many in sorted(called.items())]

    parts: list[str] = []
    if counts.new:
        parts += [say(_("You were told that goods of your listings were taken as samples. How many, and by whom:"))]
        parts += [*lines(counts.new), ""]
    if counts.unopened:
        parts += [say(_("Nobody of yours has opened these yet, of which you were told before:"))]
        parts += [*lines(counts.unopened), ""]
    parts += [say(_("Read them here, signed in:")), f"{public_url}/desk/told/", ""]
    parts += [
        say(_("This mail is a call and no proof of receipt. Who opens a notice there, signed in, has received it."))
    ]
    return "\n".join(parts)


# --- how it goes out ---


class Errand(NamedTuple):
    """One try that was claimed. No transaction is open while it goes out."""

    mail_id: int
    claimed_until: datetime
    address: str
    body: bytes


def send_due(sessions: sessionmaker[Session], settings: Settings, *, jitter: Jitter = random.random) -> int:
    with sessions() as session:
        due = sa.select(SampleMail.id).where(is_due(clock.now(), SampleMail)).order_by(SampleMail.next_try_at)
        waiting = session.scalars(due.limit(AT_ONCE)).all()
    if not waiting:
        return 0

    def one(mail_id: int) -> int:
        errand = claim(sessions, mail_id)
        if errand is None:
            return 0
        settle(sessions, errand, post(settings, errand.address, errand.body), jitter)
        return 1

    with ThreadPoolExecutor(BESIDE, "samples") as pool:
        return sum(pool.map(one, waiting))


def claim(sessions: sessionmaker[Session], mail_id: int) -> Errand | None:
    """Of two who see one, one gets it."""
    now = clock.now()
    taking = sa.update(SampleMail).where(SampleMail.id == mail_id, is_due(now, SampleMail))
    taking = taking.values(tries=SampleMail.tries + 1, claimed_until=now + LEASE)
    with sessions.begin() as session:
        row = session.execute(
            taking.returning(SampleMail.address, SampleMail.body), execution_options=UNSEEN
        ).one_or_none()
    return Errand(mail_id, now + LEASE, row[0], row[1]) if row else None


def settle(sessions: sessionmaker[Session], errand: Errand, answer: Answer, jitter: Jitter) -> None:
    """What came of a try. Of one whose time was up meanwhile only that it was taken: the rest is another's now."""
    now = clock.now()
    with sessions.begin() as session:
        mail = session.get_one(SampleMail, errand.mail_id, with_for_update=True)
        if answer.is_taken:
            mail.delivered_at = mail.delivered_at or now
            mail.next_try_at = mail.claimed_until = mail.dead_at = None
        elif mail.claimed_until == errand.claimed_until:
            mail.claimed_until = None
            wait = wait_after(mail.tries, jitter)
            mail.next_try_at, mail.dead_at = (now + wait, None) if wait else (None, now)
