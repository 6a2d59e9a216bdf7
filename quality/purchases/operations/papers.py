"""Having the papers of a sample made. Whoever may see the sample may have them; the same again makes nothing anew."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.numbers import next_number
from quality.core.words import _
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.operations import ask
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases import contents
from quality.purchases.models import LabelSheet, Portion, PortionKind, Sample
from quality.purchases.queries import sheets_of

MOST_ON_A_SHEET = 10  # twenty labels of 62 × 29 mm, each with its sample's number above it


def ask_for_sampling_sheet(session: Session, sample: Sample, language: Language, *, by: Actor) -> Document:
    says = contents.sampling_sheet(sample)
    return ask(
        session, sample, DocumentKind.SAMPLING_SHEET, says,
        number=sample.number, agency_id=sample.agency_id, by=by, languages=(language,),
    )  # fmt: skip


def ask_for_sampling_notice(session: Session, sample: Sample, language: Language, *, by: Actor) -> Document:
    """抽样告知书: to the shop and its platform, once the sample is sealed. There is no sample before."""
    return ask(
        session, sample, DocumentKind.SAMPLING_NOTICE, contents.sampling_notice(sample),
        number=sample.number, agency_id=sample.agency_id, by=by, languages=(language,),
    )  # fmt: skip


def ask_for_label(session: Session, portion: Portion, language: Language, *, by: Actor) -> Document:
    says = contents.label(portion)
    return ask(
        session, portion, DocumentKind.LABEL, says,
        number=portion.blind_no, agency_id=portion.agency_id, by=by, languages=(language,),
    )  # fmt: skip


def ask_for_label_sheet(session: Session, sample: Sample, language: Language, *, by: Actor) -> Document:
    """Each label on the sheet bears the code of the label itself, so that the sheet's own stays with the agency.

    It goes by the blind number of the test portion: the sample's own number would tell whoever checks it of a control.
    """
    codes = {portion.id: ask_for_label(session, portion, Language.ZH, by=by).code for portion in sample.portions}
    says = contents.label_sheet(sample, codes)
    return ask(
        session, sample, DocumentKind.LABEL_SHEET, says,
        number=sample.portion(PortionKind.TEST).blind_no, agency_id=sample.agency_id, by=by, languages=(language,),
    )  # fmt: skip


def ask_for_labels(session: Session, samples: Sequence[Sample], *, by: Actor) -> LabelSheet:
    """Both portions of each on one sheet of A4. What was asked for last is not made twice."""
    problems = []
    if not samples:
        problems.append(FieldProblem("samples", "missing", _("Choose at least one sample")))
    if len(samples) > MOST_ON_A_SHEET:
        text = _("One sheet holds the labels of %(most)s samples; choose fewer", most=MOST_ON_A_SHEET)
        problems.append(FieldProblem("samples", "too_many", text))
    if problems:
        raise Invalid(*problems)
    if not by.can(Can.SAMPLE_DISPATCH) or not all(by.stands_over(each) for each in samples):
        raise NotPermitted("not_yours", _("This belongs to another organisation or person; you may only read it"))
    assert by.organisation, "only people of agencies have samples"
    numbers = [each.number for each in samples]
    if last := asked_last(session, numbers, by):
        return last
    number = next_number(session, by.organisation.code, "L")  # from here on nobody else asks in this agency
    if last := asked_last(session, numbers, by):
        raise Refused("sent_twice", _("This form was sent before: it made %(number)s", number=last.number))
    sheet = LabelSheet(
        number=number,
        agency_id=by.organisation.id,
        made_by_id=by.id,
        made_at=clock.now(),
        samples=numbers,
    )
    session.add(sheet)
    session.flush()
    portions = [portion for sample in samples for portion in sample.portions]
    codes = {each.id: ask_for_label(session, each, Language.ZH, by=by).code for each in portions}
    says = contents.labels_of_many(samples, codes)
    ask(
        session, sheet, DocumentKind.LABEL_SHEET, says,
        number=sheet.number, agency_id=sheet.agency_id, by=by, languages=(Language.ZH,),
    )  # fmt: skip
    return sheet


def asked_last(session: Session, numbers: list[str], by: Actor) -> LabelSheet | None:
    last = next(iter(sheets_of(session, by, most=1)), None)
    return last if last and last.samples == numbers else None


def ask_for_custody_sheet(session: Session, portion: Portion, language: Language, *, by: Actor) -> Document:
    says = contents.custody_sheet(session, portion)
    return ask(
        session, portion, DocumentKind.CUSTODY_SHEET, says,
        number=portion.blind_no, agency_id=portion.agency_id, by=by, languages=(language,),
    )  # fmt: skip
