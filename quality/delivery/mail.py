"""Mail to the desks of platforms: it calls somebody to the portal, and proves nothing.

In 中文 with English below, as plain text; the sealed document of an issued notice is attached. What is mailed is kept
byte for byte, and tried by the schedule of webhooks.
"""

from __future__ import annotations

import random
import smtplib
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from quality.clocks.models import Clock
from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.config import Settings
from quality.core.withholding import withheld
from quality.core.words import Text, _, in_each_language
from quality.delivery.models import Contact, Delivery, Medium, Message, MessageType, Problem
from quality.delivery.post import Answer, tls_context
from quality.delivery.sending import LEASE, Errand, Jitter, Tried, claim, is_due, settle
from quality.delivery.telling import (
    AMENDED,
    Happened,
    each_by_itself,
    listing_of,
    message_of,
    on_its_way,
    untold,
)
from quality.documents.models import Document, DocumentKind
from quality.documents.queries import latest_asked, latest_of, open_document
from quality.documents.readers import Reader
from quality.evidence.vault import vault_from
from quality.notices.models import Notice, NoticeItem, NoticeStatus

TIMEOUT = 20.0  # seconds, for each word of the mail server
AT_ONCE, BESIDE = 50, 4
FOR_ITS_PAPER = timedelta(minutes=10)
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


# --- what is written ---


def tell_by_mail(sessions: sessionmaker[Session], settings: Settings, now: datetime, since: datetime) -> int:
    """Write every mail that is missing of what happened from `since` on; returns how many this run wrote."""
    if not settings.sends_mail:
        return 0
    missing = untold(sessions, Medium.EMAIL, now, since)
    return each_by_itself(missing, lambda happened: write(sessions, settings, happened))


def write(sessions: sessionmaker[Session], settings: Settings, happened: Happened) -> bool:
    """The mail and its way to the mailbox; False if another was first. The document is read with nothing open."""
    with sessions() as session:
        notice = session.get_one(Notice, happened.notice_id)
        contact = session.get(Contact, notice.platform_id)
        document = paper_with(session, notice, happened)
        if contact is None or (document is not None and is_awaited(document, happened)):
            return False
        mail = drafted(session, settings, notice, happened)
        platform_id, address = notice.platform_id, contact.email
        session.expunge_all()
    if document is not None and document.sha256 is not None:
        attach(mail, settings, document)
    return keep(sessions, settings, Posted(happened, platform_id, mail, [address]))


class Posted(NamedTuple):
    """A mail that is written: what it tells, whose organisation is told, and at which addresses."""

    happened: Happened
    organisation_id: int
    mail: EmailMessage
    addresses: Sequence[str]


def keep(sessions: sessionmaker[Session], settings: Settings, posted: Posted) -> bool:
    """Put it on its way, byte for byte as it will be sent; False if another was first."""
    happened, mail = posted.happened, posted.mail
    mail["To"] = ", ".join(posted.addresses)
    message = message_of(happened.type, posted.organisation_id, happened.at, b"", Medium.EMAIL)
    host = urlsplit(settings.public_url).hostname
    mail["Message-ID"] = f"<{message.webhook_id}@{host}>"
    message.set_body(mail.as_bytes(policy=policy.SMTP))
    message.notice_id, message.cause = happened.notice_id, happened.cause
    try:
        with sessions.begin() as session:
            session.add(message)
            session.flush()
            session.add_all([on_its_way(message, address=address) for address in posted.addresses])
    except IntegrityError:
        return False
    return True


def paper_with(session: Session, notice: Notice, happened: Happened) -> Document | None:
    """What goes with the mail: the notice in force, or of a withdrawal its own paper, made or not."""
    if happened.type is MessageType.ISSUED:
        return latest_of(session, notice, DocumentKind.DISPOSAL_NOTICE)
    if happened.type is MessageType.CLOSED:
        return latest_asked(session, notice, DocumentKind.NOTICE_WITHDRAWAL)
    return None


def is_awaited(document: Document, happened: Happened) -> bool:
    """A paper that is being printed is waited for a while; then the mail goes without it."""
    return document.sha256 is None and clock.now() < happened.at + FOR_ITS_PAPER


