"""What a party without an account types: what it disputes, why, and what shows it."""

from __future__ import annotations

from typing import Any

from quality.core.words import _
from quality.evidence.vault import vault_from
from quality.objections.models import Ground, Letter, Party
from quality.objections.operations.files import LARGEST, MOST, Brought, Looked, look_through
from quality.objections.queries import failed_items
from quality.pages.forms.fields import Choice, Choices, Files, Form, Paragraph, readable
from quality.pages.words import word
from quality.web import settings


def shown_by_files() -> Files:
    return Files(
        _("What shows it"),
        _("At most %(most)s files of %(size)s MiB: pictures, PDF, plain text", most=MOST, size=LARGEST // 1024**2),
        optional=True,
        accept="image/jpeg,image/png,image/webp,image/heic,application/pdf,text/plain",
    )


class Objecting(Form):
    ground = Choice(_("What do you object to?"))
    items = Choices(_("Disputed items"), {}, _("Only where you dispute the result; nothing else is tested again"))
    statement = Paragraph(_("What is wrong, and why"), _("At most 4,000 characters"), rows=8)
    files = shown_by_files()


class Reporting(Form):
    statement = Paragraph(_("What you corrected, and how"), _("At most 4,000 characters"), rows=8)
    files = shown_by_files()


def reporting(_letter: Letter) -> Reporting:
    return Reporting()


def objecting(letter: Letter) -> Objecting:
    """Only the producer can say that the product is not theirs."""
    form = Objecting()
    grounds = [each for each in Ground if each != Ground.AUTHENTICITY or letter.party == Party.PRODUCER]
    form.ground.offer({each.value: word("ground", each.value) for each in grounds})
    form.items.offered = {name: name for name in failed_items(letter.finding)}
    form.items.data = list(form.items.offered)
    return form


def looked_through(form: Any) -> list[Looked]:
    """Files first, with no transaction open: they are looked through and stored before anything is written."""
    sent = [Brought(readable(each.filename or ""), each.stream) for each in form.files.data or []]
    return look_through(vault_from(settings().evidence_url), sent)
