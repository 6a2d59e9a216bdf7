"""A template of notices: its texts in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quality.core.words import Text, _
from quality.notices.models import Measure, NoticeKind
from quality.notices.texts import LANGUAGES, TEXTS
from quality.pages.forms.fields import Choice, Choices, Form, Line, Paragraph, Unseen
from quality.pages.words import word

FILLED_IN = _("{agency} and {platform} are filled in")


class TemplateForm(Form):
    name = Line(_("Name"), _("By which people choose it"))
    kind = Choice(_("Kind"), _("Which deadline runs: by order the platform has the shorter one"))
    measures = Choices(_("To be done"), {measure: word("measure", measure.value) for measure in Measure})
    zh_legal_basis = Paragraph(_("Legal basis, in Chinese"), FILLED_IN)
    en_legal_basis = Paragraph(_("Legal basis, in English"), _("For the courtesy copy"))
    zh_reasons = Paragraph(_("Reasons, in Chinese"), FILLED_IN)
    en_reasons = Paragraph(_("Reasons, in English"), _("For the courtesy copy"))
    zh_reasons_untested = Paragraph(
        _("Reasons where no listing was tested, in Chinese"),
        _("Of a notice that names listings of the same product or seller only"),
    )
    en_reasons_untested = Paragraph(_("Reasons where no listing was tested, in English"), _("For the courtesy copy"))
    zh_answer_to = Line(_("Answer to, in Chinese"), _("Office, telephone or address for questions"), optional=True)
    en_answer_to = Line(_("Answer to, in English"), _("For the courtesy copy"), optional=True)
    zh_how_to_object = Paragraph(_("How to object, in Chinese"), optional=True)
    en_how_to_object = Paragraph(_("How to object, in English"), _("For the courtesy copy"), optional=True)
    version = Unseen()  # of what waits for confirmation, that the page showed


def template_form(name: str, says: Mapping[str, Any], version: int | None) -> TemplateForm:
    texts = {f"{language}_{field}": says[language][field] for language in LANGUAGES for field in TEXTS}
    known = {"name": name, "kind": says["kind"], "measures": list(says["measures"]), "version": str(version or "")}
    form = TemplateForm(data=known | texts)
    offer(form)
    return form


def offer(form: TemplateForm) -> None:
    form.kind.offer({kind.value: word("notice_kind", kind.value) for kind in NoticeKind})


def said_by(form: TemplateForm) -> dict[str, Any]:
    texts = {language: {field: form[f"{language}_{field}"].data for field in TEXTS} for language in LANGUAGES}
    return {"kind": form.kind.data, "measures": form.measures.data or [], **texts}


def in_words(field: str, value: str | None) -> Text:
    if value is None or value == "":
        return "—"
    codes = {"kind": "notice_kind", "measure": "measure"}
    return word(codes[field], value) if field in codes else value