def drafted(session: Session, settings: Settings, notice: Notice, happened: Happened) -> EmailMessage:
    says = in_each_language(words(session, notice, happened))
    title = AMENDED_TITLE if happened.action == AMENDED else TITLES[happened.type]
    is_over = happened.type is MessageType.CLOSED
    read = in_each_language(_("Read it here, signed in:") if is_over else _("Read and answer it here, signed in:"))
    proves = in_each_language(_("This mail is a call and no proof of receipt; periods run from the proven receipt."))
    address = f"{settings.public_url}/desk/notice/{notice.number}"
    parts = ["\n".join((says[each], "", read[each], address, "", proves[each])) for each in ("zh", "en")]
    return mail_of(settings, notice, title, withheld(session, notice, parts))


def mail_of(settings: Settings, notice: Notice, titled: Text, parts: Sequence[str]) -> EmailMessage:
    """From the agency of a notice about it, in 中文 and English: what is said stands in `parts`, in this order."""
    assert settings.mail_from, "only where mail is configured"
    title, mail = in_each_language(titled), EmailMessage()
    mail["From"] = settings.mail_from
    mail["Subject"] = f"【{one_line(notice.agency.name)}】{title['zh']} {notice.number} / {title['en']} {notice.number}"
    mail["Date"] = format_datetime(clock.now())
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers
    mail.set_content("\n\n----\n\n".join(parts) + "\n")
    return mail


def one_line(text: str) -> str:
    """A name that stands in a header: no line of it begins another header."""
    return " ".join(text.split())


TITLES: dict[MessageType, Text] = {
    MessageType.ISSUED: _("Disposal notice"),
    MessageType.RETURNED: _("Answer again:"),
    MessageType.REOPENED: _("On sale again:"),
    MessageType.REMINDER: _("A period ends:"),
    MessageType.CLOSED: _("Ended:"),
    MessageType.SAID: _("Asked or answered:"),
}
AMENDED_TITLE = _("New edition of disposal notice")


def words(session: Session, notice: Notice, happened: Happened) -> Text:
    """What happened, in a sentence."""
    number, agency = notice.number, notice.agency.name
    match happened.type:
        case MessageType.RETURNED | MessageType.REOPENED:
            item = listing_of(session, happened)
            assert item, "it is of a listing"
            if happened.type is MessageType.RETURNED:
                text = _("What was said of listing %(listing)s does not hold. Notice %(number)s asks you again.",
                         listing=item.listing_id, number=number)  # fmt: skip
            else:
                text = _("Listing %(listing)s is on sale again. Notice %(number)s asks you again.",
                         listing=item.listing_id, number=number)  # fmt: skip
        case MessageType.REMINDER:
            period = session.get_one(Clock, happened.clock_id)
            at = f"{period.due_at.astimezone(BEIJING):%Y-%m-%d %H:%M}"
            is_over = happened.cause.endswith(":over")
            item = listing_of(session, happened)
            text = period_of(item, number, at, is_over) if item else period_of_all(number, at, is_over)
        case MessageType.SAID:
            text = _("%(agency)s has asked, answered or decided something about notice %(number)s.",
                     agency=agency, number=number)  # fmt: skip
        case MessageType.CLOSED:
            if notice.status is NoticeStatus.WITHDRAWN:
                text = _("%(agency)s has withdrawn notice %(number)s.", agency=agency, number=number)
            else:
                text = _("%(agency)s has closed notice %(number)s.", agency=agency, number=number)
        case _ if happened.action == AMENDED:
            text = _("%(agency)s has issued edition %(edition)s of disposal notice %(number)s, attached. It takes the "
                     "place of the one before and says first what changed.",
                     agency=agency, number=number, edition=notice.edition)  # fmt: skip
        case _:
            text = _("%(agency)s has issued disposal notice %(number)s to %(platform)s.",
                     agency=agency, number=number, platform=notice.platform.name)  # fmt: skip
    return text


