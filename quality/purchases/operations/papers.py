"""Having the papers of a sample made. Whoever may see the sample may have them; the same again makes nothing anew."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.documents.models import Document, DocumentKind, Language
from quality.documents.operations import ask
from quality.people.actor import Actor
from quality.purchases import contents
from quality.purchases.models import Portion, Sample


def ask_for_sampling_sheet(session: Session, sample: Sample, language: Language, *, by: Actor) -> Document:
    says = contents.sampling_sheet(sample)
    return ask(
        session, sample, DocumentKind.SAMPLING_SHEET, says,
        number=sample.number, agency_id=sample.agency_id, by=by, languages=(language,),
    )  # fmt: skip


def ask_for_label(session: Session, portion: Portion, language: Language, *, by: Actor) -> Document:
    says = contents.label(portion)
    return ask(
        session, portion, DocumentKind.LABEL, says,
        number=portion.blind_no, agency_id=portion.agency_id, by=by, languages=(language,),
    )  # fmt: skip


def ask_for_label_sheet(session: Session, sample: Sample, language: Language, *, by: Actor) -> Document:
    """Each label on the sheet bears the code of the label itself, so that the sheet's own stays with the agency."""
    codes = {portion.id: ask_for_label(session, portion, Language.ZH, by=by).code for portion in sample.portions}
    says = contents.label_sheet(sample, codes)
    return ask(
        session, sample, DocumentKind.LABEL_SHEET, says,
        number=sample.number, agency_id=sample.agency_id, by=by, languages=(language,),
    )  # fmt: skip


def ask_for_custody_sheet(session: Session, portion: Portion, language: Language, *, by: Actor) -> Document:
    says = contents.custody_sheet(session, portion)
    return ask(
        session, portion, DocumentKind.CUSTODY_SHEET, says,
        number=portion.blind_no, agency_id=portion.agency_id, by=by, languages=(language,),
    )  # fmt: skip
