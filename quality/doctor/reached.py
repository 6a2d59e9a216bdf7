"""What the program reaches over the network, beside the database and the vault."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

from quality.core.words import _
from quality.delivery.mail import server
from quality.doctor.finding import Finding, fault, ok
from quality.doctor.told import Told


def look(told: Told) -> Iterator[Finding]:
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
