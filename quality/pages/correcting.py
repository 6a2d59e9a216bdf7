"""The page of a letter of a correction: what must be corrected by when, what its party reported, what came of it."""

from __future__ import annotations

from flask import render_template

from quality.core.db import db
from quality.core.words import Text
from quality.corrections.models import RECHECKS, StepStatus
from quality.corrections.operations.letters import correction_of
from quality.corrections.operations.reporting import HEARS
from quality.documents.queries import documents_for
from quality.documents.readers import Reader
from quality.objections.models import Letter
from quality.objections.queries import files_of
from quality.pages.deadlines import newest
from quality.pages.forms.fields import Form
from quality.pages.moments import language_now
from quality.pages.words import STATUSES


def may_report(letter: Letter) -> bool:
    return letter.case_id is not None and correction_of(db.session(), letter).status in HEARS


def shown(letter: Letter, link: str) -> str:
    session, language = db.session(), language_now()
    correction = correction_of(session, letter)
    made = [each for each in documents_for(session, [("correction", correction.id)], Reader.PARTY) if each.sha256]
    seen = [step for step in correction.steps if step.kind in RECHECKS and step.status == StepStatus.CONFIRMED]
    return render_template(
        "reply/correction.html",
        link=link,
        letter=letter,
        correction=correction,
        agency=correction.agency,
        status=STATUSES["correction"][correction.status],
        product=correction.finding.sample,
        period=newest(session, correction, "correction"),  # the agency's own times are no business of the party
        papers=[each for each in made if each.language == language],
        files=files_of(session, *correction.reports),
        rechecks=seen,
        may_report=may_report(letter),
    )


def form_page(letter: Letter, link: str, form: Form, loose: list[Text] | None = None) -> str:
    session = db.session()
    period = newest(session, correction_of(session, letter), "correction")
    return render_template(
        "reply/reporting.html", link=link, letter=letter, form=form, loose=loose or [], period=period
    )
