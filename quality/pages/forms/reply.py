"""What a party without an account types: what it disputes, why, and what shows it."""

from __future__ import annotations

from quality.core.words import _
from quality.objections.models import Ground, Letter, Party
from quality.objections.operations.files import LARGEST, MOST
from quality.objections.queries import failed_items
from quality.pages.forms.fields import Choice, Choices, Files, Form, Paragraph
from quality.pages.words import word


class Objecting(Form):
    ground = Choice(_("What do you object to?"))
    items = Choices(_("Disputed items"), {}, _("Only where you dispute the result; nothing else is tested again"))
    statement = Paragraph(_("What is wrong, and why"), _("At most 4,000 characters"), rows=8)
    files = Files(
        _("What shows it"),
        _("At most %(most)s files of %(size)s MiB: pictures, PDF, plain text", most=MOST, size=LARGEST // 1024**2),
        optional=True,
        accept="image/jpeg,image/png,image/webp,image/heic,application/pdf,text/plain",
    )


def objecting(letter: Letter) -> Objecting:
    """Only the producer can say that the product is not theirs."""
    form = Objecting()
    grounds = [each for each in Ground if each != Ground.AUTHENTICITY or letter.party == Party.PRODUCER]
    form.ground.offer({each.value: word("ground", each.value) for each in grounds})
    form.items.offered = {name: name for name in failed_items(letter.finding)}
    form.items.data = list(form.items.offered)
    return form
