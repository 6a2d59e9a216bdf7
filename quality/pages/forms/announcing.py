"""The words of an announcement, and of the template that it begins with: a text in each language."""

from __future__ import annotations

from collections.abc import Mapping

from quality.core.words import _
from quality.pages.forms.fields import Form, Paragraph, Unseen
from quality.publication.wording import LANGUAGES

HEADED = _("A line that begins with 一、 or 1. is a heading; every other line is a paragraph")


class WordingForm(Form):
    zh = Paragraph(_("Text in Chinese"), HEADED, rows=18)
    en = Paragraph(_("Text in English"), _("For the page in English and the courtesy copy"), rows=18)
    version = Unseen()  # of what waits for another person, that the page showed


def wording_form(says: Mapping[str, str], version: int | None) -> WordingForm:
    texts = {language: says[language] for language in LANGUAGES}
    return WordingForm(data=texts | {"version": str(version or "")})


def said_by(form: WordingForm) -> dict[str, str]:
    return {language: form[language].data or "" for language in LANGUAGES}
