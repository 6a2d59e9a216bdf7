"""What the program reaches over the network, beside the database and the vault."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

from quality.core.words import _
from quality.delivery.mail import server
from quality.doctor.finding import Finding, fault, ok, warning
from quality.doctor.told import Told
from quality.evidence.clamd import Away, version


def look(told: Told) -> Iterator[Finding]:
    yield from mail(told)
    yield from scanner(told)


def scanner(told: Told) -> Iterator[Finding]:
    url = told.settings.clamd_url
    if url is None or "CLAMD_URL" in told.unusable:
        yield ok("scanner", _("Files are not scanned for viruses: CLAMD_URL is not set"))
        return
    try:
        yield ok("scanner", _("The virus scanner answers: %(version)s", version=version(url)))
    except Away as failed:
        said = _("The virus scanner does not answer (%(why)s): what comes is kept, and scanned later", why=failed)
        yield warning("scanner", said, _("Look whether clamd runs, and whether CLAMD_URL names where it listens"))


def mail(told: Told) -> Iterator[Finding]:
    if told.settings.smtp_url is None or "SMTP_URL" in told.unusable:
        yield ok("mail", _("No mail is sent: SMTP_URL is not set"))
        return
    try:
        with server(told.settings.smtp_url) as smtp:
            smtp.noop()
    except smtplib.SMTPAuthenticationError:
        yield fault("mail", _("The mail server does not take our password"), _("Look at user and password in SMTP_URL"))
    except smtplib.SMTPNotSupportedError:
        said = _("The mail server offers no TLS, and a password is not said in the clear")
        yield fault("mail", said, _("Use smtps://…, or a server that offers STARTTLS"))
    except (OSError, smtplib.SMTPException) as failed:
        said = _("The mail server does not answer: %(why)s", why=type(failed).__name__)
        yield fault("mail", said, _("Look at host and port in SMTP_URL, and whether this machine may reach it"))
    else:
        yield ok("mail", _("The mail server answers and lets us in"))