def period_of_all(number: str | None, at: str, is_over: bool) -> Text:
    if is_over:
        return _("A period of notice %(number)s ended at %(at)s Beijing time.", number=number, at=at)
    return _("A period of notice %(number)s ends at %(at)s Beijing time.", number=number, at=at)


def period_of(item: NoticeItem, number: str | None, at: str, is_over: bool) -> Text:
    said = {"number": number, "listing": item.listing_id, "at": at}
    if is_over:
        return _("The time for listing %(listing)s of notice %(number)s ended at %(at)s Beijing time.", **said)
    return _("The time for listing %(listing)s of notice %(number)s ends at %(at)s Beijing time.", **said)


def attach(mail: EmailMessage, settings: Settings, document: Document) -> None:
    with open_document(vault_from(settings.evidence_url), document, Reader.PLATFORM) as file:
        pdf = file.read()
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"{document.number}.pdf")


# --- how it goes out ---


def send_due_mail(sessions: sessionmaker[Session], settings: Settings, *, jitter: Jitter = random.random) -> int:
    """Try each mail whose time has come. Returns how many tries were made."""
    with sessions() as session:
        due = sa.select(Delivery.id).where(Delivery.endpoint_id.is_(None), is_due(clock.now()))
        waiting = session.scalars(due.order_by(Delivery.next_try_at).limit(AT_ONCE)).all()
    if not waiting:
        return 0

    def one(delivery_id: int) -> int:
        errand = claim_mail(sessions, delivery_id)
        if errand is None:
            return 0
        settle(sessions, [Tried(errand, post(settings, errand.url, errand.body))], jitter)
        return 1

    with ThreadPoolExecutor(BESIDE, "mail") as pool:
        return sum(pool.map(one, waiting))


def claim_mail(sessions: sessionmaker[Session], delivery_id: int) -> Errand | None:
    now = clock.now()
    with sessions.begin() as session:
        if not claim(session, [delivery_id], now):
            return None
        sent = sa.select(Message.webhook_id, Message.body, Delivery.address).join(Delivery.message)
        webhook_id, body, address = session.execute(sent.where(Delivery.id == delivery_id)).one()
    return Errand(delivery_id, now + LEASE, webhook_id, body, address or "")


def post(settings: Settings, address: str, mail: bytes) -> Answer:
    """One mail to the server of this installation."""
    began = time.monotonic()
    answer = hand_over(settings, address, mail)
    return answer._replace(duration_ms=round((time.monotonic() - began) * 1000))


def hand_over(settings: Settings, address: str, mail: bytes) -> Answer:
    if settings.smtp_url is None or settings.mail_from is None:
        return Answer(None, Problem.NOT_CONFIGURED)
    try:
        with server(settings.smtp_url) as smtp:
            smtp.sendmail(settings.mail_from, [address], mail)
    except smtplib.SMTPRecipientsRefused as refused:
        status, said = next(iter(refused.recipients.values()))
        return Answer(status, Problem.MAIL_REFUSED, text=said.decode(errors="replace"))
    except smtplib.SMTPResponseException as refused:
        said = refused.smtp_error if isinstance(refused.smtp_error, bytes) else str(refused.smtp_error).encode()
        return Answer(refused.smtp_code, Problem.MAIL_REFUSED, text=said.decode(errors="replace"))
    except TimeoutError:
        return Answer(None, Problem.TIMEOUT)
    except smtplib.SMTPNotSupportedError:
        return Answer(None, Problem.TLS)
    except (OSError, smtplib.SMTPException):
        return Answer(None, Problem.NO_CONNECTION)
    return Answer(250)


def server(url: str) -> smtplib.SMTP:
    """Signed in where the address says as whom, and never in the clear over a network."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "smtps":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT, context=tls_context())
    else:
        smtp = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT)
    try:
        smtp.ehlo()
        if parts.scheme == "smtp" and smtp.has_extn("starttls"):
            smtp.starttls(context=tls_context())
            smtp.ehlo()
        elif parts.scheme == "smtp" and parts.username and host not in LOOPBACK:
            raise smtplib.SMTPNotSupportedError("a password is not said in the clear")
        if parts.username:
            smtp.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        smtp.close()
        raise
    return smtp
