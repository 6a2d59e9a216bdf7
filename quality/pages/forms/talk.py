"""What is said about a notice: a question, an objection, an answer, and what a reviewer decides."""

from __future__ import annotations

from quality.core.words import Text, _
from quality.notices.models import Excuse, Notice
from quality.notices.thread import EntryKind
from quality.notices.workflow import called
from quality.pages.forms.fields import Choice, Files, Form, Paragraph
from quality.pages.words import word

WHOLE = "whole"  # instead of the id of a listing
RULINGS: dict[str, Text] = {"upheld": _("Upheld: nothing more is asked"), "refused": _("Refused: the notice stands")}


class Reply(Form):
    text = Paragraph(_("Your answer"))
    evidence = Files(_("Files"), _("Pictures, films, PDF or text that show it"), optional=True)


class Asking(Form):
    about = Choice(_("What it is about"))
    text = Paragraph(_("Your question"))
    evidence = Files(_("Files"), _("Pictures, films, PDF or text that show it"), optional=True)


class Objecting(Form):
    about = Choice(_("What it is about"))
    text = Paragraph(
        _("Your reasons"), _("A reviewer of the agency decides. Until then the notice stands and its periods run.")
    )
    evidence = Files(_("Files"), _("Pictures, films, PDF or text that show it"), optional=True)


class Ruling(Form):
    ruling = Choice(_("Decision"))
    why = Choice(_("Why nothing more is asked"), _("Needed where the objection is upheld"), optional=True)
    text = Paragraph(_("Reasons"), _("The platform reads them"))


FORMS: dict[EntryKind, type[Form]] = {
    EntryKind.QUESTION: Asking,
    EntryKind.OBJECTION: Objecting,
    EntryKind.ANSWER: Reply,
    EntryKind.DECISION: Ruling,
}


def form_of(kind: EntryKind, notice: Notice) -> Form:
    form = FORMS[kind]()
    if isinstance(form, Asking | Objecting):
        form.about.offer({WHOLE: _("The whole notice")} | {str(item.id): called(item) for item in notice.items})
        form.process(data={"about": WHOLE if len(notice.items) > 1 else str(notice.items[0].id)})
    if isinstance(form, Ruling):
        form.ruling.offer(RULINGS)
        form.why.offer({why.value: word("excuse", why.value) for why in Excuse})
    return form
