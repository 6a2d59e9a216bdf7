"""Mail to a subscriber, and what a server says to it.

Only what is said of the mailbox itself counts against the mailbox: a server that refuses us altogether, or finds
nothing good in what we write, ends nobody's subscription.
"""

from __future__ import annotations

import hashlib
import re
import smtplib
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from enum import Enum, auto
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from quality.core.config import Settings
from quality.delivery.mail import one_line, server

ENHANCED = re.compile(r"\d\.\d{1,3}\.\d{1,3}")  # RFC 3463
OF_THE_MAILBOX = ("5.1.", "5.2.")
OF_THE_SENDER = ("5.1.7", "5.1.8")
WITHOUT_A_MAILBOX = {550, 551, 552, 553}  # where a server says no more
PLAIN = policy.SMTP.clone(cte_type="7bit")  # every server on the way takes it
FOR_GOOD = 500  # from here on


class Outcome(Enum):
    TAKEN = auto()
    REFUSED = auto()  # this mailbox does not take it, and will not
    LATER = auto()
    AWAY = auto()  # no server to speak to: nobody's mail goes out now


class Written(NamedTuple):
    """What is said, in the language of who reads it."""

    subject: str
    text: str


def mail_of(settings: Settings, written: Written, *, to: str, about: str, link: str, at: datetime) -> bytes:
    """`about` names what is told to whom: the same mail, tried again, has the same Message-ID.

    `link` ends the subscription, by a POST of the mail program (RFC 8058) or by a button on its page.
    """
    assert settings.mail_from, "only where mail is configured"
    mail = EmailMessage(policy=PLAIN)
    mail["From"] = settings.mail_from
    mail["To"] = to
    mail["Subject"] = one_line(written.subject)
    mail["Date"] = format_datetime(at)
    host = urlsplit(settings.public_url).hostname or "localhost"
    mail["Message-ID"] = f"<{hashlib.sha256(about.encode()).hexdigest()[:32]}@{host}>"
    mail["List-Id"] = f"<results.{host}>"
    mail["List-Unsubscribe"] = f"<{link}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers
    mail.set_content(written.text)
    return mail.as_bytes()


class Post:
    """One connection, for as many mails as the server takes by it."""

    def __init__(self, settings: Settings) -> None:
        assert settings.smtp_url and settings.mail_from, "only where mail is configured"
        self._url, self._sender = settings.smtp_url, settings.mail_from
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._smtp is not None:
            self._smtp.close()

    def hand_over(self, address: str, mail: bytes) -> Outcome:
        try:
            if self._smtp is None or self._smtp.sock is None:
                self._smtp = server(self._url)
            self._smtp.sendmail(self._sender, [address], mail)
        except smtplib.SMTPRecipientsRefused as refused:
            status, said = next(iter(refused.recipients.values()))
            return outcome_of(status, said.decode(errors="replace"))
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError):
            return Outcome.LATER
        except (OSError, smtplib.SMTPException):
            return Outcome.AWAY
        return Outcome.TAKEN


def outcome_of(status: int, said: str) -> Outcome:
    """Of what a server answers to the address of a mailbox."""
    if status < FOR_GOOD:
        return Outcome.LATER
    if more := ENHANCED.match(said):
        is_theirs = more[0].startswith(OF_THE_MAILBOX) and more[0] not in OF_THE_SENDER
        return Outcome.REFUSED if is_theirs else Outcome.LATER
    return Outcome.REFUSED if status in WITHOUT_A_MAILBOX else Outcome.LATER
