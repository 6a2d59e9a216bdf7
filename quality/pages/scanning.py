"""Numbers that are read off instead of typed: out of a picture, or by the code of one of our labels.

A label says the address at which it is verified; its code leads to the portion, and so to the seal that is on it.
"""

from __future__ import annotations

import re
from typing import Any, BinaryIO, cast

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from quality.core.errors import Invalid
from quality.core.words import Text, _
from quality.documents.codes import read_code
from quality.documents.models import DocumentKind
from quality.documents.queries import with_code
from quality.evidence.codes import codes_in
from quality.pages.forms.fields import Form, Scanned
from quality.purchases.models import Portion

OF_A_PAPER = re.compile(r"https?://\S+/verify/([0-9A-Z-]{12,20})/?", re.IGNORECASE)
LONGEST = 200


def code_on_paper(text: str) -> str | None:
    """The verification code, where `text` is what the QR of one of our papers says."""
    found = OF_A_PAPER.fullmatch(text.strip())
    return read_code(found[1]) if found else None


def seal_of_label(session: Session, code: str) -> str | None:
    """The seal number of the portion whose label bears this code."""
    for paper in with_code(session, code):
        if paper.kind == DocumentKind.LABEL:
            return session.get_one(Portion, paper.subject_id).seal_no
    return None


def read_labels(session: Session, form: Form) -> None:
    """Where a label was scanned into a field for a seal's number, the number stands there from now on."""
    for field in form:
        code = code_on_paper(field.data or "") if isinstance(field, Scanned) else None
        if code and (seal := seal_of_label(session, code)):
            write(field, seal)


def read_picture(
    session: Session, form: Form, name: str, picture: FileStorage | None, *, labels: bool = True
) -> Text | None:
    """Fill the field `name` from a picture of its code; what is wrong with the picture otherwise.

    `labels`: the code of a label stands for the seal of its portion.

    Without a picture nothing is read: Enter was pressed somewhere in the form, and nothing is recorded by that.
    """
    if picture is None or not picture.filename:
        return None
    try:
        found = codes_in(cast(BinaryIO, picture.stream))
    except Invalid as wrong:
        return wrong.problems[0].text
    if len(found) != 1:
        nothing = _("No code was found in the picture. Hold the camera closer, or type the number")
        several = _("There are several codes in the picture. Take a picture of the one that is meant")
        return several if found else nothing
    write(form[name], found[0][:LONGEST])
    if labels:
        read_labels(session, form)
    cast(Scanned, form[name]).was_read = True
    return None


def write(field: Any, text: str) -> None:
    field.data, field.raw_data = text, [text]
